import { KindlabError } from '../../base/errors.ts';
import type { Cluster } from '../model/cluster.ts';
import type { Step, Verdict } from '../model/flow.ts';
import { createEvaluator } from '../evaluate/evaluate.ts';
import { readPolicies } from '../read/read.ts';
import { describeProblem } from '../read/problem.ts';
import { clusterOf, settingsOf, type RecordedCase } from './recording.ts';

export interface Deviation {
  readonly case: string;
  readonly settings: string;
  readonly flow: string;
  readonly measured: string;
  /** What the evaluator says; `error` where it cannot. */
  readonly evaluated: Verdict | 'error';
  readonly trace: readonly Step[];
  readonly error?: string;
}

export interface Verification {
  readonly agree: number;
  readonly total: number;
  readonly deviations: readonly Deviation[];
  /** Policies that were left out, as the API server would refuse them. */
  readonly problems: readonly string[];
}

/** A refused connection was answered: the packet went past every policy to a port where nobody listens. */
const measuredVerdict = (text: string): Verdict => (text === 'deny' ? 'deny' : 'allow');

/** Holds the evaluator against measured verdicts. */
export function verify(cases: readonly RecordedCase[], described: Cluster): Verification {
  const deviations: Deviation[] = [];
  const problems: string[] = [];
  let total = 0;
  for (const recorded of cases) {
    const { policies, problems: wrong } = readPolicies([{ file: recorded.case, text: recorded.policies }]);
    problems.push(...wrong.map(describeProblem));
    const evaluator = createEvaluator(clusterOf(described, recorded), policies, settingsOf(recorded));
    for (const [from, to, protocol, port, measured] of recorded.verdicts) {
      total++;
      const flow = { from, to, protocol, port };
      const about = { case: recorded.case, settings: recorded.settings, flow: `${from} → ${to} ${protocol}/${port}`, measured };
      try {
        // A recorded flow tells no source port: any verdict that some source port has agrees.
        if (evaluator.possible(flow).has(measuredVerdict(measured))) continue;
        const { verdict, trace } = evaluator.evaluate(flow);
        deviations.push({ ...about, evaluated: verdict, trace });
      } catch (error) {
        if (!(error instanceof KindlabError)) throw error;
        deviations.push({ ...about, evaluated: 'error', trace: [], error: error.message });
      }
    }
  }
  return { agree: total - deviations.length, total, deviations, problems };
}
