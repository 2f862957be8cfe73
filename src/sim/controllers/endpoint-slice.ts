import { isDeepStrictEqual } from 'node:util';
import { rfc3339 } from '../../base/clock.ts';
import * as r from '../../kube/resources.ts';
import type { EndpointSlice, Pod, Service } from '../../kube/types.ts';
import type { Controller, ReconcileResult } from './controller.ts';
import type { CoreContext } from './core-context.ts';
import { splitKey } from './manager.ts';
import { controllerReference } from './owners.ts';
import { Pace } from './pace.ts';
import { isReady } from './pods.ts';
import { hasSelector, podsOf, portsOn, servicesOf, targetOf, type PortSpec } from './service-pods.ts';

type Endpoint = NonNullable<EndpointSlice['endpoints']>[number];

const serviceLabel = 'kubernetes.io/service-name';
const managerLabel = 'endpointslice.kubernetes.io/managed-by';
const manager = 'endpointslice-controller.k8s.io';
const triggerAnnotation = 'endpoints.kubernetes.io/last-change-trigger-time';
/** --max-endpoints-per-slice. */
const capacity = 100;

/** Endpoints that share their ports, and so may share a slice. */
interface Group {
  ports: PortSpec[];
  endpoints: Map<string, Endpoint>;
}

/** pkg/controller/endpointslice: where a service's traffic may go. */
export function endpointSliceController(context: CoreContext): Controller {
  const { api, clock, pods } = context;
  const pace = new Pace(clock);

  function reconcile(key: string): ReconcileResult | void {
    const { namespace, name } = splitKey(key);
    const wait = pace.wait(key, pods.count('namespace', namespace));
    if (wait > 0) return { requeueAfterMs: wait };
    const service = api.get(r.services, namespace, name);
    const existing = api.list(r.endpointSlices, { namespace, labelSelector: `${serviceLabel}=${name},${managerLabel}=${manager}` });
    // Slices of a service that is gone are the garbage collector's.
    if (!service || service.metadata.deletionTimestamp || !hasSelector(service)) return;
    const slices = existing.filter(
      (slice) => !slice.metadata.deletionTimestamp && slice.metadata.ownerReferences?.[0]?.uid === service.metadata.uid,
    );
    const groups = groupsOf(service);
    const spare = slices.filter((slice) => !groups.has(portsKey(slice.ports)));
    for (const [portKey, group] of groups) {
      fill(
        service,
        group,
        slices.filter((slice) => portsKey(slice.ports) === portKey),
        spare,
      );
    }
    for (const slice of spare) api.delete(r.endpointSlices, namespace, slice.metadata.name);
  }

  function groupsOf(service: Service): Map<string, Group> {
    const groups = new Map<string, Group>();
    for (const pod of podsOf(context, service)) {
      const ports = portsOn(service, pod);
      const portKey = portsKey(ports);
      let group = groups.get(portKey);
      if (!group) groups.set(portKey, (group = { ports, endpoints: new Map() }));
      group.endpoints.set(pod.metadata.uid, endpointOf(service, pod));
    }
    // A service without endpoints keeps one empty slice.
    if (groups.size === 0) groups.set(portsKey(undefined), { ports: [], endpoints: new Map() });
    return groups;
  }

  /** Endpoints stay in the slice that they are in; new ones go where there is room, then into unused or new slices. */
  function fill(service: Service, group: Group, slices: EndpointSlice[], spare: EndpointSlice[]): void {
    const left = new Map(group.endpoints);
    const contents: { slice: EndpointSlice | undefined; endpoints: Endpoint[] }[] = slices.map((slice) => {
      const kept = (slice.endpoints ?? []).flatMap((endpoint) => left.get(endpoint.targetRef?.uid ?? '') ?? []);
      for (const endpoint of kept) left.delete(endpoint.targetRef!.uid!);
      return { slice: slice, endpoints: kept };
    });
    const fresh = [...left.values()];
    for (const content of contents) content.endpoints.push(...fresh.splice(0, capacity - content.endpoints.length));
    const nothing = group.endpoints.size === 0;
    if (nothing && contents.length === 0) contents.push({ slice: spare.shift(), endpoints: [] });
    while (fresh.length > 0) contents.push({ slice: spare.shift(), endpoints: fresh.splice(0, capacity) });
    contents.forEach(({ slice, endpoints }, i) => {
      if (!slice) create(service, group.ports, endpoints);
      else if (endpoints.length === 0 && !(nothing && i === 0)) spare.push(slice);
      else update(service, slice, group.ports, endpoints);
    });
  }

  function create(service: Service, ports: PortSpec[], endpoints: Endpoint[]): void {
    const { name, namespace } = service.metadata;
    api.create(r.endpointSlices, {
      metadata: {
        generateName: `${name}-`,
        namespace: namespace!,
        labels: labelsOf(service),
        annotations: { [triggerAnnotation]: rfc3339(clock.now()) },
        ownerReferences: [controllerReference(r.services, service)],
      },
      addressType: 'IPv4',
      endpoints,
      ports,
    });
  }

  function update(service: Service, slice: EndpointSlice, ports: PortSpec[], endpoints: Endpoint[]): void {
    const labels = labelsOf(service);
    const same =
      isDeepStrictEqual(slice.endpoints ?? [], endpoints) &&
      isDeepStrictEqual(slice.ports ?? [], ports) &&
      isDeepStrictEqual(slice.metadata.labels, labels);
    if (same) return;
    api.modify(r.endpointSlices, slice.metadata.namespace, slice.metadata.name, (copy) => {
      // Go writes an empty list as null.
      Object.assign(copy, { endpoints: endpoints.length > 0 ? endpoints : null, ports: ports.length > 0 ? ports : null });
      copy.metadata.labels = labels;
      copy.metadata.annotations = { ...copy.metadata.annotations, [triggerAnnotation]: rfc3339(clock.now()) };
    });
  }

  return {
    name: 'endpointslice-controller',
    sources: [
      { resource: r.services },
      { resource: r.pods, keys: (event) => servicesOf(api, event) },
      {
        resource: r.endpointSlices,
        keys: ({ object }) => {
          const { namespace, labels } = object.metadata;
          return labels?.[managerLabel] === manager ? [`${namespace}/${labels[serviceLabel]}`] : [];
        },
      },
    ],
    reconcile,
  };
}

const portsKey = (ports: readonly Partial<PortSpec>[] | undefined): string =>
  (ports ?? [])
    .map(({ name = '', port, protocol, appProtocol = '' }) => `${name}/${port}/${protocol}/${appProtocol}`)
    .sort()
    .join(',');

function labelsOf(service: Service): Record<string, string> {
  const headless = service.spec?.clusterIP === 'None';
  return {
    ...service.metadata.labels,
    [serviceLabel]: service.metadata.name,
    [managerLabel]: manager,
    ...(headless && { 'service.kubernetes.io/headless': '' }),
  };
}

function endpointOf(service: Service, pod: Pod): Endpoint {
  const serving = isReady(pod);
  const terminating = Boolean(pod.metadata.deletionTimestamp);
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating);
  const inDomain = pod.spec?.hostname && pod.spec.subdomain === service.metadata.name;
  return {
    addresses: [pod.status!.podIP!],
    conditions: { ready, serving, terminating },
    ...(inDomain && { hostname: pod.spec!.hostname! }),
    targetRef: targetOf(pod),
    ...(pod.spec?.nodeName && { nodeName: pod.spec.nodeName }),
  };
}
