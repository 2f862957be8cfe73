import type { Deployment, ReplicaSet } from '../../kube/types.ts';

/** A Deployment's ReplicaSets: the one with its present template, and those of earlier revisions, oldest first. */
export interface Rollout {
  deployment: Deployment;
  newSet: ReplicaSet | undefined;
  oldSets: ReplicaSet[];
}

export const allSets = ({ newSet, oldSets }: Rollout): ReplicaSet[] => (newSet ? [...oldSets, newSet] : oldSets);

export const desiredReplicas = (workload: Deployment | ReplicaSet): number => workload.spec?.replicas ?? 1;

/** An IntOrString of `total`: `25%` of it, or a number. */
export function share(value: number | string | undefined, total: number, round: (fraction: number) => number): number {
  if (value === undefined) return 0;
  return typeof value === 'string' && value.endsWith('%') ? round((Number.parseInt(value, 10) * total) / 100) : Number(value);
}

/** How far a rolling update may go above and below the desired count; never both nothing. */
export function fenceposts(deployment: Deployment): { maxSurge: number; maxUnavailable: number } {
  const rolling = deployment.spec?.strategy?.rollingUpdate;
  const replicas = desiredReplicas(deployment);
  if (deployment.spec?.strategy?.type !== 'RollingUpdate' || replicas === 0) return { maxSurge: 0, maxUnavailable: 0 };
  const maxSurge = share(rolling?.maxSurge, replicas, Math.ceil);
  const maxUnavailable = share(rolling?.maxUnavailable, replicas, Math.floor);
  return { maxSurge, maxUnavailable: maxSurge === 0 && maxUnavailable === 0 ? 1 : Math.min(maxUnavailable, replicas) };
}

export const sum = <T>(items: Iterable<T>, count: (item: T) => number | undefined): number => {
  let total = 0;
  for (const item of items) total += count(item) ?? 0;
  return total;
};

export const specReplicas = (sets: Iterable<ReplicaSet>): number => sum(sets, desiredReplicas);
export const availableReplicas = (sets: Iterable<ReplicaSet>): number => sum(sets, (set) => set.status?.availableReplicas);
