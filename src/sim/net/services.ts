import { endpointSlices, services as serviceResource } from '../../kube/resources.ts';
import type { EndpointSlice, Service } from '../../kube/types.ts';
import type { Cancel } from '../../base/clock.ts';
import type { ApiClient } from '../api/client.ts';

/** Where a service's packets can go. */
export interface Backend {
  ip: string;
  port: number;
  node?: string;
  podUid?: string;
  hostname?: string;
}

/** A port of a service, found by its address or its node port. */
export interface Frontend {
  service: Service;
  portName: string;
  port: number;
}

interface Slices {
  byName: Map<string, EndpointSlice>;
  /** Backends by port name; emptied by every change of a slice. */
  ready: Map<string, readonly Backend[]>;
}

const keyOf = (namespace: string | undefined, name: string): string => `${namespace}/${name}`;

/** Backends that take new connections: the ready ones, or, where every one is terminating, those that still serve (as kube-proxy falls back). */
const backendsOf = (slices: Iterable<EndpointSlice>, portName: string, unready = false): Backend[] => {
  const ready: Backend[] = [];
  const serving: Backend[] = [];
  for (const slice of slices) {
    const port = slice.ports?.find((candidate) => (candidate.name ?? '') === portName) ?? (portName === '*' ? { port: 0 } : undefined);
    if (port?.port === undefined) continue;
    for (const endpoint of slice.endpoints ?? []) {
      const { conditions } = endpoint;
      const list = conditions?.ready !== false || unready ? ready : conditions.serving && conditions.terminating ? serving : undefined;
      for (const ip of list ? endpoint.addresses : [])
        list?.push({
          ip,
          port: port.port,
          ...(endpoint.nodeName && { node: endpoint.nodeName }),
          ...(endpoint.targetRef?.uid && { podUid: endpoint.targetRef.uid }),
          ...(endpoint.hostname && { hostname: endpoint.hostname }),
        });
    }
  }
  return ready.length > 0 ? ready : serving;
};

/** Services and their endpoints, kept by watching, for kube-proxy's and CoreDNS's questions. */
export class ServiceTable {
  readonly #services = new Map<string, Service>();
  readonly #slices = new Map<string, Slices>();
  readonly #frontends = new Map<string, Frontend>();
  readonly #nodePorts = new Map<string, Frontend>();
  readonly #cancels: Cancel[];

  constructor(api: ApiClient) {
    this.#cancels = [
      api.watch(serviceResource, ({ type, object, previous }) => {
        if (previous) this.#forget(previous);
        this.#forget(object);
        if (type !== 'DELETED') this.#remember(object);
      }),
      api.watch(endpointSlices, ({ type, object }) => this.#slice(object, type === 'DELETED')),
    ];
  }

  stop(): void {
    for (const cancel of this.#cancels) cancel();
  }

  find(namespace: string, name: string): Service | undefined {
    return this.#services.get(keyOf(namespace, name));
  }

  /** The service whose address this is, whatever the port. */
  owner(ip: string): Service | undefined {
    return [...this.#services.values()].find(({ spec }) => spec?.clusterIP === ip);
  }

  /** The port of a service whose address this is. */
  frontend(ip: string, port: number, protocol: string): Frontend | undefined {
    return this.#frontends.get(`${ip}:${port}/${protocol}`);
  }

  nodePort(port: number, protocol: string): Frontend | undefined {
    return this.#nodePorts.get(`${port}/${protocol}`);
  }

  backends({ service, portName }: Frontend): readonly Backend[] {
    const slices = this.#slices.get(keyOf(service.metadata.namespace, service.metadata.name));
    if (!slices) return [];
    let list = slices.ready.get(portName);
    if (!list) slices.ready.set(portName, (list = backendsOf(slices.byName.values(), portName)));
    return list;
  }

  /** Endpoints of a headless service, one for each address, whatever its ports. */
  members(service: Service): readonly Backend[] {
    const slices = this.#slices.get(keyOf(service.metadata.namespace, service.metadata.name));
    return slices ? backendsOf(slices.byName.values(), '*', service.spec?.publishNotReadyAddresses) : [];
  }

  #slice(slice: EndpointSlice, deleted: boolean): void {
    const service = slice.metadata.labels?.['kubernetes.io/service-name'];
    if (!service) return;
    const key = keyOf(slice.metadata.namespace, service);
    let slices = this.#slices.get(key);
    if (!slices) this.#slices.set(key, (slices = { byName: new Map(), ready: new Map() }));
    if (deleted) slices.byName.delete(slice.metadata.name);
    else slices.byName.set(slice.metadata.name, slice);
    slices.ready.clear();
  }

  #remember(service: Service): void {
    this.#services.set(keyOf(service.metadata.namespace, service.metadata.name), service);
    for (const [key, table, frontend] of this.#keys(service)) table.set(key, frontend);
  }

  #forget(service: Service): void {
    this.#services.delete(keyOf(service.metadata.namespace, service.metadata.name));
    for (const [key, table] of this.#keys(service)) table.delete(key);
  }

  *#keys(service: Service): Generator<[string, Map<string, Frontend>, Frontend]> {
    const { spec, status } = service;
    const addresses = new Set([
      spec?.clusterIP,
      ...(spec?.clusterIPs ?? []),
      ...(spec?.externalIPs ?? []),
      ...(status?.loadBalancer?.ingress ?? []).map((ingress) => ingress.ip),
    ]);
    for (const port of spec?.ports ?? []) {
      const protocol = port.protocol ?? 'TCP';
      const frontend = { service, portName: port.name ?? '', port: port.port };
      for (const address of addresses)
        if (address && address !== 'None') yield [`${address}:${port.port}/${protocol}`, this.#frontends, frontend];
      if (port.nodePort) yield [`${port.nodePort}/${protocol}`, this.#nodePorts, frontend];
    }
  }
}
