import { rfc3339 } from '../../base/clock.ts';
import type { Node } from '../../kube/types.ts';
import type { Taint } from '../scheduler/taints.ts';

const prefix = 'node.kubernetes.io/';

/** Conditions that keep new pods away, and the value that does (nodelifecycle, nodeConditionToTaintKeyStatusMap). */
const byCondition: readonly [condition: string, status: string, taint: string][] = [
  ['Ready', 'False', 'not-ready'],
  ['Ready', 'Unknown', 'unreachable'],
  ['MemoryPressure', 'True', 'memory-pressure'],
  ['DiskPressure', 'True', 'disk-pressure'],
  ['NetworkUnavailable', 'True', 'network-unavailable'],
  ['PIDPressure', 'True', 'pid-pressure'],
];

const managed = new Set([...byCondition.map(([, , taint]) => taint), 'unschedulable']);

const isOurs = ({ key, effect }: Taint): boolean =>
  key.startsWith(prefix) &&
  (effect === 'NoSchedule' ? managed.has(key.slice(prefix.length)) : effect === 'NoExecute' && /\/(not-ready|unreachable)$/.test(key));

/** The taints that a node is to have: those of others, and those that follow from its conditions and from cordoning. */
export function taintsOf(node: Node, now: number): Taint[] {
  const present = node.spec?.taints ?? [];
  const status = (type: string) => node.status?.conditions?.find((c) => c.type === type)?.status;
  const wanted: Taint[] = [];
  const want = (name: string, effect: string) => {
    const key = prefix + name;
    wanted.push(present.find((t) => t.key === key && t.effect === effect) ?? { key, effect, timeAdded: rfc3339(now) });
  };
  for (const [condition, bad, taint] of byCondition) if (status(condition) === bad) want(taint, 'NoSchedule');
  if (node.spec?.unschedulable) want('unschedulable', 'NoSchedule');
  if (status('Ready') === 'False') want('not-ready', 'NoExecute');
  if (status('Ready') === 'Unknown') want('unreachable', 'NoExecute');
  const kept = present.filter((taint) => !isOurs(taint) || wanted.includes(taint));
  return [...kept, ...wanted.filter((taint) => !kept.includes(taint))];
}
