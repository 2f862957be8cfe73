import type { KubeJson } from './cluster-view.ts';

/**
 * Whether an object has come to what its spec asks, by the rules of kstatus (sigs.k8s.io/cli-utils) cut to
 * what labs use. `progressing` is on its way; `stuck` will not get there by itself.
 */
export interface Readiness {
  state: 'ready' | 'progressing' | 'stuck';
  message: string;
}

interface Loose {
  [field: string]: unknown;
}
interface Condition {
  type?: string;
  status?: string;
  reason?: string;
  message?: string;
}

const ready: Readiness = { state: 'ready', message: 'ready' };
const progressing = (message: string): Readiness => ({ state: 'progressing', message });
const stuck = (message: string): Readiness => ({ state: 'stuck', message });

const field = (value: unknown, name: string): unknown => (typeof value === 'object' && value !== null ? (value as Loose)[name] : undefined);
const count = (value: unknown): number => (typeof value === 'number' ? value : 0);
const conditions = (object: KubeJson): Condition[] => (field(object.status, 'conditions') ?? []) as Condition[];
const condition = (object: KubeJson, type: string): Condition | undefined => conditions(object).find((c) => c.type === type);

export function readiness(kind: string, object: KubeJson): Readiness {
  if (object.metadata?.deletionTimestamp) return progressing('is being deleted');
  const generation = object.metadata?.generation;
  const observed = field(object.status, 'observedGeneration');
  if (typeof generation === 'number' && typeof observed === 'number' && observed < generation) {
    return progressing(`its latest change (generation ${generation}) was not taken up yet`);
  }
  return (byKind[kind] ?? byCondition)(object);
}

const byKind: Record<string, (object: KubeJson) => Readiness> = {
  Deployment(object) {
    const late = condition(object, 'Progressing');
    if (late?.reason === 'ProgressDeadlineExceeded') return stuck(late.message ?? 'the rollout exceeded its deadline');
    const wanted = (field(object.spec, 'replicas') as number | undefined) ?? 1;
    return rollout(wanted, object.status, { updated: 'updatedReplicas', available: 'availableReplicas', total: 'replicas' });
  },
  StatefulSet(object) {
    const wanted = (field(object.spec, 'replicas') as number | undefined) ?? 1;
    return rollout(wanted, object.status, { updated: 'updatedReplicas', available: 'readyReplicas', total: 'replicas' });
  },
  ReplicaSet(object) {
    const wanted = (field(object.spec, 'replicas') as number | undefined) ?? 1;
    return rollout(wanted, object.status, { updated: 'replicas', available: 'availableReplicas', total: 'replicas' });
  },
  DaemonSet(object) {
    if (field(object.status, 'observedGeneration') === undefined) return progressing('its controller has not seen it yet');
    const wanted = count(field(object.status, 'desiredNumberScheduled'));
    return rollout(wanted, object.status, { updated: 'updatedNumberScheduled', available: 'numberReady' });
  },
  Job(object) {
    if (condition(object, 'Failed')?.status === 'True') return stuck(condition(object, 'Failed')?.message ?? 'the job failed');
    return condition(object, 'Complete')?.status === 'True' ? ready : progressing('the job has not completed');
  },
  Pod: podReadiness,
  Namespace: (object) =>
    field(object.status, 'phase') === 'Active' ? ready : progressing(`phase is ${String(field(object.status, 'phase'))}`),
};

function rollout(wanted: number, status: unknown, names: { updated: string; available: string; total?: string }): Readiness {
  const updated = count(field(status, names.updated));
  if (updated < wanted) return progressing(`${updated} of ${wanted} updated`);
  const total = names.total ? count(field(status, names.total)) : wanted;
  if (total > updated) return progressing(`${total - updated} of the old ones still run`);
  const available = count(field(status, names.available));
  return available < wanted ? progressing(`${available} of ${wanted} ready`) : ready;
}

function podReadiness(pod: KubeJson): Readiness {
  const phase = field(pod.status, 'phase');
  if (phase === 'Succeeded') return ready;
  if (phase === 'Failed') return stuck('the pod failed');
  if (condition(pod, 'Ready')?.status === 'True') return ready;
  const scheduled = condition(pod, 'PodScheduled');
  if (scheduled?.reason === 'Unschedulable') return stuck(`no node takes it: ${scheduled.message ?? 'unschedulable'}`);
  const containers = (field(pod.status, 'containerStatuses') ?? []) as { name?: string; state?: { waiting?: { reason?: string } } }[];
  for (const { name, state } of containers) {
    const reason = state?.waiting?.reason ?? '';
    if (/BackOff|^Err|Invalid|Error/.test(reason)) return stuck(`container ${name}: ${reason}`);
  }
  return progressing(phase === 'Running' ? 'running, not ready yet' : `phase is ${String(phase ?? 'unknown')}`);
}

function byCondition(object: KubeJson): Readiness {
  const found = conditions(object).find((c) => c.type === 'Ready' || c.type === 'Available' || c.type === 'Established');
  if (!found || found.status === 'True') return ready;
  return progressing(`${found.type} is ${found.status}${found.reason ? ` (${found.reason})` : ''}`);
}
