/** What a learner can act on: which object, what stood there, what was expected, how to see it oneself. */
export interface Evidence {
  /** As `node/kindlab-worker` or `pod/shop/client-8jp5r`. */
  object?: string;
  /** JSON path within it, as `.spec.unschedulable`. */
  path?: string;
  expected: string;
  observed: string;
  /** A command that shows it, ready to paste. */
  command?: string;
}

/**
 * pass: seen to be right. fail: seen to be wrong. pending: on its way (a rollout, a time window not yet over).
 * unevaluable: could not be seen (API server away, exec impossible); never held against the learner.
 */
export type VerdictStatus = 'pass' | 'fail' | 'pending' | 'unevaluable';

export interface Verdict {
  status: VerdictStatus;
  /** One sentence for a person. */
  message: string;
  evidence: Evidence[];
  /** Chosen by what was observed. */
  hint?: string;
}

export interface CheckReport {
  /** Unique within its step. */
  id: string;
  title: string;
  verdict: Verdict;
  /** Cluster time of the evaluation, milliseconds. */
  at: number;
}

/** The step's verdict: the worst of its checks, in this order: unevaluable, fail, pending, pass. */
export function worst(statuses: Iterable<VerdictStatus>): VerdictStatus {
  const order: VerdictStatus[] = ['pass', 'pending', 'fail', 'unevaluable'];
  let found = 0;
  for (const status of statuses) found = Math.max(found, order.indexOf(status));
  return order[found]!;
}
