import * as r from '../../kube/resources.ts';
import type { Deployment, Pod } from '../../kube/types.ts';
import type { Controller, ReconcileResult } from './controller.ts';
import type { CoreContext } from './core-context.ts';
import { byRevision, createNewSet, desiredKey, rolloutOf, syncRevision } from './deployment-revisions.ts';
import { rollOn, scaleProportionally, scaleSet } from './deployment-rollout.ts';
import { allSets, type Rollout, desiredReplicas } from './deployment-sizes.ts';
import { isComplete, setProgressing, statusOf, syncRolloutStatus } from './deployment-status.ts';
import { keyOf, splitKey } from './manager.ts';
import { claim, controllerOf, ownerKeys } from './owners.ts';
import { isTerminal } from './pods.ts';
import { writeStatus } from './status.ts';

/** pkg/controller/deployment: a ReplicaSet a revision, and replicas moved from the old ones to the newest. */
export function deploymentController(context: CoreContext): Controller {
  const { api, clock, pods, replicaSets } = context;

  /** Of pods, a Recreate rollout alone needs to know, and only that an old one is gone. */
  function* keysOfPod(event: { type: string; object: Pod }): Generator<string> {
    const controller = controllerOf(event.object);
    if (event.type !== 'DELETED' || controller?.kind !== 'ReplicaSet') return;
    const set = api.get(r.replicaSets, event.object.metadata.namespace, controller.name);
    const owner = set && controllerOf(set);
    const deployment = owner?.kind === 'Deployment' ? api.get(r.deployments, set!.metadata.namespace, owner.name) : undefined;
    if (deployment?.spec?.strategy?.type === 'Recreate') yield keyOf(deployment);
  }

  function setsOf(deployment: Deployment): Rollout {
    const { uid, namespace } = deployment.metadata;
    const orphans = function* () {
      for (const set of replicaSets.by('namespace', namespace!)) if (!controllerOf(set)) yield set;
    };
    const sets = claim({
      api,
      owner: deployment,
      ownerResource: r.deployments,
      selector: deployment.spec?.selector,
      resource: r.replicaSets,
      owned: [...replicaSets.by('owner', uid)],
      orphans: orphans(),
    });
    return rolloutOf(deployment, sets);
  }

  function reconcile(key: string): ReconcileResult | void {
    const { namespace, name } = splitKey(key);
    const deployment = api.get(r.deployments, namespace, name);
    if (!deployment) return;
    const found = setsOf(deployment);
    if (deployment.metadata.deletionTimestamp) return writeStatus(api, r.deployments, deployment, statusOf(found, clock.now()));
    const rollout = syncRevision(context, { ...found, deployment: notePause(context, deployment) });
    if (deployment.spec?.paused || isScaling(rollout)) {
      scaleProportionally(context, rollout);
      if (deployment.spec?.paused) cleanUp(rollout);
      const after = setsOf(rollout.deployment);
      return writeStatus(api, r.deployments, after.deployment, statusOf(after, clock.now()));
    }
    if (deployment.spec?.strategy?.type === 'Recreate') return recreate(rollout);
    return roll(rollout);
  }

  function roll(rollout: Rollout): ReconcileResult | void {
    const current = rollout.newSet ? rollout : createNewSet(context, rollout);
    if (!rollOn(context, current) && isComplete(current.deployment, current.deployment.status)) cleanUp(current);
    return syncRolloutStatus(context, setsOf(current.deployment));
  }

  function recreate(rollout: Rollout): ReconcileResult | void {
    const { deployment, oldSets } = rollout;
    const active = oldSets.filter((set) => desiredReplicas(set) > 0);
    for (const set of active) scaleSet(context, deployment, set, 0);
    if (active.length > 0 || oldSets.some(hasPods)) return syncRolloutStatus(context, setsOf(deployment));
    const current = rollout.newSet ? rollout : createNewSet(context, rollout);
    if (desiredReplicas(current.newSet!) !== desiredReplicas(deployment)) {
      scaleSet(context, current.deployment, current.newSet!, desiredReplicas(deployment));
    }
    if (isComplete(current.deployment, current.deployment.status)) cleanUp(current);
    return syncRolloutStatus(context, setsOf(current.deployment));
  }

  const hasPods = (set: Rollout['oldSets'][number]): boolean => [...pods.by('owner', set.metadata.uid)].some((pod) => !isTerminal(pod));

  /** Deletes empty ReplicaSets beyond revisionHistoryLimit, oldest revision first. */
  function cleanUp({ deployment, oldSets }: Rollout): void {
    const kept = oldSets.filter((set) => !set.metadata.deletionTimestamp).sort(byRevision);
    for (const set of kept.slice(0, Math.max(0, kept.length - (deployment.spec?.revisionHistoryLimit ?? 10)))) {
      const settled = (set.status?.observedGeneration ?? 0) >= (set.metadata.generation ?? 0);
      if (set.status?.replicas || desiredReplicas(set) > 0 || !settled) continue;
      api.delete(r.replicaSets, set.metadata.namespace, set.metadata.name, { propagationPolicy: 'Background' });
    }
  }

  return {
    name: 'deployment-controller',
    sources: [
      { resource: r.deployments },
      { resource: r.replicaSets, keys: (event) => ownerKeys('Deployment', event) },
      { resource: r.pods, keys: keysOfPod },
    ],
    reconcile,
  };
}

const isScaling = (rollout: Rollout): boolean =>
  allSets(rollout).some((set) => {
    const noted = set.metadata.annotations?.[desiredKey];
    return desiredReplicas(set) > 0 && noted !== undefined && Number(noted) !== desiredReplicas(rollout.deployment);
  });

function notePause(context: CoreContext, deployment: Deployment): Deployment {
  const reason = deployment.status?.conditions?.find((c) => c.type === 'Progressing')?.reason;
  if (reason === 'ProgressDeadlineExceeded') return deployment;
  const paused = Boolean(deployment.spec?.paused);
  if (paused === (reason === 'DeploymentPaused')) return deployment;
  return paused
    ? setProgressing(context, deployment, 'Unknown', 'DeploymentPaused', 'Deployment is paused')
    : setProgressing(context, deployment, 'Unknown', 'DeploymentResumed', 'Deployment is resumed');
}
