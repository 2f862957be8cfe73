import { endpointSlices, namespaces, nodes, pods, serviceAccounts, services } from '../../../kube/resources.ts';
import { deepEqual } from '../../../kube/json.ts';
import type * as kube from '../../../kube/types.ts';
import type { Cancel } from '../../../base/clock.ts';
import { anywhere, parseCidr, type Cidr } from '../../../netpol/model/address.ts';
import type { Cluster, ClusterNode, Labels, Pod, Service } from '../../../netpol/model/cluster.ts';
import type { ApiClient } from '../../api/client.ts';
import { ciliumNodes } from '../cilium/resources.ts';

/**
 * What policies are evaluated over, kept by watching. It is made when the first policy comes: a cluster without any has
 * no cost of it. `version` tells when anything that a verdict can hang on has changed.
 */
export class LiveCluster implements Cluster {
  readonly nodes = new Map<string, ClusterNode>();
  readonly namespaces = new Map<string, Labels>();
  readonly pods = new Map<string, Pod>();
  readonly serviceAccounts = new Map<string, Labels>();
  readonly outside = undefined;
  /** Addresses are those of the packets: what a pool would say of an unknown one is not asked. */
  readonly pools = {
    calico: { cidr: anywhere, encapsulation: 'always', natOutgoing: true },
    cilium: { cidr: anywhere, encapsulation: 'always', natOutgoing: true },
  } as const;
  version = 0;
  readonly #ciliumHosts = new Map<string, Cidr | undefined>();
  readonly #services = new Map<string, Service>();
  readonly #slices = new Map<string, Slice>();
  #listed: { version: number; services: readonly Service[] } | undefined;
  readonly #cancels: Cancel[];

  constructor(api: ApiClient) {
    const follow = <T extends kube.KubeObject, V>(
      resource: Parameters<typeof api.watch<T>>[0],
      map: Map<string, V>,
      read: (object: T) => V | undefined,
    ) =>
      api.watch(resource, ({ type, object }) => {
        const { namespace, name } = object.metadata;
        const key = namespace === undefined ? name : `${namespace}/${name}`;
        const value = type === 'DELETED' ? undefined : read(object);
        if (deepEqual(map.get(key), value)) return;
        if (value === undefined) map.delete(key);
        else map.set(key, value);
        this.version++;
      });
    this.#cancels = [
      follow(ciliumNodes, this.#ciliumHosts, ({ metadata, spec }) => {
        const host = addressOf(spec.addresses?.find(({ type }) => type === 'CiliumInternalIP')?.ip);
        const node = this.nodes.get(metadata.name);
        if (node && host) this.nodes.set(metadata.name, { ...node, tunnel: { cilium: host } });
        return host;
      }),
      follow(nodes, this.nodes, (node) => readNode(node, this.#ciliumHosts.get(node.metadata.name))),
      follow(namespaces, this.namespaces, ({ metadata }) => metadata.labels ?? {}),
      follow(serviceAccounts, this.serviceAccounts, ({ metadata }) => metadata.labels ?? {}),
      follow(pods, this.pods, readPod),
      follow(services, this.#services, readService),
      follow(endpointSlices, this.#slices, readSlice),
    ];
  }

  get services(): readonly Service[] {
    if (this.#listed?.version !== this.version) this.#listed = { version: this.version, services: this.#withEndpoints() };
    return this.#listed.services;
  }

  /** A service with a selector is known by its pods; one without by what somebody wrote into its slices. */
  #withEndpoints(): Service[] {
    const byService = Map.groupBy(this.#slices.values(), ({ service }) => service);
    return [...this.#services].map(([key, service]) =>
      service.selector ? service : { ...service, endpoints: (byService.get(key) ?? []).flatMap(({ endpoints }) => endpoints) },
    );
  }

  stop(): void {
    for (const cancel of this.#cancels) cancel();
  }
}

interface Slice {
  /** `namespace/name` of its service. */
  readonly service: string;
  readonly endpoints: Service['endpoints'];
}

const addressOf = (text: string | undefined): Cidr | undefined => (text === undefined ? undefined : parseCidr(text));

const readNode = ({ metadata, status }: kube.Node, ciliumHost: Cidr | undefined): ClusterNode => ({
  name: metadata.name,
  ...(metadata.labels?.['kubernetes.io/hostname'] && { hostname: metadata.labels['kubernetes.io/hostname'] }),
  address: addressOf(status?.addresses?.find(({ type }) => type === 'InternalIP')?.address) ?? anywhere,
  controlPlane: metadata.labels?.['node-role.kubernetes.io/control-plane'] !== undefined,
  labels: metadata.labels ?? {},
  cni: 'calico',
  tunnel: ciliumHost ? { cilium: ciliumHost } : {},
});

const readPod = ({ metadata, spec, status }: kube.Pod): Pod => {
  const address = addressOf(status?.podIP);
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    labels: metadata.labels ?? {},
    node: spec?.nodeName ?? '',
    serviceAccount: spec?.serviceAccountName ?? 'default',
    namedPorts: (spec?.containers ?? []).flatMap(({ ports = [] }) =>
      ports.flatMap(({ name, containerPort, protocol = 'TCP' }) =>
        name === undefined ? [] : [{ name, port: containerPort, protocol: protocol.toLowerCase() }],
      ),
    ),
    hostNetwork: spec?.hostNetwork ?? false,
    addresses: address ? { calico: address, cilium: address } : {},
  };
};

const readService = ({ metadata, spec }: kube.Service): Service => {
  const clusterIP = spec?.clusterIP === 'None' ? undefined : addressOf(spec?.clusterIP);
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    selector: spec?.selector && Object.keys(spec.selector).length > 0 ? spec.selector : undefined,
    ...(clusterIP && { clusterIP }),
    ports: (spec?.ports ?? []).map(({ port, targetPort, nodePort, protocol = 'TCP' }) => ({
      port,
      targetPort: targetPort ?? port,
      ...(nodePort !== undefined && { nodePort }),
      protocol: protocol.toLowerCase(),
    })),
    endpoints: [],
  };
};

const readSlice = ({ metadata, endpoints, ports }: kube.EndpointSlice): Slice | undefined => {
  const service = metadata.labels?.['kubernetes.io/service-name'];
  // Those of pods follow their service's selector: nothing here hangs on them.
  if (service === undefined || (endpoints ?? []).every(({ targetRef }) => targetRef?.kind === 'Pod')) return undefined;
  const addresses = (endpoints ?? []).flatMap((endpoint) => endpoint.addresses.flatMap((text) => addressOf(text) ?? []));
  return {
    service: `${metadata.namespace}/${service}`,
    endpoints: (ports ?? []).flatMap(({ port = 0 }) => addresses.map((address) => ({ address, port }))),
  };
};
