import { conflict, notFound, StatusError, tooManyRequests } from '../../../kube/status.ts';
import { podDisruptionBudgets, pods } from '../../../kube/resources.ts';
import { matchesLabelSelector } from '../../../kube/selectors.ts';
import type { Pod, PodDisruptionBudget } from '../../../kube/types.ts';
import { deepCopy } from '../../store/object.ts';
import type { DeleteOptions } from '../client.ts';
import { nowOf, type Core, type WriteOptions } from '../registry/core.ts';
import { remove } from '../registry/delete.ts';
import { update } from '../registry/update.ts';

const refusal = "Cannot evict pod as it would violate the pod's disruption budget.";
/** pkg/registry/core/pod/storage/eviction.go: MaxDisruptedPodSize. */
const maxDisruptedPods = 2000;

/** POST …/pods/NAME/eviction: deletes a pod if the budget that covers it has room, and takes it from the budget. */
export function evict(core: Core, namespace: string, name: string, request: DeleteOptions = {}, options: WriteOptions = {}): void {
  const definition = core.catalog.of(pods)!;
  const pod = core.store.get(definition.table, `${namespace}/${name}`) as Pod | undefined;
  if (!pod) throw notFound(pods, name);
  const { resourceVersion, uid } = request.preconditions ?? {};
  if ((uid && uid !== pod.metadata.uid) || (resourceVersion && resourceVersion !== pod.metadata.resourceVersion)) {
    throw conflict(pods, name, 'the pod was replaced');
  }
  if (!isFree(pod)) {
    const budgets = (core.store.list('policy/poddisruptionbudgets', namespace) as PodDisruptionBudget[]).filter((budget) =>
      matchesLabelSelector(pod.metadata.labels, budget.spec?.selector),
    );
    if (budgets.length > 1) {
      throw new StatusError(500, '', 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.');
    }
    if (budgets[0]) take(core, budgets[0], pod, options);
  }
  if (!options.dryRun && !pod.metadata.deletionTimestamp) markDisrupted(core, pod);
  remove(core, definition, namespace, name, { ...request, preconditions: { uid: pod.metadata.uid } }, options);
}

/** Pods that count for no budget: not yet running, ended, or going already. */
const isFree = (pod: Pod): boolean =>
  Boolean(pod.metadata.deletionTimestamp) || ['Pending', 'Succeeded', 'Failed'].includes(pod.status?.phase ?? '');

const isReady = (pod: Pod): boolean => pod.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false;

function take(core: Core, budget: PodDisruptionBudget, pod: Pod, options: WriteOptions): void {
  const { name, namespace, generation = 0 } = budget.metadata;
  const status = budget.status;
  const healthy = status?.currentHealthy ?? 0;
  const desired = status?.desiredHealthy ?? 0;
  if (!isReady(pod)) {
    // An unready pod does not count as healthy: to evict it takes nothing from a budget that is met.
    if (budget.spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return;
    if (healthy >= desired && desired > 0) return;
  }
  const cause = (message: string) => [{ reason: 'DisruptionBudget', message }];
  if ((status?.observedGeneration ?? 0) < generation) {
    throw tooManyRequests(refusal, cause(`The disruption budget ${name} is still being processed by the server.`), 10);
  }
  const allowed = status?.disruptionsAllowed ?? 0;
  if (Object.keys(status?.disruptedPods ?? {}).length > maxDisruptedPods) {
    throw new StatusError(
      403,
      'Forbidden',
      `poddisruptionbudgets.policy "${name}" is forbidden: DisruptedPods map too big - too many evictions not confirmed by PDB controller`,
    );
  }
  if (allowed <= 0) {
    throw tooManyRequests(refusal, cause(`The disruption budget ${name} needs ${desired} healthy pods and has ${healthy} currently`));
  }
  const definition = core.catalog.of(podDisruptionBudgets)!;
  const change = (old: object) => {
    const copy = deepCopy(old) as PodDisruptionBudget;
    const now = nowOf(core);
    copy.status = {
      ...copy.status!,
      disruptionsAllowed: allowed - 1,
      disruptedPods: { ...copy.status?.disruptedPods, [pod.metadata.name]: now },
    };
    if (allowed - 1 === 0) exhaust(copy, now);
    return copy;
  };
  update(core, definition, namespace, name, change, { ...options, subresource: 'status' });
}

/** The budget's condition says that no further disruption is allowed. */
function exhaust(budget: PodDisruptionBudget, now: string): void {
  const others = (budget.status!.conditions ?? []).filter((c) => c.type !== 'DisruptionAllowed');
  budget.status!.conditions = [
    ...others,
    {
      type: 'DisruptionAllowed',
      status: 'False',
      reason: 'InsufficientPods',
      message: '',
      lastTransitionTime: now,
      observedGeneration: budget.status!.observedGeneration ?? 0,
    },
  ];
}

function markDisrupted(core: Core, pod: Pod): void {
  const change = (old: object) => {
    const copy = deepCopy(old) as Pod;
    const others = (copy.status?.conditions ?? []).filter((c) => c.type !== 'DisruptionTarget');
    copy.status = {
      ...copy.status,
      conditions: [
        ...others,
        {
          type: 'DisruptionTarget',
          status: 'True',
          reason: 'EvictionByEvictionAPI',
          message: 'Eviction API: evicting',
          lastTransitionTime: nowOf(core),
        },
      ],
    };
    return copy;
  };
  update(core, core.catalog.of(pods)!, pod.metadata.namespace, pod.metadata.name, change, { subresource: 'status' });
}
