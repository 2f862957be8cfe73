import type { Pod } from '../../kube/types.ts';
import { isReady, readySince } from './pods.ts';

const phaseOrder: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 };

const deletionCost = (pod: Pod): number => Number(pod.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? 0) || 0;

const restarts = (pod: Pod): number => Math.max(0, ...(pod.status?.containerStatuses ?? []).map((status) => status.restartCount));

const magnitude = (age: number): number => (age > 0 ? Math.floor(Math.log2(age * 1e6)) : -1);

/**
 * Orders pods so that the first is the first to be deleted, as controller.ActivePodsWithRanks of kube-controller-manager.
 * `colocated` counts the related pods on a node; `now` is needed because ages are compared by magnitude.
 */
export function byDeletionPreference(colocated: ReadonlyMap<string, number>, now: number): (a: Pod, b: Pod) => number {
  const rank = (pod: Pod) => colocated.get(pod.spec?.nodeName ?? '') ?? 0;
  const younger = (a: number, b: number, one: Pod, other: Pod) =>
    magnitude(now - a) - magnitude(now - b) || (one.metadata.uid < other.metadata.uid ? -1 : 1);
  return (a, b) => {
    const assigned = Number(Boolean(a.spec?.nodeName)) - Number(Boolean(b.spec?.nodeName));
    if (assigned) return assigned;
    const phase = (phaseOrder[a.status?.phase ?? ''] ?? 0) - (phaseOrder[b.status?.phase ?? ''] ?? 0);
    if (phase) return phase;
    const ready = Number(isReady(a)) - Number(isReady(b));
    if (ready) return ready;
    const simple = deletionCost(a) - deletionCost(b) || rank(b) - rank(a);
    if (simple) return simple;
    const [since, other] = [readySince(a), readySince(b)];
    if (since !== undefined && other !== undefined && since !== other) return younger(since, other, a, b);
    return restarts(b) - restarts(a) || younger(Date.parse(a.metadata.creationTimestamp), Date.parse(b.metadata.creationTimestamp), a, b);
  };
}
