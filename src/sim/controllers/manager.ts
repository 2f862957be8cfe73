import type { Cancel, Clock } from '../../base/clock.ts';
import { StatusError } from '../../kube/status.ts';
import type { KubeObject } from '../../kube/types.ts';
import type { ApiClient, WatchEvent } from '../api/client.ts';
import type { Controller } from './controller.ts';
import { WorkQueue } from './work-queue.ts';

/** A reconcile that threw: it is retried; this tells that it happened. */
export interface ReconcileFailure {
  controller: string;
  key: string;
  error: unknown;
}

export interface ManagerOptions {
  api: ApiClient;
  clock: Clock;
  controllers: readonly Controller[];
  onFailure: (failure: ReconcileFailure) => void;
}

interface Loop {
  controller: Controller;
  queue: WorkQueue;
}

/** After so many reconciles in a row, sockets and timers of the process get their turn. */
const burst = 250;

/**
 * Runs controllers. A change is reacted to in the microtask after it, before any timer: that makes a paused or
 * fast-forwarded cluster settle completely at each moment of its clock.
 */
export class ControllerManager {
  readonly #loops: Loop[];
  readonly #cancels: Cancel[] = [];
  readonly #abort = new AbortController();
  readonly #onFailure: (failure: ReconcileFailure) => void;
  readonly #asynchronous = new Set<Promise<void>>();
  #scheduled = false;

  constructor({ api, clock, controllers, onFailure }: ManagerOptions) {
    this.#onFailure = onFailure;
    this.#loops = controllers.map((controller) => ({ controller, queue: new WorkQueue(clock, () => this.#schedule()) }));
    for (const { controller, queue } of this.#loops) {
      for (const source of controller.sources) {
        const keys = source.keys ?? ownKey;
        this.#cancels.push(
          api.watch(source.resource, (event) => {
            for (const key of keys(event)) queue.add(key);
          }),
        );
      }
      if (controller.watch) this.#cancels.push(controller.watch((key) => queue.add(key)));
    }
  }

  /** Ends watches and timers, and waits for reconciles that are under way. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error('the controllers were stopped'));
    for (const cancel of this.#cancels) cancel();
    for (const { queue } of this.#loops) queue.clear();
    await Promise.allSettled(this.#asynchronous);
  }

  #schedule(): void {
    if (this.#scheduled || this.#abort.signal.aborted) return;
    this.#scheduled = true;
    queueMicrotask(() => this.#drain());
  }

  #drain(): void {
    let left = burst;
    for (let worked = true; worked && left > 0;) {
      worked = false;
      for (const loop of this.#loops) {
        const key = this.#abort.signal.aborted ? undefined : loop.queue.take();
        if (key === undefined) continue;
        worked = true;
        left--;
        this.#reconcile(loop, key);
      }
    }
    this.#scheduled = false;
    if (left <= 0 && !this.#abort.signal.aborted) {
      this.#scheduled = true;
      setImmediate(() => this.#drain());
    }
  }

  #reconcile({ controller, queue }: Loop, key: string): void {
    const settle = (result: Awaited<ReturnType<Controller['reconcile']>>) => {
      queue.succeeded(key);
      queue.done(key);
      if (result?.requeueAfterMs !== undefined && !this.#abort.signal.aborted) queue.addAfter(key, result.requeueAfterMs);
    };
    const fail = (error: unknown) => {
      queue.done(key);
      if (this.#abort.signal.aborted) return;
      const conflict = error instanceof StatusError && error.reason === 'Conflict';
      queue.failed(key, conflict);
      if (!conflict) this.#onFailure({ controller: controller.name, key, error });
    };
    try {
      const result = controller.reconcile(key, this.#abort.signal);
      if (!(result instanceof Promise)) return settle(result);
      const running = result.then(settle, fail).finally(() => this.#asynchronous.delete(running));
      this.#asynchronous.add(running);
    } catch (error) {
      fail(error);
    }
  }
}

/** `namespace/name`, or `name` of what has no namespace. */
export const keyOf = ({ metadata }: Pick<KubeObject, 'metadata'>): string =>
  metadata.namespace ? `${metadata.namespace}/${metadata.name}` : metadata.name;

const ownKey = (event: WatchEvent): string[] => [keyOf(event.object)];

/** Undoes `keyOf`. */
export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, Math.max(slash, 0)), name: key.slice(slash + 1) };
}
