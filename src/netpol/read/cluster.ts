import { parse } from 'yaml';
import { KindlabError } from '../../base/errors.ts';
import type { Cluster, ClusterNode, Engine, NamedPort, Pod, Pool, Service } from '../model/cluster.ts';
import { parseCidr, type Cidr } from '../model/address.ts';
import { Field } from './field.ts';
import { FieldError } from './problem.ts';

const addressPattern = /\d{1,3}(?:\.\d{1,3}){3}/;

/** An address at the beginning of a text that goes on with notes. */
const leadingAddress = (field: Field): Cidr => parseCidr(/^\S+/.exec(field.string())?.[0] ?? '') ?? field.fail('an address, then notes');

function node(name: string, field: Field): ClusterNode {
  if (typeof field.value === 'string') {
    const controlPlane = field.value.includes('control plane');
    return { name, address: leadingAddress(field), controlPlane, labels: {}, cni: 'calico', tunnel: {} };
  }
  const tunnel = field.get('tunnel');
  const hostname = field.get('hostname').optional((f) => f.string());
  return {
    name,
    ...(hostname !== undefined && { hostname }),
    address: field.get('address').cidr(),
    controlPlane: field.get('controlPlane').optional((f) => f.boolean()) ?? false,
    labels: field.get('labels').labels(),
    cni: field.get('cni').optional((f) => f.oneOf('calico', 'cilium')) ?? 'calico',
    tunnel: Object.fromEntries(tunnel.keys().map((engine) => [engine, tunnel.get(engine).cidr()])),
  };
}

/** `pool 192.168.0.0/16, VXLAN Always, natOutgoing; a/cli1 192.168.213.130, …`: only exact `namespace/pod address` pairs count. */
function addresses(field: Field): { pool: Pool; pods: Map<string, Cidr> } {
  const text = field.string();
  const cidr = parseCidr(/pool (\S+?)[,;]/.exec(text)?.[1] ?? '') ?? field.fail('text with "pool NETWORK,"');
  const encapsulation = /cross-?subnet/i.test(text) ? 'cross-subnet' : /vxlan|ipip|geneve/i.test(text) ? 'always' : 'never';
  const pairs = [...text.matchAll(new RegExp(`([a-z0-9-]+/[a-z0-9-]+) (${addressPattern.source})`, 'g'))];
  return {
    pool: { cidr, encapsulation, natOutgoing: text.includes('natOutgoing') },
    pods: new Map(pairs.map(([, pod, address]) => [pod!, parseCidr(address!)!])),
  };
}

function namedPorts(field: Field): NamedPort[] {
  return field.keys().map((name) => ({ name, port: field.get(name).integer(1, 65_535) }));
}

function pod(field: Field, known: Readonly<Partial<Record<Engine, Map<string, Cidr>>>>): Pod {
  const namespace = field.get('namespace').string();
  const name = field.get('name').string();
  const address = field.get('address').optional((f) => f.cidr());
  const of = (engine: Engine) => address ?? known[engine]?.get(`${namespace}/${name}`);
  const [calico, cilium] = [of('calico'), of('cilium')];
  return {
    namespace,
    name,
    labels: field.get('labels').labels(),
    node: field.get('node').string(),
    serviceAccount: field.get('serviceAccount').optional((f) => f.string()) ?? 'default',
    namedPorts: namedPorts(field.get('namedPorts')),
    hostNetwork: field.get('hostNetwork').optional((f) => f.boolean()) ?? false,
    addresses: { ...(calico && { calico }), ...(cilium && { cilium }) },
  };
}

function service(field: Field): Service {
  const selector = field.get('selector').optional((f) => f.labels());
  const clusterIP = field.get('clusterIP').optional((f) => f.cidr());
  return {
    namespace: field.get('namespace').string(),
    name: field.get('name').string(),
    selector,
    ...(clusterIP && { clusterIP }),
    ports: (field.get('ports').list() ?? []).map((item) => {
      const target = item.get('targetPort');
      const nodePort = item.get('nodePort').optional((f) => f.integer(1, 65_535));
      return {
        port: item.get('port').integer(1, 65_535),
        targetPort: typeof target.value === 'string' ? target.value : (target.optional((f) => f.number()) ?? item.get('port').number()),
        ...(nodePort !== undefined && { nodePort }),
        protocol: (item.get('protocol').optional((f) => f.string()) ?? 'TCP').toLowerCase(),
      };
    }),
    endpoints: (field.get('endpoints').strings() ?? []).map((text) => {
      const [address = '', port = ''] = text.split(':');
      return { address: parseCidr(address) ?? field.get('endpoints').fail('ADDRESS:PORT'), port: Number(port) };
    }),
  };
}

/** The API server's service, where a node's notes tell its address: `10.96.0.1:443 is its API server, port 6443`. */
function apiService(nodes: Field): Service[] {
  for (const name of nodes.keys()) {
    const { value } = nodes.get(name);
    const notes = typeof value === 'string' ? /(\S+):(\d+) is its API server, port (\d+)/.exec(value) : null;
    const clusterIP = parseCidr(notes?.[1]?.replace(/^\(/, '') ?? '');
    if (!notes || !clusterIP) continue;
    const ports = [{ port: Number(notes[2]), targetPort: Number(notes[3]), protocol: 'tcp' }];
    const endpoints = [{ address: leadingAddress(nodes.get(name)), port: Number(notes[3]) }];
    return [{ namespace: 'default', name: 'kubernetes', selector: undefined, clusterIP, ports, endpoints }];
  }
  return [];
}

/** Reads a description of a cluster in the form of recorded/policy/cluster.yaml. Throws KindlabError `cluster-description`. */
export function readCluster(file: string, text: string): Cluster {
  try {
    const root = new Field(parse(text), '');
    const nodes = new Map(
      root
        .get('nodes')
        .keys()
        .map((name) => [name, node(name, root.get('nodes').get(name))]),
    );
    const calico = addresses(root.get('addresses').get('calico'));
    const cilium = addresses(root.get('addresses').get('cilium'));
    const pods = (root.get('pods').list() ?? []).map((item) => {
      const read = pod(item, { calico: calico.pods, cilium: cilium.pods });
      return nodes.has(read.node) ? read : item.get('node').fail(`one of the nodes ${[...nodes.keys()].join(', ')}`);
    });
    const namespaces = root.get('namespaces');
    const accounts = root.get('serviceAccounts').list() ?? [];
    return {
      nodes,
      namespaces: new Map(namespaces.keys().map((name) => [name, namespaces.get(name).labels()])),
      pods: new Map(pods.map((item) => [`${item.namespace}/${item.name}`, item])),
      serviceAccounts: new Map(accounts.map((a) => [`${a.get('namespace').string()}/${a.get('name').string()}`, a.get('labels').labels()])),
      services: [...(root.get('services').map(service) ?? []), ...apiService(root.get('nodes'))],
      pools: { calico: calico.pool, cilium: cilium.pool },
      outside: root.get('outside').present ? parseCidr(addressPattern.exec(root.get('outside').string())?.[0] ?? '') : undefined,
    };
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    throw new KindlabError({
      code: 'cluster-description',
      message: `${file}: ${error.path}: ${error.message}`,
      fix: 'describe nodes, namespaces, pods, services and addresses as docs/netpol.md shows',
      cause: error,
    });
  }
}
