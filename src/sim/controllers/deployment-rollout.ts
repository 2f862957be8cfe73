import * as r from '../../kube/resources.ts';
import type { Deployment, ReplicaSet } from '../../kube/types.ts';
import type { CoreContext } from './core-context.ts';
import { byRevision, newSetSize, replicasAnnotations } from './deployment-revisions.ts';
import { allSets, type Rollout, availableReplicas, desiredReplicas, fenceposts, specReplicas } from './deployment-sizes.ts';
import { deploymentRecorder } from './deployment-status.ts';

const isActiveSet = (set: ReplicaSet): boolean => desiredReplicas(set) > 0;

/** Resizes a ReplicaSet, tells so, and returns it as it is then. */
export function scaleSet(context: CoreContext, deployment: Deployment, set: ReplicaSet, size: number): ReplicaSet {
  const before = desiredReplicas(set);
  const scaled = context.api.modify(r.replicaSets, set.metadata.namespace, set.metadata.name, (copy) => {
    copy.spec!.replicas = size;
    copy.metadata.annotations = { ...copy.metadata.annotations, ...replicasAnnotations(deployment) };
  });
  if (before !== size) {
    const direction = before < size ? 'up' : 'down';
    const message = `Scaled ${direction} replica set ${set.metadata.name} from ${before} to ${size}`;
    deploymentRecorder(context).normal(deployment, 'ScalingReplicaSet', message);
  }
  return scaled;
}

/** One move of a rolling update, up first; false where none is allowed now. */
export function rollOn(context: CoreContext, rollout: Rollout): boolean {
  return growNewSet(context, rollout) || shrinkOldSets(context, rollout);
}

function growNewSet(context: CoreContext, { deployment, newSet, oldSets }: Rollout): boolean {
  if (!newSet) return false;
  const desired = desiredReplicas(deployment);
  const current = desiredReplicas(newSet);
  const size = current > desired ? desired : newSetSize(deployment, oldSets, current);
  if (size === current) return false;
  scaleSet(context, deployment, newSet, size);
  return true;
}

function shrinkOldSets(context: CoreContext, rollout: Rollout): boolean {
  const { deployment, newSet } = rollout;
  const sets = rollout.oldSets.filter(isActiveSet);
  if (!newSet || sets.length === 0) return false;
  const minAvailable = desiredReplicas(deployment) - fenceposts(deployment).maxUnavailable;
  const newUnavailable = desiredReplicas(newSet) - (newSet.status?.availableReplicas ?? 0);
  const most = specReplicas(allSets(rollout)) - minAvailable - newUnavailable;
  if (most <= 0) return false;
  const [cleaned, unhealthy] = shrink(
    context,
    deployment,
    sets,
    most,
    (set) => desiredReplicas(set) - (set.status?.availableReplicas ?? 0),
  );
  const spare = availableReplicas([...cleaned, newSet]) - minAvailable;
  const [, healthy] = shrink(context, deployment, cleaned, spare, desiredReplicas);
  return unhealthy + healthy > 0;
}

/** Takes at most `most` replicas away, oldest set first, from each no more than `removable` says. */
function shrink(
  context: CoreContext,
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  most: number,
  removable: (set: ReplicaSet) => number,
): [sets: ReplicaSet[], removed: number] {
  let removed = 0;
  const after = sets.map((set) => {
    const count = Math.min(most - removed, removable(set));
    if (count <= 0) return set;
    removed += count;
    return scaleSet(context, deployment, set, desiredReplicas(set) - count);
  });
  return [after, removed];
}

/** A changed `spec.replicas`: spread over the ReplicaSets in proportion to their sizes (deployment sync.go, scale). */
export function scaleProportionally(context: CoreContext, rollout: Rollout): void {
  const { deployment, newSet, oldSets } = rollout;
  const desired = desiredReplicas(deployment);
  const sets = allSets(rollout).filter(isActiveSet);
  if (sets.length <= 1) {
    const only = sets[0] ?? newSet ?? oldSets.toSorted(byRevision).at(-1);
    if (only && desiredReplicas(only) !== desired) scaleSet(context, deployment, only, desired);
    return;
  }
  if (newSet && isSaturated(deployment, newSet)) {
    for (const set of oldSets.filter(isActiveSet)) scaleSet(context, deployment, set, 0);
    return;
  }
  if (deployment.spec?.strategy?.type !== 'RollingUpdate') return;
  const allowed = desired > 0 ? desired + fenceposts(deployment).maxSurge : 0;
  const toAdd = allowed - specReplicas(sets);
  const newest = (a: ReplicaSet, b: ReplicaSet) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? 1 : -1);
  sets.sort((a, b) => desiredReplicas(b) - desiredReplicas(a) || (toAdd > 0 ? newest(a, b) : newest(b, a)));
  let added = 0;
  const sizes = sets.map((set) => {
    const proportion = toAdd === 0 ? 0 : proportionOf(set, deployment, toAdd, added);
    added += proportion;
    return desiredReplicas(set) + proportion;
  });
  sizes[0] = Math.max(0, sizes[0]! + toAdd - added);
  sets.forEach((set, i) => scaleSet(context, deployment, set, sizes[i]!));
}

const isSaturated = (deployment: Deployment, set: ReplicaSet): boolean =>
  desiredReplicas(set) === desiredReplicas(deployment) && (set.status?.availableReplicas ?? 0) === desiredReplicas(deployment);

function proportionOf(set: ReplicaSet, deployment: Deployment, toAdd: number, added: number): number {
  const size = desiredReplicas(set);
  const annotated = Number(set.metadata.annotations?.['deployment.kubernetes.io/max-replicas']) || desiredReplicas(deployment);
  const fraction =
    desiredReplicas(deployment) === 0
      ? -size
      : Math.round((size * (desiredReplicas(deployment) + fenceposts(deployment).maxSurge)) / annotated) - size;
  const allowed = toAdd - added;
  return toAdd > 0 ? Math.min(fraction, allowed) : Math.max(fraction, allowed);
}
