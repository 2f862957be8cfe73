import { anywhere, formatCidr } from '../model/address.ts';
import { tunnelAddress, type ClusterNode, type Engine } from '../model/cluster.ts';
import type { Leg, Peer } from '../model/flow.ts';
import { destinationSeen, legsOf, sourceSeenByPod } from '../evaluate/legs.ts';
import { and, type Bits } from './bits.ts';
import { nameOf, type Endpoint, type Endpoints } from './endpoints.ts';
import type { View } from './peers.ts';
import type { ServiceClass } from './services.ts';
import type { Compiled } from './side.ts';
import { createTables, type Row, type Tables } from './tables.ts';

/** What is decided on the way between two ends: at each place a row, and what all of them allow. */
export interface Way {
  readonly id: number;
  readonly places: readonly { readonly direction: Leg['direction']; readonly row: Row }[];
  readonly allowed: Bits;
}

export interface Reach {
  readonly tables: Tables;
  /** Between pods, and between pods and the outside, where only the ends themselves are policed. */
  between(from: Endpoint, to: Endpoint): Way;
  /** Between any two ends, by the names of concrete ones. */
  concrete(from: string, to: string): Way;
}

const viewKey = ({ peer, local }: View): string => {
  const who = peer.kind === 'pod' ? `${peer.pod.namespace}/${peer.pod.name}` : peer.kind === 'node' ? peer.node.name : '';
  return `${peer.kind} ${who} ${formatCidr(peer.address)}/${peer.address.bits} ${local}`;
};

/** Who reaches whom on one side, a row for each pair of ends instead of a verdict for each flow. */
export function createReach(side: Compiled, ends: Endpoints, cells: readonly ServiceClass[]): Reach {
  const { cluster, engines } = side;
  const views = new Map<string, View>();
  const intern = (peer: Peer, local: boolean): View => {
    const view = { peer, local };
    const key = viewKey(view);
    const found = views.get(key) ?? view;
    views.set(key, found);
    return found;
  };
  const indexes = new Map<View, number>();
  const indexOf = (peer: Peer): number => {
    const view = intern(peer, false);
    const index = indexes.get(view) ?? views.size - 1;
    indexes.set(view, index);
    return index;
  };
  const nodes = [...cluster.nodes.values()];
  const nodeWith = (engine: Engine): ClusterNode | undefined => nodes.find((node) => node.cni === engine);
  // By an end's index: as whom the subjects of each engine see it, as their destination and as their source.
  const seen = {
    egress: { calico: [] as number[], cilium: [] as number[] },
    ingress: { calico: [] as number[], cilium: [] as number[] },
  };
  for (const end of [...ends.pods, ...ends.world]) {
    const own = end.kind === 'pod' ? ({ kind: 'pod', pod: end.pod } as const) : end;
    for (const engine of ['calico', 'cilium'] as const) {
      const node = nodeWith(engine);
      if (!node) continue;
      seen.egress[engine][end.index] = indexOf(destinationSeen(cluster, engine, own));
      seen.ingress[engine][end.index] = indexOf(sourceSeenByPod(cluster, own, node, undefined));
    }
  }
  const named = new Set([...ends.nodes.flatMap(({ names }) => names.slice(0, 2)), ...ends.pods.map(({ pod }) => pod.node)]);
  for (const name of named) {
    const node = cluster.nodes.get(name)!;
    for (const address of [node.address, ...(['calico', 'cilium'] as const).map((engine) => tunnelAddress(cluster, node, engine))])
      for (const local of [true, false]) intern({ kind: 'node', node, address }, local);
  }
  intern({ kind: 'world', address: anywhere }, false);
  const tables = createTables(side, cells, [...views.values()]);

  const ways = new Map<string, Way>();
  const pairs: Map<number, Way>[] = [];
  /** By the target: what its last source found, which is most often what the next one finds. */
  const latest: { readonly egress: Row | undefined; readonly ingress: Row | undefined; readonly way: Way }[] = [];
  function way(places: Way['places']): Way {
    const key = places.map(({ direction, row }) => `${direction}${row.id}`).join(' ');
    const known = ways.get(key);
    if (known) return known;
    const made: Way = { id: ways.size, places, allowed: places.map(({ row }) => row.allowed).reduce(and, tables.everything) };
    ways.set(key, made);
    return made;
  }

  // The rows of every pod as a subject, and its peers' places among the views.
  interface Subject {
    readonly engine: Engine;
    readonly egress: (view: number) => Row;
    readonly ingress: (view: number) => Row;
  }
  const subjects = ends.pods.map(({ pod }): Subject => {
    const engine = cluster.nodes.get(pod.node)!.cni;
    const place = { engine, subject: { kind: 'pod', pod } } as const;
    return {
      engine,
      egress: tables.subject({ ...place, direction: 'egress' }),
      ingress: tables.subject({ ...place, direction: 'ingress' }),
    };
  });

  function between(from: Endpoint, to: Endpoint): Way {
    const source = subjects[from.index];
    const target = subjects[to.index];
    const egress = source?.egress(seen.egress[source.engine][to.index]!);
    const ingress = target?.ingress(seen.ingress[target.engine][from.index]!);
    const last = latest[to.index];
    if (last && last.egress === egress && last.ingress === ingress) return last.way;
    const found = along(egress, ingress);
    latest[to.index] = { egress, ingress, way: found };
    return found;
  }

  function along(egress: Row | undefined, ingress: Row | undefined): Way {
    const known = (pairs[(egress?.id ?? -1) + 1] ??= new Map<number, Way>());
    const found = known.get(ingress?.id ?? -1);
    if (found) return found;
    const made = way([
      ...(egress ? [{ direction: 'egress', row: egress } as const] : []),
      ...(ingress ? [{ direction: 'ingress', row: ingress } as const] : []),
    ]);
    known.set(ingress?.id ?? -1, made);
    return made;
  }

  function concrete(from: string, to: string): Way {
    const [legs = []] = legsOf(cluster, { from, to, protocol: 'tcp', port: 0 }, side.options);
    return way(
      legs.map((leg) => {
        // What the overlay carries has a protocol and port of its own, whatever is inside.
        if (leg.protocol !== 'tcp') return { direction: leg.direction, row: tables.constant(engines[leg.engine].decide(leg)) };
        const local =
          leg.peer.kind === 'node' && leg.peer.node.name === (leg.subject.kind === 'pod' ? leg.subject.pod.node : leg.subject.node.name);
        const { engine, direction, subject, forwarded } = leg;
        const view = views.get(viewKey({ peer: leg.peer, local })) ?? { peer: leg.peer, local };
        return { direction, row: tables.row({ engine, direction, subject, ...(forwarded && { forwarded }) }, view) };
      }),
    );
  }

  return { tables, between, concrete };
}

/** Pairs of concrete ends, of two classes, in each relation of their nodes that there is. */
export function* concretePairs(from: Endpoint, to: Endpoint): Generator<readonly [string, string]> {
  if (from.kind === 'node' && to.kind === 'node') {
    const other = to.names.find((name) => name !== from.names[0]);
    if (other !== undefined) yield [nameOf(from), `node-${other}`];
    return;
  }
  if (from.kind === 'node' && to.kind === 'pod') for (const name of placed(to, from)) yield [name, nameOf(to)];
  else if (from.kind === 'pod' && to.kind === 'node') for (const name of placed(from, to)) yield [nameOf(from), name];
  else yield [nameOf(from), nameOf(to)];
}

/** Nodes of a class as a pod knows them: its own, and another. */
function placed({ pod }: Endpoint & { kind: 'pod' }, { names }: Endpoint & { kind: 'node' }): string[] {
  const other = names.find((name) => name !== pod.node);
  return [...(names.includes(pod.node) ? [`node-${pod.node}`] : []), ...(other === undefined ? [] : [`node-${other}`])];
}
