import type { Cancel, Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { StatusError } from '../../kube/status.ts';
import type { ContainerContext } from '../node/image.ts';
import type { Listener } from './network.ts';

/** A failure that ends a program, as log.Fatal does. */
export class FatalError extends Error {}

/** Runs a program's main part until it ends or the container is told to; a failure is logged and ends the container with 1. */
export const runMain = (context: ContainerContext, main: () => Promise<void>): void => {
  main().catch((error: unknown) => {
    if (context.signal.aborted) return;
    if (!(error instanceof FatalError || error instanceof StatusError)) throw error;
    context.log(`level=fatal msg="${messageOf(error)}"`);
    context.exit(1, 'Error');
  });
};

/**
 * Calls `run` soon after a request, once for all requests until then. A refusal by the API server is logged and
 * tried again a second later.
 */
export class Resync {
  readonly #clock: Clock;
  readonly #run: () => void;
  readonly #log: (line: string) => void;
  readonly #delayMs: number;
  #pending: Cancel | undefined;
  #ended = false;

  constructor(context: Pick<ContainerContext, 'clock' | 'log' | 'signal'>, run: () => void, delayMs = 20) {
    this.#clock = context.clock;
    this.#log = (line) => context.log(line);
    this.#run = run;
    this.#delayMs = delayMs;
    onEnd(context.signal, () => {
      this.#ended = true;
      this.#pending?.();
    });
  }

  request = (): void => this.#after(this.#delayMs);

  #after(ms: number): void {
    if (this.#ended) return;
    this.#pending ??= this.#clock.after(ms, () => {
      this.#pending = undefined;
      try {
        this.#run();
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        this.#log(`level=warning msg="${error.message}"`);
        this.#after(1000);
      }
    });
  }
}

/** Calls `run` every `ms` until the container ends; a refusal by the API server is logged. */
export const every = (context: Pick<ContainerContext, 'clock' | 'log' | 'signal'>, ms: number, run: () => void): void => {
  let cancel = context.clock.after(ms, function tick() {
    try {
      run();
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      context.log(`level=warning msg="${error.message}"`);
    }
    if (!context.signal.aborted) cancel = context.clock.after(ms, tick);
  });
  onEnd(context.signal, () => cancel());
};

/** Calls the undo functions when the container ends. */
export const onEnd = (signal: AbortSignal, ...undo: (() => void)[]): void => {
  const run = () => undo.forEach((each) => each());
  if (signal.aborted) run();
  else signal.addEventListener('abort', run, { once: true });
};

/** A health endpoint: 200 `ok` while `isHealthy` says so, 503 otherwise. */
export const healthEndpoint = (isHealthy: () => boolean): Listener => ({
  serve: () => (isHealthy() ? { status: 200, body: 'ok' } : { status: 503, body: 'not ready' }),
});
