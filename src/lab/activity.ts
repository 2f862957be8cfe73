import { KindlabError } from '../base/errors.ts';
import type { SessionView } from './session-view.ts';

type Running = NonNullable<SessionView['activity']>;

/** What a session does on a person's behalf: one thing at a time. */
export class Activity {
  readonly #onChange: () => void;
  #running: Running | undefined;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get running(): Running | undefined {
    return this.#running;
  }

  /** Names the step that is worked on now. */
  at(step: string): void {
    if (this.#running) this.#running = { ...this.#running, step };
  }

  /** Throws KindlabError `busy`. */
  async during<T>(kind: Running['kind'], step: string, output: string[], work: () => Promise<T>): Promise<T> {
    if (this.#running) {
      throw new KindlabError({
        code: 'busy',
        message: `${this.#running.kind} of ${this.#running.step} is under way`,
        fix: 'wait for it: kindlab status',
      });
    }
    this.#running = { kind, step, output };
    this.#onChange();
    try {
      return await work();
    } finally {
      this.#running = undefined;
      this.#onChange();
    }
  }
}
