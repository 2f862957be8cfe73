import { combined } from '../../evaluate/calico/entity.ts';
import { objectLabels } from '../../evaluate/calico/labels.ts';
import { contains } from '../../model/address.ts';
import type { CalicoEntity } from '../../model/policies.ts';
import { matches, type Selector } from '../../selector/selector.ts';
import {
  addressesOf,
  allAddresses,
  coversAddresses,
  disjointAddresses,
  joinAddresses,
  meetAddresses,
  withoutAddresses,
  type Addresses,
} from './addresses.ts';
import { exactly, type Bounds, type Note } from './bounds.ts';
import { bothBounds, negatedBounds, podsOf, type Disjuncts } from './disjuncts.ts';
import { anyPod, only, type Labelled } from './labels.ts';
import { addressesIn, type Setting } from './setting.ts';

/** Which nodes: those of the control plane, and the others. */
export interface Nodes {
  readonly controlPlane: boolean;
  readonly workers: boolean;
}

/** Who one side of a rule means, by the kinds that Cilium tells apart. */
export interface Side {
  readonly pods: Bounds<Disjuncts>;
  readonly world: Addresses;
  /** The CIDR groups that are exactly `world`. */
  readonly groups?: readonly string[];
  readonly nodes: Bounds<Nodes>;
}

/** As what an entity is looked at: the selected pods themselves, or the other end in a direction. */
export type Role = 'subject' | 'ingress' | 'egress';

const everybody: Side = {
  pods: exactly<Disjuncts>([anyPod]),
  world: allAddresses,
  nodes: exactly({ controlPlane: true, workers: true }),
};

const allPods = exactly<Disjuncts>([anyPod]);
const noPods = exactly<Disjuncts>([]);
const nodesOf = (controlPlane: boolean, workers = controlPlane): Nodes => ({ controlPlane, workers });

const meetNodes = (a: Bounds<Nodes>, b: Bounds<Nodes>): Bounds<Nodes> => ({
  lower: nodesOf(a.lower.controlPlane && b.lower.controlPlane, a.lower.workers && b.lower.workers),
  upper: nodesOf(a.upper.controlPlane && b.upper.controlPlane, a.upper.workers && b.upper.workers),
});
const otherNodes = ({ lower, upper }: Bounds<Nodes>): Bounds<Nodes> => ({
  lower: nodesOf(!upper.controlPlane, !upper.workers),
  upper: nodesOf(!lower.controlPlane, !lower.workers),
});

const meetSides = (a: Side, b: Side): Side => {
  const world = meetAddresses(a.world, b.world);
  const groups = [a, b].find((side) => side.groups && coversAddresses(world, side.world))?.groups;
  return { pods: bothBounds(a.pods, b.pods), world, nodes: meetNodes(a.nodes, b.nodes), ...(groups && { groups }) };
};
const otherSide = ({ pods, world, nodes }: Side): Side => ({
  pods: negatedBounds(pods),
  world: withoutAddresses(allAddresses, world),
  nodes: otherNodes(nodes),
});

/** The pods at some addresses: all, none, or, where only a part of the pool is meant, nobody knows whom. */
function podsAt(setting: Setting, addresses: Addresses, notes: Note[]): Bounds<Disjuncts> {
  const mine = setting.pods;
  if (coversAddresses(addresses, mine)) return allPods;
  if (disjointAddresses(addresses, mine)) return noPods;
  if (!setting.poolsKnown && addresses.v4.length > 0 && coversAddresses(addresses, { v4: mine.v4, v6: [] })) return allPods;
  notes.push({
    why: setting.poolsKnown
      ? 'the networks hold a part of the pod pool, and Cilium never knows managed pods by address'
      : "the networks are private ones: whether they hold pods is not known without the cluster's description or its IPPools",
    differs: 'flows with pods at these addresses: they are denied',
    fix: setting.poolsKnown ? 'select the pods by labels' : 'give the cluster by --cluster, or its IPPools beside the policies',
  });
  return { lower: [], upper: [anyPod] };
}

/**
 * The nodes that a pod sees at some addresses: on the way in by their tunnel where the pool is encapsulated, on the way out by
 * their own (policy.md, "Source addresses decide CIDR rules").
 */
function nodesAt(setting: Setting, addresses: Addresses, role: Role, notes: Note[]): Bounds<Nodes> {
  const { cluster, encapsulation } = setting;
  const unsure = (what: string): Bounds<Nodes> => {
    notes.push({
      why: `the networks hold ${what}`,
      differs: 'flows with nodes at these addresses: they are denied',
      fix: setting.known ? 'name networks that hold all nodes or none' : 'give the cluster by --cluster',
    });
    return { lower: nodesOf(false), upper: nodesOf(true) };
  };
  if (role === 'ingress' && encapsulation === 'always') {
    const tunnels = [...cluster.nodes.values()].map(({ tunnel }) => addressesOf(tunnel.calico ? [tunnel.calico] : []));
    const seen = setting.known && tunnels.length > 0 && tunnels.every(({ v4, v6 }) => v4.length + v6.length > 0) ? tunnels : [setting.pods];
    if (seen.every((at) => coversAddresses(addresses, at))) return exactly(nodesOf(true));
    if (seen.every((at) => disjointAddresses(addresses, at))) return exactly(nodesOf(false));
    return unsure("some nodes' tunnel addresses, and Cilium tells remote nodes apart by none");
  }
  if (setting.known) {
    const at = (controlPlane: boolean): boolean[] =>
      [...cluster.nodes.values()]
        .filter((node) => node.controlPlane === controlPlane)
        .map((node) => coversAddresses(addresses, addressesOf([node.address])));
    const groups = [at(true), at(false)];
    const mixed = groups.some((group) => group.includes(true) && group.includes(false));
    const [controlPlane, workers] = groups.map((group) => group.includes(true));
    if (mixed) return unsure("some nodes' addresses and not others'");
    const vacuous = groups.map((group) => group.length === 0);
    const found = nodesOf(controlPlane! || (vacuous[0]! && workers!), workers! || (vacuous[1]! && controlPlane!));
    // On the way in only `remote-node` matches (trap 9), which is all of them; on the way out kube-apiserver is the control plane.
    if (found.controlPlane === found.workers || (role === 'egress' && !found.workers)) return exactly(found);
    return { ...unsure("some nodes' addresses and not others'"), upper: found };
  }
  if (coversAddresses(addresses, setting.family === undefined ? { v4: allAddresses.v4, v6: [] } : addressesIn(setting)))
    return exactly(nodesOf(true));
  if (disjointAddresses(addresses, setting.pods)) return exactly(nodesOf(false));
  return unsure("private addresses, which may be nodes'");
}

const at = (setting: Setting, addresses: Addresses, role: Role, notes: Note[]): Side => ({
  pods: podsAt(setting, addresses, notes),
  world: addresses,
  nodes: nodesAt(setting, addresses, role, notes),
});

/** A selector means pods by their labels, and the addresses of network sets and host endpoints (evaluate/calico/entity.ts). */
function selectedBy(setting: Setting, selector: Selector, role: Role, notes: Note[]): Side {
  const pods = podsOf(setting, selector, notes);
  const { networkSets, hostEndpoints } = setting.policies.calico;
  const sets = networkSets.filter((set) => matches(selector, objectLabels(setting.cluster, set.labels, set.namespace)));
  const hosts = hostEndpoints.filter((host) => matches(selector, objectLabels(setting.cluster, host.labels, undefined)));
  const addresses = joinAddresses(addressesOf(sets.flatMap((set) => set.nets)), addressesOf(hosts.flatMap((host) => host.expectedIPs)));
  if (sets.length + hosts.length === 0) return { pods, world: addresses, nodes: exactly(nodesOf(false)) };
  const byAddress = at(setting, addresses, role, notes);
  const join = (side: 'lower' | 'upper'): Disjuncts => [...pods[side], ...byAddress.pods[side]];
  return {
    ...byAddress,
    pods: { lower: join('lower'), upper: join('upper') },
    ...(hosts.length === 0 && { groups: sets.map(groupName) }),
  };
}

/** Network sets' CIDR groups: clusterwide, so that a namespaced set's name carries its namespace. */
export const groupName = ({ origin, namespace }: { origin: { name: string }; namespace?: string }): string =>
  namespace === undefined ? origin.name : `${namespace}.${origin.name}`;

/** destination.services opens the backends on their target port only (trap 11); ports are looked at by `servicePorts`. */
function behind({ cluster, known }: Setting, { name, namespace }: { name: string; namespace: string }, notes: Note[]): Side {
  const service = cluster.services.find((s) => s.name === name && s.namespace === namespace);
  const none: Side = { pods: noPods, world: addressesOf([]), nodes: exactly(nodesOf(false)) };
  if (!service) {
    const why = `service ${namespace}/${name} is not ${known ? 'in the cluster' : 'known'}: its backends cannot be named`;
    notes.push({ why, differs: 'flows with its backends: they are denied', fix: 'describe it in --cluster', inexpressible: true });
    return { ...none, pods: { lower: [], upper: [anyPod] }, nodes: { lower: nodesOf(false), upper: nodesOf(true) } };
  }
  if (service.selector) {
    const selector = Object.entries(service.selector).map(([key, value]) => [`pod:${key}`, only(value)] as const);
    const labels: Labelled = new Map([['namespace', only(namespace)], ...selector]);
    return { ...none, pods: exactly<Disjuncts>([labels]) };
  }
  const nodes = [...cluster.nodes.values()].filter((node) => service.endpoints.some((e) => contains(e.address, node.address)));
  const controlPlane = [...cluster.nodes.values()].filter((node) => node.controlPlane);
  const isApi = nodes.length > 0 && nodes.every((node) => node.controlPlane) && nodes.length === controlPlane.length;
  if (nodes.length > 0 && !isApi) {
    const why = `service ${namespace}/${name} leads to some of the nodes, which Cilium cannot tell apart`;
    notes.push({ why, differs: 'flows to these nodes: they are denied', fix: 'allow the node entities by hand if that is enough' });
  }
  return {
    ...none,
    world: addressesOf(service.endpoints.map((e) => e.address)),
    nodes: { lower: nodesOf(isApi, false), upper: nodesOf(nodes.length > 0, nodes.length > 0 && !isApi) },
  };
}

/** Who an entity means, its ports apart. `namespace` is the policy's. Throws TooManyBoxes. */
export function sideOf(setting: Setting, entity: CalicoEntity, namespace: string | undefined, role: Role, notes: Note[]): Side {
  const { nets, notNets, notSelector, services, domains } = entity;
  let side = everybody;
  if (nets) side = meetSides(side, at(setting, addressesOf(nets), role, notes));
  if (notNets) side = meetSides(side, otherSide(at(setting, addressesOf(notNets), role, notes)));
  const selector = combined(entity, namespace);
  if (selector) side = meetSides(side, selectedBy(setting, selector, role, notes));
  if (notSelector) side = meetSides(side, otherSide(selectedBy(setting, notSelector, role, notes)));
  if (services) side = meetSides(side, behind(setting, services, notes));
  if (domains) {
    notes.push({
      why: 'domains need toFQDNs and a DNS rule, which are more than this rule says',
      differs: `flows to ${domains.join(', ')}: they are denied`,
      fix: `write by hand: toFQDNs: [${domains.map((d) => (d.includes('*') ? `{matchPattern: '${d}'}` : `{matchName: ${d}}`)).join(', ')}], and an egress entry to the cluster's DNS with rules.dns`,
      inexpressible: true,
    });
    const unsure = { lower: nodesOf(false), upper: side.nodes.upper };
    return { pods: { lower: [], upper: side.pods.upper }, world: addressesOf([]), nodes: unsure };
  }
  return side;
}
