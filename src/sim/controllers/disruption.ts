import { rfc3339 } from '../../base/clock.ts';
import * as r from '../../kube/resources.ts';
import { matchesLabelSelector } from '../../kube/selectors.ts';
import type { Pod, PodDisruptionBudget } from '../../kube/types.ts';
import type { WatchEvent } from '../api/client.ts';
import type { Controller, ReconcileResult } from './controller.ts';
import type { CoreContext } from './core-context.ts';
import { share } from './deployment-sizes.ts';
import { keyOf, splitKey } from './manager.ts';
import { controllerOf } from './owners.ts';
import { isReady, isTerminal } from './pods.ts';
import { Pace } from './pace.ts';
import { writeStatus } from './status.ts';

type Status = NonNullable<PodDisruptionBudget['status']>;

/** How long an eviction is counted as a disruption before its pod is seen to be deleted (DeletionTimeout). */
const evictionTimeoutMs = 120_000;

/** pkg/controller/disruption: how many evictions a PodDisruptionBudget allows now. */
export function disruptionController(context: CoreContext): Controller {
  const { api, clock, pods } = context;
  const recorder = context.recorder('controllermanager');
  const pace = new Pace(clock);

  function* keysOfPod({ object, previous }: WatchEvent<Pod>): Generator<string> {
    for (const budget of api.list(r.podDisruptionBudgets, { namespace: object.metadata.namespace! })) {
      const selected = [object, previous].some((pod) => pod && matchesLabelSelector(pod.metadata.labels, budget.spec?.selector));
      if (selected) yield keyOf(budget);
    }
  }

  function reconcile(key: string): ReconcileResult | void {
    const { namespace, name } = splitKey(key);
    const budget = api.get(r.podDisruptionBudgets, namespace, name);
    if (!budget) return;
    const wait = pace.wait(key, pods.count('namespace', namespace));
    if (wait > 0) return { requeueAfterMs: wait };
    const selected = [...pods.by('namespace', namespace)].filter((pod) => matchesLabelSelector(pod.metadata.labels, budget.spec?.selector));
    if (selected.length === 0) recorder.normal(budget, 'NoPods', 'No matching pods found');
    const now = clock.now();
    const disrupted = stillDisrupted(budget, selected, now);
    const healthy = selected.filter((pod) => !pod.metadata.deletionTimestamp && isReady(pod) && !(pod.metadata.name in disrupted)).length;
    const { expected, desired } = wanted(
      budget,
      selected.filter((pod) => !isTerminal(pod)),
    );
    const allowed = expected > 0 ? Math.max(0, healthy - desired) : 0;
    writeStatus(api, r.podDisruptionBudgets, budget, {
      ...(Object.keys(disrupted).length > 0 && { disruptedPods: disrupted }),
      disruptionsAllowed: allowed,
      currentHealthy: healthy,
      desiredHealthy: desired,
      expectedPods: expected,
      observedGeneration: budget.metadata.generation ?? 0,
      conditions: conditionsOf(budget, allowed, now),
    });
    const oldest = Math.min(...Object.values(disrupted).map((at) => Date.parse(at)));
    return Number.isFinite(oldest) ? { requeueAfterMs: Math.max(0, oldest + evictionTimeoutMs - now) } : undefined;
  }

  function wanted(budget: PodDisruptionBudget, selected: readonly Pod[]): { expected: number; desired: number } {
    const { minAvailable, maxUnavailable } = budget.spec ?? {};
    if (maxUnavailable !== undefined) {
      const expected = scaleOf(selected);
      return { expected, desired: Math.max(0, expected - share(maxUnavailable, expected, Math.ceil)) };
    }
    if (typeof minAvailable === 'string' && minAvailable.endsWith('%')) {
      const expected = scaleOf(selected);
      return { expected, desired: share(minAvailable, expected, Math.ceil) };
    }
    return { expected: selected.length, desired: Number(minAvailable ?? 0) };
  }

  /** Replicas that the pods' controllers ask for, each controller counted once. */
  function scaleOf(selected: readonly Pod[]): number {
    const scales = new Map<string, number>();
    for (const pod of selected) {
      const controller = controllerOf(pod);
      if (!controller) continue;
      const { namespace } = pod.metadata;
      const set = controller.kind === 'ReplicaSet' ? api.get(r.replicaSets, namespace, controller.name) : undefined;
      const owner = set && controllerOf(set);
      const deployment = owner?.kind === 'Deployment' ? api.get(r.deployments, namespace, owner.name) : undefined;
      const stateful = controller.kind === 'StatefulSet' ? api.get(r.statefulSets, namespace, controller.name) : undefined;
      const top = deployment ?? set ?? stateful;
      if (top) scales.set(top.metadata.uid, top.spec?.replicas ?? 1);
    }
    return [...scales.values()].reduce((total, scale) => total + scale, 0);
  }

  return {
    name: 'disruption-controller',
    sources: [
      { resource: r.podDisruptionBudgets },
      { resource: r.pods, keys: keysOfPod },
      {
        resource: r.deployments,
        keys: ({ object }) => api.list(r.podDisruptionBudgets, { namespace: object.metadata.namespace! }).map(keyOf),
      },
    ],
    reconcile,
  };
}

/** Evicted pods that are neither gone nor seen to be deleted, and not for too long. */
function stillDisrupted(budget: PodDisruptionBudget, selected: readonly Pod[], now: number): Record<string, string> {
  const evicted = Object.entries((budget.status?.disruptedPods ?? {}) as Record<string, string>);
  const waiting = new Set(selected.filter((pod) => !pod.metadata.deletionTimestamp).map((pod) => pod.metadata.name));
  return Object.fromEntries(evicted.filter(([name, at]) => waiting.has(name) && Date.parse(at) + evictionTimeoutMs > now));
}

function conditionsOf(budget: PodDisruptionBudget, allowed: number, now: number): Status['conditions'] {
  const status = allowed > 0 ? 'True' : 'False';
  const before = budget.status?.conditions?.find((c) => c.type === 'DisruptionAllowed');
  return [
    {
      type: 'DisruptionAllowed',
      status,
      observedGeneration: budget.metadata.generation ?? 0,
      lastTransitionTime: before?.status === status ? before.lastTransitionTime : rfc3339(now),
      reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
      message: '',
    },
  ];
}
