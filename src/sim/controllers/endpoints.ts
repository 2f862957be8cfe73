import { isDeepStrictEqual } from 'node:util';
import { rfc3339 } from '../../base/clock.ts';
import * as r from '../../kube/resources.ts';
import type { Pod, Service } from '../../kube/types.ts';
import type { Controller, ReconcileResult } from './controller.ts';
import type { CoreContext } from './core-context.ts';
import { splitKey } from './manager.ts';
import { endpoints, type EndpointSubset } from './more-resources.ts';
import { Pace } from './pace.ts';
import { isReady } from './pods.ts';
import { hasSelector, podsOf, portsOn, servicesOf, targetOf } from './service-pods.ts';

/** v1 Endpoints hold no more addresses than this. */
const capacity = 1000;

/** pkg/controller/endpoint: the older Endpoints objects, which clients still read. */
export function endpointsController(context: CoreContext): Controller {
  const { api, clock, pods } = context;
  const pace = new Pace(clock);

  function reconcile(key: string): ReconcileResult | void {
    const { namespace, name } = splitKey(key);
    const wait = pace.wait(key, pods.count('namespace', namespace));
    if (wait > 0) return { requeueAfterMs: wait };
    const service = api.get(r.services, namespace, name);
    const existing = api.get(endpoints, namespace, name);
    if (!service) {
      if (existing) api.delete(endpoints, namespace, name);
      return;
    }
    if (!hasSelector(service)) return;
    const subsets = subsetsOf(service, [...podsOf(context, service)].slice(0, capacity));
    const headless = service.spec?.clusterIP === 'None';
    const labels = {
      ...service.metadata.labels,
      'endpoints.kubernetes.io/managed-by': 'endpoint-controller',
      ...(headless && { 'service.kubernetes.io/headless': '' }),
    };
    if (existing && isDeepStrictEqual(existing.subsets ?? [], subsets) && isDeepStrictEqual(existing.metadata.labels, labels)) return;
    const annotations = { 'endpoints.kubernetes.io/last-change-trigger-time': rfc3339(clock.now()) };
    if (existing) {
      api.modify(endpoints, namespace, name, (copy) => {
        copy.subsets = subsets;
        copy.metadata.labels = labels;
        copy.metadata.annotations = { ...copy.metadata.annotations, ...annotations };
      });
    } else if (!service.metadata.deletionTimestamp) {
      api.create(endpoints, { metadata: { name, namespace, labels, annotations }, subsets });
    }
  }

  return {
    name: 'endpoint-controller',
    sources: [{ resource: r.services }, { resource: r.pods, keys: (event) => servicesOf(api, event) }],
    reconcile,
  };
}

function subsetsOf(service: Service, pods: readonly Pod[]): EndpointSubset[] {
  const subsets = new Map<string, EndpointSubset>();
  for (const pod of [...pods].sort((a, b) => (a.status!.podIP! < b.status!.podIP! ? -1 : 1))) {
    if (pod.metadata.deletionTimestamp && !service.spec?.publishNotReadyAddresses) continue;
    const ports = portsOn(service, pod).map(({ name, port, protocol }) => ({ ...(name && { name }), port, protocol }));
    const key = JSON.stringify(ports);
    let subset = subsets.get(key);
    if (!subset) subsets.set(key, (subset = { ...(ports.length > 0 && { ports }) }));
    const address = { ip: pod.status!.podIP!, ...(pod.spec?.nodeName && { nodeName: pod.spec.nodeName }), targetRef: targetOf(pod) };
    const ready = isReady(pod) || service.spec?.publishNotReadyAddresses;
    const list = ready ? 'addresses' : 'notReadyAddresses';
    (subset[list] ??= []).push(address);
  }
  return [...subsets.values()];
}
