import { rfc3339 } from '../../../src/base/clock.ts';
import { VariableClock } from '../../../src/base/variable-clock.ts';
import * as r from '../../../src/kube/resources.ts';
import type { Pod } from '../../../src/kube/types.ts';
import { createApiClient } from '../../../src/sim/api/in-process.ts';
import { Catalog } from '../../../src/sim/api/registry/catalog.ts';
import type { ApiClient } from '../../../src/sim/api/client.ts';
import { coreContext, type CoreContext } from '../../../src/sim/controllers/core-context.ts';
import { coreControllers } from '../../../src/sim/controllers/index.ts';
import { ControllerManager, splitKey } from '../../../src/sim/controllers/manager.ts';
import type { Controller } from '../../../src/sim/controllers/controller.ts';
import { allResources } from '../../../src/sim/controllers/catalog.ts';
import { scheduler } from '../../../src/sim/scheduler/scheduler.ts';
import { Store } from '../../../src/sim/store/store.ts';

export const born = Date.parse('2026-11-23T17:00:00Z');

export interface Harness extends AsyncDisposable {
  api: ApiClient;
  clock: VariableClock;
  failures: string[];
  addNode(name: string, options?: { labels?: Record<string, string>; cpu?: string; taints?: object[] }): void;
  pods(namespace?: string): readonly Pod[];
  /** Names of reasons and messages of events, in order of creation. */
  events(): string[];
}

/** Numbers in [0, 1) that are the same in every run. */
export function seeded(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** The API, every controller, the scheduler, and kubelets that do no more than report pods as running. */
export async function harness(options: { hollow?: boolean; namespaces?: readonly string[] } = {}): Promise<Harness> {
  const clock = new VariableClock(born);
  const random = seeded();
  const store = Store.open();
  const catalog = new Catalog(store);
  const api = createApiClient({ store, clock, random, catalog });
  for (const name of options.namespaces ?? ['default', 'kube-system', 'kube-node-lease']) api.create(r.namespaces, { metadata: { name } });
  const context = coreContext({ api, clock, random });
  const failures: string[] = [];
  const manager = new ControllerManager({
    api,
    clock,
    controllers: [
      ...coreControllers(context, { catalog: allResources(catalog), podCidr: '192.168.0.0/16', caPem: 'pem' }),
      scheduler(context, 'default-scheduler-test'),
      ...(options.hollow === false ? [] : [hollowKubelets(context)]),
    ],
    onFailure: ({ controller, key, error }) =>
      failures.push(`${controller} ${key}: ${error instanceof Error ? error.stack : String(error)}`),
  });
  return {
    api,
    clock,
    failures,
    addNode(name, { labels = {}, cpu = '4', taints } = {}) {
      const conditions = [{ type: 'Ready', status: 'True', reason: 'KubeletReady', lastTransitionTime: rfc3339(clock.now()) }];
      const amounts = { cpu, memory: '8Gi', pods: '110' };
      api.create(r.nodes, {
        metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
        spec: { ...(taints && { taints }) },
      });
      api.modify(r.nodes, undefined, name, (node) => void (node.status = { conditions, allocatable: amounts, capacity: amounts }), {
        subresource: 'status',
      });
    },
    pods: (namespace = 'default') => api.list(r.pods, { namespace }),
    events: () =>
      api
        .list(r.events)
        .toSorted((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
        .map((event) => `${event.reason}: ${event.message}`),
    async [Symbol.asyncDispose]() {
      await manager.stop();
      context.close();
      store.close();
    },
  };
}

/** Pods run one second after they are bound, and are gone one second after they were deleted. */
function hollowKubelets({ api, clock }: CoreContext): Controller {
  const due = new Map<string, number>();
  let address = 1;
  return {
    name: 'hollow-kubelets',
    sources: [{ resource: r.pods }, { resource: r.leases, keys: () => [] }],
    reconcile(key) {
      const { namespace, name } = splitKey(key);
      const pod = api.get(r.pods, namespace, name);
      if (!pod?.spec?.nodeName || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return;
      const ending = Boolean(pod.metadata.deletionTimestamp);
      if (pod.status?.phase === 'Running' && !ending) return;
      const id = `${pod.metadata.uid}/${ending}`;
      const at = due.get(id) ?? clock.now() + 1000;
      due.set(id, at);
      if (at > clock.now()) return { requeueAfterMs: at - clock.now() };
      if (ending) return api.delete(r.pods, namespace, name, { gracePeriodSeconds: 0 });
      const now = rfc3339(clock.now());
      const change = (copy: Pod) => {
        const others = copy.status?.conditions?.filter((c) => c.type !== 'Ready') ?? [];
        const conditions = [...others, { type: 'Ready', status: 'True', lastTransitionTime: now }];
        copy.status = { ...copy.status, phase: 'Running', podIP: `192.168.0.${address++}`, conditions };
      };
      api.modify(r.pods, namespace, name, change, { subresource: 'status' });
    },
  };
}
