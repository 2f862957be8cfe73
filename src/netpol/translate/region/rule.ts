import { combined } from '../../evaluate/calico/entity.ts';
import type { Direction } from '../../model/flow.ts';
import type { CalicoPolicy, CalicoRule } from '../../model/policies.ts';
import { familyAddresses, meetAddresses, noneOf } from './addresses.ts';
import type { Bounds, Note } from './bounds.ts';
import { exactly } from './bounds.ts';
import type { Box, Peer } from './box.ts';
import { both, podsOf, type Disjuncts } from './disjuncts.ts';
import { sideOf, type Side } from './entity.ts';
import { meetLabels } from './labels.ts';
import { meetService, noneSpoken, type Service } from './service.ts';
import { portsOf, protocolsOf, type Spoken } from './services.ts';
import type { Setting } from './setting.ts';

/** The pods that a policy selects. Throws TooManyBoxes. */
export function subjectsOf(setting: Setting, policy: CalicoPolicy, notes: Note[]): Bounds<Disjuncts> {
  const { selector, namespaceSelector, serviceAccountSelector, namespace } = policy;
  const whole = combined(
    {
      selector,
      ...(namespaceSelector && { namespaceSelector }),
      ...(serviceAccountSelector && { serviceAccounts: { names: [], selector: serviceAccountSelector } }),
    },
    namespace,
  );
  return podsOf(setting, whole!, notes);
}

interface Parts {
  readonly subjects: Disjuncts;
  readonly peer: { readonly pods: Disjuncts; readonly nodes: { readonly controlPlane: boolean; readonly workers: boolean } };
  readonly protocols: Service;
  readonly ports: readonly Spoken[];
}

function peersOf({ pods, nodes }: Parts['peer'], { world, groups }: Pick<Side, 'world' | 'groups'>): Peer[] {
  return [
    ...pods.map((labels): Peer => ({ kind: 'pods', labels })),
    ...(noneOf(world) ? [] : [{ kind: 'world', addresses: world, ...(groups && { groups }) } as const]),
    ...(nodes.controlPlane || nodes.workers ? [{ kind: 'nodes', ...nodes } as const] : []),
  ];
}

/** Every combination of a subject, a peer and what is spoken; where ports depend on the destination, it is narrowed to those pods. */
function assemble({ subjects, peer, protocols, ports }: Parts, side: Side, direction: Direction): Box[] {
  return ports.flatMap(({ service: spoken, pods }) => {
    const service = meetService(protocols, spoken);
    if (noneSpoken(service)) return [];
    const narrowed = direction === 'ingress' && pods ? both(subjects, [pods]) : subjects;
    return peersOf(peer, side).flatMap((each): Box[] => {
      if (direction === 'ingress' || !pods) return narrowed.map((subject) => ({ subject, peer: each, service }));
      const labels = each.kind === 'pods' ? meetLabels(each.labels, pods) : undefined;
      return labels ? narrowed.map((subject) => ({ subject, peer: { kind: 'pods', labels }, service })) : [];
    });
  });
}

/** The connections that a rule matches, in Cilium's terms. Notes say where that is not exact. Throws TooManyBoxes. */
export function regionOf(
  setting: Setting,
  rule: CalicoRule,
  policy: { readonly subjects: Bounds<Disjuncts>; readonly namespace: string | undefined },
  direction: Direction,
  notes: Note[],
): Bounds<Box[]> {
  const { source, destination, ipVersion, http } = rule;
  const [mine, theirs] = direction === 'ingress' ? [destination, source] : [source, destination];
  const own = sideOf(setting, mine, policy.namespace, 'subject', notes).pods;
  let side = sideOf(setting, theirs, policy.namespace, direction, notes);
  if (ipVersion !== undefined) side = ofFamily(setting, side, ipVersion, notes);
  const protocols = protocolsOf(rule, notes);
  const ports = portsOf(setting, destination, rule.protocol, notes);
  const unsaid = unsayable(rule, notes);
  const boxes = (bound: 'lower' | 'upper'): Box[] => {
    const subjects = both(policy.subjects[bound], own[bound]);
    const peer = { pods: side.pods[bound], nodes: side.nodes[bound] };
    return assemble({ subjects, peer, protocols: protocols[bound], ports: ports[bound] }, side, direction);
  };
  return { lower: unsaid || http ? [] : boxes('lower'), upper: boxes('upper') };
}

function ofFamily(setting: Setting, side: Side, family: 4 | 6, notes: Note[]): Side {
  const world = meetAddresses(side.world, familyAddresses(family));
  if (setting.family === family) return { ...side, world };
  const nobody = { pods: [], nodes: { controlPlane: false, workers: false } };
  if (setting.family !== undefined) return { world, pods: exactly<Disjuncts>(nobody.pods), nodes: exactly(nobody.nodes) };
  notes.push({
    why: 'ipVersion cannot be said of pods and nodes',
    differs: 'flows with pods and nodes by this rule: they are denied',
    fix: 'leave ipVersion out where the cluster has one family only, or give the cluster by --cluster',
  });
  return { ...side, world, pods: { lower: [], upper: side.pods.upper }, nodes: { lower: nobody.nodes, upper: side.nodes.upper } };
}

/** Conditions that no Cilium rule has: what holds only under them is not admitted, and what is denied under them is denied without. */
function unsayable({ source, http }: CalicoRule, notes: Note[]): boolean {
  if (source.ports ?? source.notPorts)
    notes.push({
      why: 'Cilium rules never look at source ports',
      differs: 'flows of this rule, whatever their source port: they are denied',
      fix: 'leave the source ports out if the rest is enough',
      inexpressible: true,
    });
  if (http)
    notes.push({
      why: 'methods and paths are judged by the application layer',
      differs: 'flows of this rule: they are denied',
      fix: 'write rules.http by hand beside toPorts, with paths as regular expressions',
      inexpressible: true,
    });
  return (source.ports ?? source.notPorts) !== undefined;
}
