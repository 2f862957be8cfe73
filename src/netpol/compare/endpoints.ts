import { formatCidr, type Cidr } from '../model/address.ts';
import type { Cluster, Pod } from '../model/cluster.ts';
import { outsideClasses } from './addresses.ts';
import { classes, hostsPoliced, nodeClasses, podKeys, vocabulary, type Class } from './classes.ts';
import { futurePods } from './future.ts';
import { compile, type Compiled, type Side } from './side.ts';

/** One class of ends of connections. */
export type Endpoint =
  | { readonly kind: 'pod'; readonly pod: Pod; readonly members: readonly Pod[]; readonly twin?: Pod; readonly future: boolean }
  | { readonly kind: 'node'; readonly names: readonly string[] }
  | { readonly kind: 'world'; readonly address: Cidr };

export interface Endpoints {
  readonly pods: readonly (Endpoint & { kind: 'pod' })[];
  readonly nodes: readonly (Endpoint & { kind: 'node' })[];
  readonly world: readonly (Endpoint & { kind: 'world' })[];
  /** The sides over a cluster in which the future pods exist, too. */
  readonly sides: readonly [Compiled, Compiled];
  readonly apart: boolean;
  readonly undecided: readonly string[];
}

/** The text by which the evaluator knows an end. */
export const nameOf = (end: Endpoint): string =>
  end.kind === 'pod'
    ? `${end.pod.namespace}/${end.pod.name}`
    : end.kind === 'node'
      ? `node-${end.names[0]!}`
      : `out:${formatCidr(end.address)}`;

/** Every kind of end that the rules of two sides can tell apart: present, and where asked those that may come. */
export function endpointsOf(a: Side, b: Side, future: boolean): Endpoints {
  const base = [compile(a), compile(b)] as const;
  const asked = vocabulary(base);
  const apart = hostsPoliced(base);
  const nodes = nodeClasses(base, asked, apart);
  const nodeIndex = new Map(nodes.flatMap((c, i) => c.members.map((name) => [name, i] as const)));
  const coming = future
    ? futurePods(
        a.cluster,
        asked,
        nodes.map((c) => c.members[0]!),
      )
    : undefined;
  const sides = coming ? ([compile(extended(a, coming.pods, coming)), compile(extended(b, coming.pods, coming))] as const) : base;
  const key = podKeys(sides, asked, (name) => String(nodeIndex.get(name)));
  const present = classes(
    [...a.cluster.pods.values()].filter((pod) => !pod.hostNetwork),
    key,
  );
  const known = new Set(present.map((c) => c.key));
  const later = coming ? classes(coming.pods, key).filter((c) => !known.has(c.key)) : [];
  // Another pod of the same kind could come, but not where the address is what sets the one apart.
  const twins = new Map<Pod, Pod>();
  for (const { key: own, members } of coming ? [...present, ...later] : []) {
    const twin = { ...members[0]!, name: `${members[0]!.name}-twin`, addresses: {} };
    if (members.length === 1 && key(twin) === own) twins.set(members[0]!, twin);
  }
  const asEndpoint = (future: boolean) => (c: Class<Pod>) => {
    const [pod] = c.members as [Pod];
    const twin = twins.get(pod);
    return { kind: 'pod', pod, members: c.members, future, ...(twin && { twin }) } as const;
  };
  return {
    pods: [...present.map(asEndpoint(false)), ...later.map(asEndpoint(true))],
    nodes: nodes.map((c) => ({ kind: 'node', names: c.members }) as const),
    world: outsideClasses([a.cluster, b.cluster], asked.networks).map((address) => ({ kind: 'world', address }) as const),
    sides: coming
      ? [compile(extended(sides[0], [...twins.values()])), compile(extended(sides[1], [...twins.values()]))]
      : [sides[0], sides[1]],
    apart,
    undecided: coming?.undecided ?? [],
  };
}

function extended(side: Side, pods: readonly Pod[], more?: Pick<Cluster, 'namespaces' | 'serviceAccounts'>): Side {
  const { cluster } = side;
  const grown: Cluster = {
    ...cluster,
    pods: new Map([...cluster.pods, ...pods.map((pod) => [`${pod.namespace}/${pod.name}`, pod] as const)]),
    namespaces: new Map([...cluster.namespaces, ...(more?.namespaces ?? [])]),
    serviceAccounts: new Map([...cluster.serviceAccounts, ...(more?.serviceAccounts ?? [])]),
  };
  return { ...side, cluster: grown };
}
