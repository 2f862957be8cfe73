import { KindlabError } from '../../base/errors.ts';
import { contains, parseCidr, type Cidr } from '../model/address.ts';
import { podAddress, type Cluster, type ClusterNode, type Pod, type Service, type ServicePort } from '../model/cluster.ts';

/** Who takes part in a connection. A pod on its node's network is the node. */
export type End =
  | { readonly kind: 'pod'; readonly pod: Pod }
  | { readonly kind: 'node'; readonly node: ClusterNode }
  | { readonly kind: 'world'; readonly address: Cidr };

const unknown = (text: string, cluster: Cluster) =>
  new KindlabError({
    code: 'unknown-endpoint',
    message: `${JSON.stringify(text)} is no pod, node, service or address of this cluster`,
    fix: `NAMESPACE/POD (${[...cluster.pods.keys()].slice(0, 3).join(', ')} …), node-NAME, svc-NAME, out, or an address`,
  });

const same = (a: Cidr, b: Cidr | undefined): boolean => b !== undefined && a.bits === b.bits && contains(a, b);

function endAt(cluster: Cluster, address: Cidr): End {
  for (const node of cluster.nodes.values()) if (same(address, node.address)) return { kind: 'node', node };
  for (const pod of cluster.pods.values()) if (!pod.hostNetwork && same(address, podAddress(cluster, pod))) return { kind: 'pod', pod };
  return { kind: 'world', address };
}

/** The end that a text names. Throws KindlabError `unknown-endpoint`. */
export function endOf(cluster: Cluster, text: string): End {
  const pod = cluster.pods.get(text);
  const node = pod?.hostNetwork ? cluster.nodes.get(pod.node) : text.startsWith('node-') ? cluster.nodes.get(text.slice(5)) : undefined;
  if (node) return { kind: 'node', node };
  if (pod) return { kind: 'pod', pod };
  const address = text === 'out' ? cluster.outside : parseCidr(text.replace(/^out:/, ''));
  if (address === undefined) throw unknown(text, cluster);
  return text.startsWith('out') ? { kind: 'world', address } : endAt(cluster, address);
}

function serviceOf(cluster: Cluster, text: string): Service | undefined {
  const name = text.startsWith('svc-') ? text.slice(4) : undefined;
  const address = parseCidr(text);
  return cluster.services.find(
    (s) => s.name === name || `${s.namespace}/${s.name}` === name || (address !== undefined && same(address, s.clusterIP)),
  );
}

const knownBackends = new WeakMap<Cluster, Map<Service, ReadonlySet<Pod>>>();

function backendSet(cluster: Cluster, service: Service): ReadonlySet<Pod> {
  const known = knownBackends.get(cluster) ?? new Map<Service, ReadonlySet<Pod>>();
  knownBackends.set(cluster, known);
  const found = known.get(service) ?? new Set(chosenBy(cluster, service));
  known.set(service, found);
  return found;
}

const chosenBy = (cluster: Cluster, { namespace, selector }: Service): Pod[] =>
  selector === undefined
    ? []
    : [...cluster.pods.values()].filter(
        (pod) => pod.namespace === namespace && Object.entries(selector).every(([k, v]) => pod.labels[k] === v),
      );

/** The pods that a service's selector chooses. */
export const backends = (cluster: Cluster, service: Service): Pod[] => [...backendSet(cluster, service)];

export const isBackend = (cluster: Cluster, service: Service, pod: Pod): boolean => backendSet(cluster, service).has(pod);

/** The number of a service port's target on one pod; a name that the pod does not have leaves undefined. */
export const targetPort = (port: ServicePort, pod: Pod): number | undefined =>
  typeof port.targetPort === 'number' ? port.targetPort : pod.namedPorts.find((p) => p.name === port.targetPort)?.port;

export interface Target {
  readonly end: End;
  readonly port: number;
  /** The node whose node port the client called. */
  readonly via?: ClusterNode;
  /** Through a service: the address was translated. */
  readonly translated: boolean;
}

function behind(cluster: Cluster, service: Service, port: ServicePort, via: ClusterNode | undefined): Target[] {
  const rest = { translated: true, ...(via && { via }) };
  const pods = backends(cluster, service).flatMap((pod) => {
    const target = targetPort(port, pod);
    return target === undefined ? [] : [{ end: { kind: 'pod', pod } as const, port: target, ...rest }];
  });
  return [...pods, ...service.endpoints.map(({ address, port }) => ({ end: endAt(cluster, address), port, ...rest }))];
}

/** Where a connection to this text really goes: behind services and node ports, a target for each backend. */
export function targetsOf(cluster: Cluster, text: string, protocol: string, port: number): Target[] {
  const service = serviceOf(cluster, text);
  if (service) {
    const served = service.ports.find((p) => p.port === port && p.protocol === protocol);
    if (served) return behind(cluster, service, served, undefined);
    throw new KindlabError({
      code: 'unknown-service-port',
      message: `service ${service.namespace}/${service.name} has no port ${port}/${protocol}; it has ${service.ports.map((p) => `${p.port}/${p.protocol}`).join(', ')}`,
    });
  }
  if (text.startsWith('svc-')) throw unknown(text, cluster);
  const end = endOf(cluster, text);
  if (end.kind === 'node') {
    for (const candidate of cluster.services) {
      const served = candidate.ports.find((p) => p.nodePort === port && p.protocol === protocol);
      if (served) return behind(cluster, candidate, served, end.node);
    }
  }
  return [{ end, port, translated: false }];
}
