import { isObject } from '../../kube/json.ts';
import { parseCidr, type Cidr } from '../model/address.ts';
import type { Cluster, ClusterNode, Labels, Pod, Pool, Service } from '../model/cluster.ts';
import { calicoPool } from './calico.ts';
import { Field } from './field.ts';

/** An object as the API server gives it. */
export interface ApiObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Labels };
  readonly spec?: unknown;
  readonly status?: unknown;
  readonly [key: string]: unknown;
}

/** What a cluster is read from. */
export interface ClusterObjects {
  readonly nodes: readonly ApiObject[];
  readonly namespaces: readonly ApiObject[];
  readonly pods: readonly ApiObject[];
  readonly services: readonly ApiObject[];
  readonly endpointSlices: readonly ApiObject[];
  readonly serviceAccounts: readonly ApiObject[];
  readonly ipPools: readonly ApiObject[];
}

const at = (object: ApiObject): Field => new Field(object, '');
const text = (field: Field): string | undefined => (typeof field.value === 'string' ? field.value : undefined);
const labelsOf = (object: ApiObject): Labels => object.metadata.labels ?? {};
const byName = (object: ApiObject): string => `${object.metadata.namespace ?? ''}/${object.metadata.name}`;

function node(object: ApiObject): ClusterNode {
  const addresses = at(object).get('status').get('addresses').list() ?? [];
  const internal = addresses.find((address) => address.get('type').value === 'InternalIP')?.get('address');
  const annotations = at(object).get('metadata').get('annotations');
  const tunnel =
    text(annotations.get('projectcalico.org/IPv4VXLANTunnelAddr')) ?? text(annotations.get('projectcalico.org/IPv4IPIPTunnelAddr'));
  const calico = tunnel === undefined ? undefined : parseCidr(tunnel);
  const labels = labelsOf(object);
  return {
    name: object.metadata.name,
    hostname: labels['kubernetes.io/hostname'] ?? object.metadata.name,
    address: internal?.cidr() ?? at(object).get('status').get('addresses').fail('an InternalIP'),
    controlPlane: Object.hasOwn(labels, 'node-role.kubernetes.io/control-plane'),
    labels,
    cni: 'calico',
    tunnel: calico ? { calico } : {},
  };
}

function pod(object: ApiObject): Pod {
  const spec = at(object).get('spec');
  const ports = (spec.get('containers').list() ?? []).flatMap((container) => container.get('ports').list() ?? []);
  const address = parseCidr(text(at(object).get('status').get('podIP')) ?? '');
  return {
    namespace: object.metadata.namespace ?? 'default',
    name: object.metadata.name,
    labels: labelsOf(object),
    node: spec.get('nodeName').string(),
    serviceAccount: text(spec.get('serviceAccountName')) ?? 'default',
    namedPorts: ports.flatMap((port) => {
      const name = text(port.get('name'));
      return name === undefined
        ? []
        : [{ name, port: port.get('containerPort').number(), protocol: (text(port.get('protocol')) ?? 'TCP').toLowerCase() }];
    }),
    hostNetwork: spec.get('hostNetwork').value === true,
    addresses: address ? { calico: address } : {},
  };
}

function service(object: ApiObject, slices: readonly ApiObject[]): Service {
  const spec = at(object).get('spec');
  const selector = spec.get('selector').optional((field) => field.labels());
  const clusterIP = parseCidr(text(spec.get('clusterIP')) ?? '');
  const namespace = object.metadata.namespace ?? 'default';
  const mine = slices.filter(
    (slice) => slice.metadata.namespace === namespace && labelsOf(slice)['kubernetes.io/service-name'] === object.metadata.name,
  );
  return {
    namespace,
    name: object.metadata.name,
    selector: selector && Object.keys(selector).length > 0 ? selector : undefined,
    ...(clusterIP && { clusterIP }),
    ports: (spec.get('ports').list() ?? []).map((port) => {
      const target = port.get('targetPort').value;
      const nodePort = port.get('nodePort').value;
      return {
        port: port.get('port').number(),
        targetPort: typeof target === 'string' || typeof target === 'number' ? target : port.get('port').number(),
        ...(typeof nodePort === 'number' && { nodePort }),
        protocol: (text(port.get('protocol')) ?? 'TCP').toLowerCase(),
      };
    }),
    endpoints: mine.flatMap((slice) => {
      const ports = (at(slice).get('ports').list() ?? []).flatMap((port) => (port.get('port').present ? [port.get('port').number()] : []));
      const addresses = (at(slice).get('endpoints').list() ?? []).flatMap((end) => end.get('addresses').strings() ?? []);
      return addresses.flatMap((address) => {
        const found = parseCidr(address);
        return found ? ports.map((port) => ({ address: found, port })) : [];
      });
    }),
  };
}

/** The smallest network of a common length that holds some addresses: where nobody says what the pool is. */
function around(addresses: readonly Cidr[]): Cidr | undefined {
  const v4 = addresses.filter((address) => address.family === 4);
  const [first] = v4;
  if (!first) return undefined;
  for (let bits = 32; bits >= 0; bits--) {
    const shift = BigInt(32 - bits);
    if (v4.every((address) => address.base >> shift === first.base >> shift))
      return { family: 4, base: (first.base >> shift) << shift, bits };
  }
  return undefined;
}

const unknownPool: Pool = { cidr: { family: 4, base: 0n, bits: 32 }, encapsulation: 'always', natOutgoing: true };

function poolOf(pools: readonly ApiObject[], pods: readonly Pod[]): Pool {
  const read = pools
    .map((object) =>
      calicoPool({ field: at(object), apiVersion: '', origin: { file: '', document: 1, kind: 'IPPool', name: object.metadata.name } }),
    )
    .filter((pool) => !pool.disabled && pool.cidr.family === 4);
  const [first] = read;
  const cidr = first && read.length === 1 ? first.cidr : around(read.length > 0 ? read.map((p) => p.cidr) : addressesOf(pods));
  return { ...(first ?? unknownPool), ...(cidr && { cidr }) };
}

const addressesOf = (pods: readonly Pod[]): Cidr[] => pods.flatMap((each) => (each.hostNetwork ? [] : Object.values(each.addresses)));

/** A running cluster as its API server tells it. Throws FieldError on objects that no API server would give. */
export function clusterFromObjects(objects: ClusterObjects): Cluster {
  const nodes = new Map(objects.nodes.map((object) => [object.metadata.name, node(object)]));
  const running = objects.pods.filter((object) => isObject(object.spec) && nodes.has(String(object.spec['nodeName'])));
  const pods = running.map(pod);
  const calico = poolOf(objects.ipPools, pods);
  return {
    nodes,
    namespaces: new Map(objects.namespaces.map((object) => [object.metadata.name, labelsOf(object)])),
    pods: new Map(pods.map((each) => [`${each.namespace}/${each.name}`, each])),
    serviceAccounts: new Map(objects.serviceAccounts.map((object) => [byName(object), labelsOf(object)])),
    services: objects.services.map((object) => service(object, objects.endpointSlices)),
    pools: { calico, cilium: { ...calico, encapsulation: 'always' } },
    outside: undefined,
  };
}
