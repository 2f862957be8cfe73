import { worst, type CheckReport } from '../grade/verdict.ts';

/** So long a state that is only on its way (a rollout, a deletion) counts as stuck, cluster ms. */
const stuckAfterMs = 10_000;

/** Whether an injected fault has shown: a check failed, or has not come to an end for a while. */
export class Symptom {
  #failed = false;
  #since: number | undefined;

  /** Takes the next reports; whether the fault has shown by now. */
  take(reports: readonly CheckReport[]): boolean {
    const status = worst(reports.map((r) => r.verdict.status));
    const at = Math.max(...reports.map((r) => r.at));
    if (status === 'fail') this.#failed = true;
    const shown = this.#failed || (this.#since !== undefined && at - this.#since >= stuckAfterMs);
    if (status === 'pending') this.#since ??= at;
    else if (status === 'pass') this.#since = undefined;
    return shown;
  }
}
