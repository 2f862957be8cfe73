import { formatCidr, type Cidr } from '../model/address.ts';
import type { Cluster, Pod } from '../model/cluster.ts';
import { outsideClasses } from './addresses.ts';
import { classes, hostsPoliced, nodeClasses, podKeys, vocabulary, type Class } from './classes.ts';
import { futurePods } from './future.ts';
import { compile, type Compiled, type Side } from './side.ts';

/** One class of ends of connections. */
export type Endpoint =
  | { readonly kind: 'pod'; readonly pod: Pod; readonly members: readonly Pod[]; readonly future: boolean; readonly node: number }
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
  const sides = coming ? ([compile(extended(a, coming)), compile(extended(b, coming))] as const) : base;
  const key = podKeys(sides, asked, (name) => String(nodeIndex.get(name)));
  const present = classes(
    [...a.cluster.pods.values()].filter((pod) => !pod.hostNetwork),
    key,
  );
  const known = new Set(present.map((c) => c.key));
  const later = coming ? classes(coming.pods, key).filter((c) => !known.has(c.key)) : [];
  const asEndpoint = (future: boolean) => (c: Class<Pod>) =>
    ({ kind: 'pod', pod: c.members[0]!, members: c.members, future, node: nodeIndex.get(c.members[0]!.node)! }) as const;
  return {
    pods: [...present.map(asEndpoint(false)), ...later.map(asEndpoint(true))],
    nodes: nodes.map((c) => ({ kind: 'node', names: c.members }) as const),
    world: outsideClasses([a.cluster, b.cluster], asked.networks).map((address) => ({ kind: 'world', address }) as const),
    sides: [sides[0], sides[1]],
    apart,
    undecided: coming?.undecided ?? [],
  };
}

function extended(side: Side, { pods, namespaces, serviceAccounts }: ReturnType<typeof futurePods>): Side {
  const { cluster } = side;
  const more: Cluster = {
    ...cluster,
    pods: new Map([...cluster.pods, ...pods.map((pod) => [`${pod.namespace}/${pod.name}`, pod] as const)]),
    namespaces: new Map([...cluster.namespaces, ...namespaces]),
    serviceAccounts: new Map([...cluster.serviceAccounts, ...serviceAccounts]),
  };
  return { ...side, cluster: more };
}
