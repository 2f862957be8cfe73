import type { ClusterView } from './cluster-view.ts';
import type { Evidence, VerdictStatus } from './verdict.ts';

/** What an assertion found. `facts` are what a hint's `when` may ask about. */
export interface Finding {
  status: VerdictStatus;
  message: string;
  evidence: Evidence[];
  facts: Record<string, unknown>;
  /** A hint that an inner assertion chose. */
  hint?: string;
}

/** What an evaluation stands on. */
export interface Context {
  view: ClusterView;
  /** Cluster time, ms, when the step began. */
  since: number;
  signal: AbortSignal | undefined;
  /** Names that CEL knows beside what was observed, as `cluster`. */
  variables: Record<string, unknown>;
  /** Since when (cluster time) an assertion with `steady` has held, by its place in the check. */
  memory: Map<string, number>;
  /** This assertion's place in the check: `id`, `id/all/0`. */
  place: string;
}

export const pass = (message: string, facts: Record<string, unknown> = {}): Finding => ({ status: 'pass', message, evidence: [], facts });

export const notPassed = (
  status: Exclude<VerdictStatus, 'pass'>,
  message: string,
  evidence: Evidence | Evidence[],
  facts: Record<string, unknown> = {},
): Finding => ({ status, message, evidence: [evidence].flat(), facts });

const severity: VerdictStatus[] = ['pass', 'pending', 'fail', 'unevaluable'];

/**
 * One finding for several subjects, of which every one or any one must satisfy. Of those that do not, the worst
 * speaks for all (the kindest, where one was enough), and the others follow as evidence, three at most.
 */
export function combine(which: 'every' | 'any', findings: Finding[]): Finding {
  const sorted = findings.toSorted((a, b) => severity.indexOf(a.status) - severity.indexOf(b.status));
  const worst = sorted.at(-1)!.status;
  const speaker = which === 'any' ? sorted[0]! : sorted.find((f) => f.status === worst)!;
  if (speaker.status === 'pass') return speaker;
  const alike = findings.filter((f) => f.status === speaker.status);
  const more = alike.length - 1;
  return {
    ...speaker,
    message: more > 0 ? `${speaker.message} (and ${more} more)` : speaker.message,
    evidence: alike.flatMap((f) => f.evidence).slice(0, 3),
  };
}
