import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../../base/errors.ts';
import * as r from '../../kube/resources.ts';
import { StatusError } from '../../kube/status.ts';
import type { Deployment, ObjectMeta, PodTemplateSpec, ReplicaSet } from '../../kube/types.ts';
import type { CoreContext } from './core-context.ts';
import { deploymentRecorder, setProgressing } from './deployment-status.ts';
import { desiredReplicas, fenceposts, specReplicas, type Rollout } from './deployment-sizes.ts';
import { controllerOf, controllerReference } from './owners.ts';
import { canonical, templateHash } from './template-hash.ts';

const revisionKey = 'deployment.kubernetes.io/revision';
const historyKey = 'deployment.kubernetes.io/revision-history';
export const desiredKey = 'deployment.kubernetes.io/desired-replicas';
export const maxKey = 'deployment.kubernetes.io/max-replicas';
const hashLabel = 'pod-template-hash';
const notCopied = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionKey,
  historyKey,
  desiredKey,
  maxKey,
  'deprecated.deployment.rollback.to',
]);

/** An int64 to the controller: people and their tests go beyond what a number holds exactly. */
const revisionOf = (set: ReplicaSet): bigint => revisionIn(set.metadata.annotations);

function revisionIn(annotations: Record<string, string> | undefined): bigint {
  const text = annotations?.[revisionKey] ?? '';
  return /^[+-]?\d+$/.test(text) ? BigInt(text) : 0n;
}

export const byRevision = (a: ReplicaSet, b: ReplicaSet): number => Number(revisionOf(a) - revisionOf(b));

const nextRevision = (oldSets: readonly ReplicaSet[]): bigint =>
  oldSets.map(revisionOf).reduce((most, one) => (one > most ? one : most), 0n) + 1n;

export function rolloutOf(deployment: Deployment, sets: readonly ReplicaSet[]): Rollout {
  const byAge = [...sets].sort((a, b) => order(a.metadata, b.metadata));
  const newSet = byAge.find((set) => sameTemplate(deployment.spec?.template, set.spec?.template));
  return { deployment, newSet, oldSets: byAge.filter((set) => set !== newSet) };
}

const order = (a: ObjectMeta, b: ObjectMeta): number =>
  a.creationTimestamp === b.creationTimestamp ? (a.name < b.name ? -1 : 1) : a.creationTimestamp < b.creationTimestamp ? -1 : 1;

/** Fields without a value count for nothing, here as in the hash: what was stored long ago may have a null where it has none now. */
function sameTemplate(a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean {
  const [one, other] = [withoutHash(a), withoutHash(b)];
  return isDeepStrictEqual(one, other) || canonical(one) === canonical(other);
}

function withoutHash(template: PodTemplateSpec | undefined): object {
  const { labels: own, ...metadata } = template?.metadata ?? {};
  const { [hashLabel]: _hash, ...labels } = own ?? {};
  return { ...template, metadata: { ...metadata, labels } };
}

/** Brings the new ReplicaSet's annotations and the Deployment's revision up to date. */
export function syncRevision(context: CoreContext, rollout: Rollout): Rollout {
  const { newSet, oldSets } = rollout;
  if (!newSet) return rollout;
  const revision = nextRevision(oldSets);
  const minReadySeconds = rollout.deployment.spec?.minReadySeconds ?? 0;
  const synced = context.api.modify(r.replicaSets, newSet.metadata.namespace, newSet.metadata.name, (copy) => {
    copy.metadata.annotations = annotationsOf(rollout.deployment, copy.metadata.annotations, revision);
    if ((copy.spec?.minReadySeconds ?? 0) !== minReadySeconds) copy.spec!.minReadySeconds = minReadySeconds;
  });
  let deployment = noteRevision(context, rollout.deployment, revisionOf(synced));
  if (!deployment.status?.conditions?.some((c) => c.type === 'Progressing')) {
    deployment = setProgressing(context, deployment, 'True', 'FoundNewReplicaSet', `Found new replica set "${synced.metadata.name}"`);
  }
  return { deployment, newSet: synced, oldSets };
}

function annotationsOf(deployment: Deployment, before: Record<string, string> | undefined, revision: bigint): Record<string, string> {
  const annotations = { ...before };
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {})) if (!notCopied.has(key)) annotations[key] = value;
  const old = annotations[revisionKey];
  if (revisionIn(annotations) < revision) {
    annotations[revisionKey] = String(revision);
    if (old !== undefined) annotations[historyKey] = [annotations[historyKey], old].filter(Boolean).join(',');
  }
  return annotations;
}

function noteRevision({ api }: CoreContext, deployment: Deployment, revision: bigint): Deployment {
  if (deployment.metadata.annotations?.[revisionKey] === String(revision)) return deployment;
  return api.modify(r.deployments, deployment.metadata.namespace, deployment.metadata.name, (copy) => {
    copy.metadata.annotations = { ...copy.metadata.annotations, [revisionKey]: String(revision) };
  });
}

/** Creates the ReplicaSet of the present template, as large as the rollout allows at once. */
export function createNewSet(context: CoreContext, rollout: Rollout): Rollout {
  const { api } = context;
  const { deployment, oldSets } = rollout;
  const { name, namespace } = deployment.metadata;
  const hash = templateHash(deployment.spec?.template, deployment.status?.collisionCount);
  const revision = nextRevision(oldSets);
  const labels = { ...deployment.spec?.template?.metadata?.labels, [hashLabel]: hash };
  const replicas = newSetSize(deployment, oldSets, 0);
  const setName = `${name.slice(0, 252 - hash.length)}-${hash}`;
  let newSet: ReplicaSet;
  try {
    newSet = api.create(r.replicaSets, {
      metadata: {
        name: setName,
        namespace: namespace!,
        labels,
        annotations: { ...annotationsOf(deployment, undefined, revision), ...replicasAnnotations(deployment) },
        ownerReferences: [controllerReference(r.deployments, deployment)],
      },
      spec: {
        replicas,
        ...(deployment.spec?.minReadySeconds && { minReadySeconds: deployment.spec.minReadySeconds }),
        selector: { ...deployment.spec!.selector, matchLabels: { ...deployment.spec!.selector.matchLabels, [hashLabel]: hash } },
        template: {
          ...structuredClone(deployment.spec!.template),
          metadata: { ...structuredClone(deployment.spec!.template.metadata), labels },
        },
      },
    });
  } catch (error) {
    if (error instanceof StatusError && error.reason === 'AlreadyExists') countCollision(context, deployment, setName);
    else if (error instanceof StatusError) {
      const message = `Failed to create new replica set "${setName}": ${messageOf(error)}`;
      setProgressing(context, deployment, 'False', 'ReplicaSetCreateError', message);
      deploymentRecorder(context).warning(deployment, 'ReplicaSetCreateError', message);
    }
    throw error;
  }
  if (replicas > 0) {
    deploymentRecorder(context).normal(deployment, 'ScalingReplicaSet', `Scaled up replica set ${setName} from 0 to ${replicas}`);
  }
  const noted = noteRevision(context, deployment, revision);
  const message = `Created new replica set "${setName}"`;
  return { deployment: setProgressing(context, noted, 'True', 'NewReplicaSetCreated', message), newSet, oldSets };
}

/** A foreign ReplicaSet has the name: the next attempt hashes with another count. */
function countCollision({ api }: CoreContext, deployment: Deployment, setName: string): void {
  const { namespace, name, uid } = deployment.metadata;
  const existing = api.get(r.replicaSets, namespace, setName);
  if (!existing) return;
  if (controllerOf(existing)?.uid === uid && sameTemplate(deployment.spec?.template, existing.spec?.template)) return;
  const count = (copy: Deployment) => void (copy.status = { ...copy.status, collisionCount: (copy.status?.collisionCount ?? 0) + 1 });
  api.modify(r.deployments, namespace, name, count, { subresource: 'status' });
}

/** deploymentutil.NewRSNewReplicas: the new set's next size, from `current`, beside the old ones. */
export function newSetSize(deployment: Deployment, oldSets: readonly ReplicaSet[], current: number): number {
  const desired = desiredReplicas(deployment);
  if (deployment.spec?.strategy?.type !== 'RollingUpdate') return desired;
  const room = desired + fenceposts(deployment).maxSurge - specReplicas(oldSets) - current;
  return room <= 0 ? current : current + Math.min(room, desired - current);
}

export const replicasAnnotations = (deployment: Deployment): Record<string, string> => ({
  [desiredKey]: String(desiredReplicas(deployment)),
  [maxKey]: String(desiredReplicas(deployment) + fenceposts(deployment).maxSurge),
});
