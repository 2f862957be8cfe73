import { rfc3339 } from '../../base/clock.ts';
import * as r from '../../kube/resources.ts';
import type { Deployment, ReplicaSet } from '../../kube/types.ts';
import { withCondition, withoutCondition } from './conditions.ts';
import type { ReconcileResult } from './controller.ts';
import type { CoreContext } from './core-context.ts';
import { allSets, availableReplicas, desiredReplicas, fenceposts, specReplicas, sum, type Rollout } from './deployment-sizes.ts';
import type { EventRecorder } from './event-recorder.ts';
import { counted, writeStatus } from './status.ts';

type Status = NonNullable<Deployment['status']>;

export const deploymentRecorder = (context: CoreContext): EventRecorder => context.recorder('deployment-controller');

/** Seconds that a rollout may stand still; undefined where none is set (its maximum means so). */
const deadlineMs = (deployment: Deployment): number | undefined => {
  const seconds = deployment.spec?.progressDeadlineSeconds;
  return seconds === undefined || seconds === 2 ** 31 - 1 ? undefined : seconds * 1000;
};

const progressing = (status: Status | undefined) => status?.conditions?.find((c) => c.type === 'Progressing');

/** Writes the Progressing condition at once, where the Deployment has a deadline. */
export function setProgressing(
  { api, clock }: CoreContext,
  deployment: Deployment,
  status: 'True' | 'False' | 'Unknown',
  reason: string,
  message: string,
): Deployment {
  if (deadlineMs(deployment) === undefined) return deployment;
  const { namespace, name } = deployment.metadata;
  const change = (copy: Deployment) => {
    const condition = { type: 'Progressing', status, reason, message };
    copy.status = { ...copy.status, conditions: withCondition(copy.status?.conditions, condition, clock.now(), { updateTime: true }) };
  };
  return api.modify(r.deployments, namespace, name, change, { subresource: 'status' });
}

export function isComplete(deployment: Deployment, status: Status | undefined): boolean {
  const desired = desiredReplicas(deployment);
  return (
    (status?.updatedReplicas ?? 0) === desired &&
    (status?.replicas ?? 0) === desired &&
    (status?.availableReplicas ?? 0) === desired &&
    (status?.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

/** Counts and the Available condition. */
export function statusOf(rollout: Rollout, now: number): Status {
  const { deployment, newSet } = rollout;
  const sets = allSets(rollout);
  const available = availableReplicas(sets);
  const enough = available >= desiredReplicas(deployment) - fenceposts(deployment).maxUnavailable;
  const collisionCount = deployment.status?.collisionCount;
  return {
    observedGeneration: deployment.metadata.generation ?? 0,
    ...counted({
      replicas: sum(sets, (set) => set.status?.replicas),
      updatedReplicas: newSet?.status?.replicas ?? 0,
      readyReplicas: sum(sets, (set) => set.status?.readyReplicas),
      availableReplicas: available,
      unavailableReplicas: Math.max(0, specReplicas(sets) - available),
    }),
    terminatingReplicas: sum(sets, (set) => set.status?.terminatingReplicas),
    ...(collisionCount !== undefined && { collisionCount }),
    conditions: withCondition(
      deployment.status?.conditions,
      enough
        ? { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' }
        : {
            type: 'Available',
            status: 'False',
            reason: 'MinimumReplicasUnavailable',
            message: 'Deployment does not have minimum availability.',
          },
      now,
      { updateTime: true },
    ),
  };
}

/** The status during a rollout: with what the Progressing condition tells, and failures of the ReplicaSets. */
export function syncRolloutStatus(context: CoreContext, rollout: Rollout): ReconcileResult | void {
  const now = context.clock.now();
  const { deployment } = rollout;
  const status = statusOf(rollout, now);
  const current = progressing(deployment.status);
  const deadline = deadlineMs(deployment);
  if (deadline === undefined) status.conditions = withoutCondition(status.conditions, 'Progressing');
  else if (!((status.replicas ?? 0) === (status.updatedReplicas ?? 0) && current?.reason === 'NewReplicaSetAvailable')) {
    status.conditions = progressed(rollout, status, now);
  }
  const failure = [rollout.newSet, ...rollout.oldSets].flatMap(failures)[0];
  status.conditions = failure
    ? withCondition(status.conditions, failure, now, { updateTime: true })
    : withoutCondition(status.conditions, 'ReplicaFailure');
  writeStatus(context.api, r.deployments, deployment, status);
  if (deadline === undefined || !current || isComplete(deployment, status) || current.reason === 'ProgressDeadlineExceeded') return;
  return { requeueAfterMs: Math.max(1000, Date.parse(current.lastUpdateTime ?? '') + deadline - now + 1000) };
}

const failures = (set: ReplicaSet | undefined) => set?.status?.conditions?.filter((c) => c.type === 'ReplicaFailure') ?? [];

function progressed({ deployment, newSet }: Rollout, status: Status, now: number): Status['conditions'] {
  const subject = newSet ? `ReplicaSet "${newSet.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  const current = progressing(deployment.status);
  const set = (state: string, reason: string, message: string) =>
    withCondition(status.conditions, { type: 'Progressing', status: state, reason, message }, now, { updateTime: true });
  if (isComplete(deployment, status)) return set('True', 'NewReplicaSetAvailable', `${subject} has successfully progressed.`);
  if (hasProgressed(deployment.status, status)) {
    const message = `${subject} is progressing.`;
    // The update time moves with every step, though status and reason stay.
    const lastTransitionTime = current?.status === 'True' ? current.lastTransitionTime : rfc3339(now);
    return [
      ...withoutCondition(status.conditions, 'Progressing'),
      {
        type: 'Progressing',
        status: 'True',
        reason: 'ReplicaSetUpdated',
        message,
        lastUpdateTime: rfc3339(now),
        ...(lastTransitionTime && { lastTransitionTime }),
      },
    ];
  }
  if (hasTimedOut(deployment, now)) return set('False', 'ProgressDeadlineExceeded', `${subject} has timed out progressing.`);
  return status.conditions;
}

function hasProgressed(before: Status | undefined, after: Status): boolean {
  const old = (status: Status | undefined) => (status?.replicas ?? 0) - (status?.updatedReplicas ?? 0);
  const rose = (count: 'updatedReplicas' | 'readyReplicas' | 'availableReplicas') => (after[count] ?? 0) > (before?.[count] ?? 0);
  return rose('updatedReplicas') || rose('readyReplicas') || rose('availableReplicas') || old(after) < old(before);
}

function hasTimedOut(deployment: Deployment, now: number): boolean {
  const current = progressing(deployment.status);
  const deadline = deadlineMs(deployment);
  if (!current || deadline === undefined || current.reason === 'NewReplicaSetAvailable') return false;
  return current.reason === 'ProgressDeadlineExceeded' || Date.parse(current.lastUpdateTime ?? '') + deadline < now;
}
