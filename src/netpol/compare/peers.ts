import { contains, type Cidr } from '../model/address.ts';
import type { Cluster } from '../model/cluster.ts';
import type { Leg, Peer } from '../model/flow.ts';
import type { CalicoEntity, CiliumPeer } from '../model/policies.ts';
import { combined, entityMatches } from '../evaluate/calico/entity.ts';
import { objectLabels } from '../evaluate/calico/labels.ts';
import { peerMatches } from '../evaluate/cilium/entry.ts';
import { identityOf, type Identity } from '../evaluate/cilium/identity.ts';
import { matches, type Selector } from '../selector/selector.ts';
import { and, andNot, empty, or, where, type Bits } from './bits.ts';
import { worldOf, type Compiled } from './side.ts';
import { ciliumOverVariables, overVariables, valueOf, type Variable } from './variables.ts';

/** A peer as some subjects see it. */
export interface View {
  readonly peer: Peer;
  /** The node of the subject itself. */
  readonly local: boolean;
}

const memo = <K, V>(compute: (key: K) => V): ((key: K) => V) => {
  const known = new Map<K, V>();
  return (key) => {
    if (!known.has(key)) known.set(key, compute(key));
    return known.get(key)!;
  };
};

/**
 * Which peers match what a rule asks of its peer. Labels are looked up in columns, a set of peers for each value of a label, since
 * most rules ask for labels that most peers share; everything else is asked of the evaluators, peer by peer.
 */
export function peerSets(side: Compiled, views: readonly View[]) {
  const { cluster, policies, engines } = side;
  const world = worldOf(side);
  const size = views.length;
  const all = where(size, () => true);
  const pods = where(size, (i) => views[i]!.peer.kind === 'pod');
  const per = (holds: (peer: Peer) => boolean): Bits => where(size, (i) => holds(views[i]!.peer));

  const column = memo((variable: Variable) => {
    const values = new Map<string | undefined, Bits>();
    views.forEach(({ peer }, i) => {
      if (peer.kind !== 'pod') return;
      const value = valueOf(cluster, peer.pod, variable);
      const bits = values.get(value) ?? empty(size);
      bits[i >>> 5]! |= 1 << (i & 31);
      values.set(value, bits);
    });
    return values;
  });

  const known = new Map<string, Bits>();
  function byFormula(formula: Selector): Bits {
    const key = JSON.stringify(formula);
    const found = known.get(key) ?? computed(formula);
    known.set(key, found);
    return found;
  }
  function computed(formula: Selector): Bits {
    switch (formula.op) {
      case 'all':
        return pods;
      case 'not':
        return andNot(pods, byFormula(formula.operand));
      case 'and':
        return formula.operands.map(byFormula).reduce(and, pods);
      case 'or':
        return formula.operands.map(byFormula).reduce(or, empty(size));
      case 'in':
        return formula.values.map((value) => column(formula.key).get(value) ?? empty(size)).reduce(or, empty(size));
      case 'global':
        return empty(size);
      default:
        return [...column(formula.key)]
          .filter(([value]) => matches(formula, () => value))
          .reduce((bits, [, set]) => or(bits, set), empty(size));
    }
  }

  const within = memo((key: string) => {
    const nets = (JSON.parse(key) as [4 | 6, string, number][]).map(([family, base, bits]): Cidr => ({ family, base: BigInt(base), bits }));
    return per((peer) => nets.some((net) => contains(net, peer.address)));
  });
  const inNets = (nets: readonly Cidr[]): Bits => within(JSON.stringify(nets.map((n) => [n.family, String(n.base), n.bits])));

  const objects = [
    ...policies.calico.networkSets.map((s) => ({ labels: objectLabels(cluster, s.labels, s.namespace), nets: s.nets })),
    ...policies.calico.hostEndpoints.map((h) => ({ labels: objectLabels(cluster, h.labels, undefined), nets: h.expectedIPs })),
  ];
  function selected(selector: Selector): Bits {
    const matching = objects.filter(({ labels }) => matches(selector, labels));
    return matching.reduce((bits, { nets }) => or(bits, inNets(nets)), byFormula(overVariables(selector)));
  }

  /** A Calico entity but for its ports. */
  function entity(asked: CalicoEntity, namespace: string | undefined, asSource: boolean): Bits {
    const { nets, notNets, notSelector, services, domains } = asked;
    if (domains) return empty(size);
    let bits = all;
    if (nets) bits = and(bits, inNets(nets));
    if (notNets) bits = andNot(bits, inNets(notNets));
    const selector = combined(asked, namespace);
    if (selector) bits = and(bits, selected(selector));
    if (notSelector) bits = andNot(bits, selected(notSelector));
    // Whether a service's backend is asked on its port is told by serving().
    if (services && asSource) bits = and(bits, serving(asked, 0, 'tcp', true));
    return bits;
  }

  const serving = ({ services }: CalicoEntity, port: number, protocol: string, asSource: boolean): Bits =>
    per((peer) => entityMatches(world, { services: services! }, { peer, port, protocol }, undefined, asSource));

  /** Pods that call a port by a name. */
  const naming = (name: string, port: number): Bits =>
    per((peer) => peer.kind === 'pod' && peer.pod.namedPorts.some((named) => named.name === name && named.port === port));

  const identities = memo((_: true): Identity[] => views.map((view) => identityOf(cluster, side.settings, seenBy(cluster, view))));
  const asked = new Map<string, Bits>();
  function ciliumPeer(peer: CiliumPeer): Bits {
    const key = JSON.stringify(peer, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
    const found = asked.get(key) ?? ciliumComputed(peer);
    asked.set(key, found);
    return found;
  }
  function ciliumComputed(peer: CiliumPeer): Bits {
    const ids = identities(true);
    if (peer.kind !== 'endpoints') return where(size, (i) => peerMatches(engines.cilium.context, peer, ids[i]!));
    const others = where(size, (i) => views[i]!.peer.kind !== 'pod' && peerMatches(engines.cilium.context, peer, ids[i]!));
    return or(byFormula(ciliumOverVariables(peer.selector)), others);
  }

  return {
    entity,
    serving,
    naming,
    ciliumPeer,
    all,
    none: empty(size),
    local: where(size, (i) => views[i]!.local),
    v6: per((peer) => peer.address.family === 6),
    kinds: (['pod', 'node'] as const).map((kind) => per((peer) => peer.kind === kind)),
  };
}

/** A leg of a subject to which the peer is local, or not. */
function seenBy({ nodes }: Cluster, { peer, local }: View): Leg {
  const elsewhere = { ...[...nodes.values()][0]!, name: '' };
  return {
    engine: 'cilium',
    direction: 'ingress',
    subject: { kind: 'node', node: peer.kind === 'node' && local ? peer.node : elsewhere },
    peer,
    protocol: 'tcp',
    port: 0,
    icmpCode: 0,
    sourcePort: 0,
  };
}
