import type { Leg, Step } from '../model/flow.ts';
import type { CalicoEntity, CalicoPolicy, CalicoRule, CiliumEntry } from '../model/policies.ts';
import { failsafe } from '../evaluate/calico/evaluate.ts';
import { ruleMatches } from '../evaluate/calico/rule.ts';
import { serviceLevel } from '../evaluate/cilium/entry.ts';
import { add, empty, or, partition, where, type Bits } from './bits.ts';
import { peerSets, type View } from './peers.ts';
import type { ServiceClass } from './services.ts';
import { originKey, worldOf, type Compiled } from './side.ts';

/** What was decided, and by what; the place is the leg's. */
export type Decision = Omit<Step, 'at'>;

/** The decisions of one subject on one peer, over all services. */
export interface Row {
  readonly id: number;
  /** By service class: an index into the side's decisions. */
  readonly decisions: Uint32Array;
  readonly allowed: Bits;
}

/** Everything that decisions about a subject depend on, as sets of peers and of services. */
interface Table {
  readonly peerGroup: Int32Array | undefined;
  readonly serviceGroups: readonly (readonly number[])[];
  readonly rows: (Row | undefined)[];
}

export type Tables = ReturnType<typeof createTables>;
const endpointOf = (subject: Leg['subject']): object => (subject.kind === 'pod' ? subject.pod : subject.node);

type Place = Pick<Leg, 'engine' | 'direction' | 'subject' | 'forwarded'>;

const saysMoreThanPorts = (entity: CalicoEntity): boolean => Object.keys(entity).some((key) => key !== 'ports' && key !== 'notPorts');
const names = (ports: CalicoEntity['ports']): string[] => ports?.flatMap((port) => ('name' in port ? [port.name] : [])) ?? [];
const numbers = (ports: CalicoEntity['ports']) => ports?.filter((port) => 'from' in port);

/**
 * Decisions by the evaluators themselves, one for each group of peers and services that the rules about a subject cannot tell
 * apart. Only the grouping is computed here: what a rule means is asked of the evaluators alone.
 */
export function createTables(side: Compiled, cells: readonly ServiceClass[], views: readonly View[]) {
  const { engines, cluster } = side;
  const world = worldOf(side);
  const sets = peerSets(side, views);
  const indexes = new Map<View, number>(views.map((view, i) => [view, i]));
  const decisions: Decision[] = [];
  const decisionIds = new Map<string, number>();
  const rowsByText = new Map<string, Row>();
  const tables = new Map<string, Table>();
  const bySubject = { ingress: new Map<object, Table>(), egress: new Map<object, Table>() };
  const ids = new WeakMap<object, number>();
  let nextId = 0;
  const idOf = (object: object): number => {
    const id = ids.get(object) ?? nextId++;
    ids.set(object, id);
    return id;
  };
  const cellsWhere = (holds: (cell: ServiceClass) => boolean): Bits => where(cells.length, (i) => holds(cells[i]!));
  const onPort = new Map<number, Bits>();
  function atPort(port: number): Bits {
    const found = onPort.get(port) ?? cellsWhere((cell) => cell.port === port && cell.protocol !== 'icmp');
    onPort.set(port, found);
    return found;
  }
  const always = ['tcp', 'udp', 'sctp'].map((protocol) => cellsWhere((cell) => cell.protocol === protocol));
  const numbersOf = (name: string): number[] => [
    ...new Set([...cluster.pods.values()].flatMap((pod) => pod.namedPorts.filter((p) => p.name === name).map((p) => p.port))),
  ];

  const anyNode = [...cluster.nodes.values()][0]!;
  const ruleCells = new Map<string, Bits[]>();
  /** The services that a rule asks for; with names, its parts one by one, since a name means other numbers on other pods. */
  function servicesOf(rule: CalicoRule): Bits[] {
    const { protocol, notProtocol, icmp, notIcmp, source, destination } = rule;
    const key = JSON.stringify([
      protocol,
      notProtocol,
      icmp,
      notIcmp,
      source.ports,
      source.notPorts,
      destination.ports,
      destination.notPorts,
    ]);
    const known = ruleCells.get(key);
    if (known) return known;
    const { ipVersion: _, ...rest } = rule;
    const matching = (from: CalicoEntity, to: CalicoEntity): Bits =>
      cellsWhere((cell) => ruleMatches(world, { ...rest, source: from, destination: to }, fakeLeg(cell), undefined));
    const part = (key: 'ports' | 'notPorts', entity: CalicoEntity): CalicoEntity => {
      const kept = numbers(entity[key]);
      return kept ? { [key]: kept } : {};
    };
    const named = [...names(destination.ports), ...names(destination.notPorts)];
    const found =
      named.length === 0
        ? [
            matching(
              { ...part('ports', source), ...part('notPorts', source) },
              { ...part('ports', destination), ...part('notPorts', destination) },
            ),
          ]
        : [
            matching({}, {}),
            matching(part('ports', source), {}),
            matching(part('notPorts', source), {}),
            matching({}, part('ports', destination)),
            matching({}, part('notPorts', destination)),
            ...named.flatMap(numbersOf).map(atPort),
          ];
    ruleCells.set(key, found);
    return found;
  }
  const fakeLeg = (cell: ServiceClass): Leg => ({
    ...cell,
    engine: 'calico',
    direction: 'ingress',
    subject: { kind: 'node', node: anyNode },
    peer: { kind: 'world', address: anyNode.address },
  });

  const peersOf = new Map<CalicoRule, { readonly peers: readonly Bits[]; readonly services: readonly Bits[] }>();
  function calicoQuestions(rule: CalicoRule, policy: CalicoPolicy, direction: Leg['direction']) {
    const known = peersOf.get(rule);
    if (known) return known;
    const peer = direction === 'ingress' ? rule.source : rule.destination;
    const peers: Bits[] = [sets.entity(peer, policy.namespace, direction === 'ingress')];
    const services = [...servicesOf(rule)];
    if (direction === 'egress') {
      for (const name of [...names(peer.ports), ...names(peer.notPorts)])
        for (const port of numbersOf(name)) peers.push(sets.naming(name, port));
      const asked =
        peer.services && cluster.services.find((s) => s.name === peer.services!.name && s.namespace === peer.services!.namespace);
      for (const port of asked ? targetNumbers(asked) : []) {
        services.push(atPort(port));
        for (const protocol of ['tcp', 'udp', 'sctp']) peers.push(sets.serving(peer, port, protocol, false));
      }
    }
    const found = { peers, services };
    peersOf.set(rule, found);
    return found;
  }
  const targetNumbers = (service: (typeof cluster.services)[number]): number[] => [
    ...service.ports.flatMap(({ targetPort }) => (typeof targetPort === 'number' ? [targetPort] : numbersOf(targetPort))),
    ...service.endpoints.map((e) => e.port),
  ];

  const entryPeers = new Map<CiliumEntry, Bits>();
  function ciliumPeers(entry: CiliumEntry): Bits {
    const found = entryPeers.get(entry) ?? entry.peers?.map((peer) => sets.ciliumPeer(peer)).reduce(or, sets.none) ?? sets.all;
    entryPeers.set(entry, found);
    return found;
  }
  const entryCells = new Map<string, Bits>();
  function ciliumServices(entry: CiliumEntry, place: Place, namedPorts: string, family: 4 | 6): Bits {
    const key = JSON.stringify([entry.ports, entry.icmps, place.direction, namedPorts, family]);
    const address = { family, base: 0n, bits: 0 };
    const found =
      entryCells.get(key) ??
      cellsWhere((cell) => serviceLevel(engines.cilium.context, entry, { ...cell, ...place, peer: { kind: 'world', address } }));
    entryCells.set(key, found);
    return found;
  }

  function tableOf(place: Place): Table {
    const { subject, direction, forwarded } = place;
    const found = forwarded === undefined ? bySubject[direction].get(endpointOf(subject)) : undefined;
    if (found) return found;
    const name = subject.kind === 'pod' ? `${subject.pod.namespace}/${subject.pod.name}` : `node-${subject.node.name}`;
    if (forwarded === undefined) {
      const made = shared(place, name);
      bySubject[direction].set(endpointOf(subject), made);
      return made;
    }
    const other =
      forwarded.kind === 'pod' ? `${forwarded.pod.namespace}/${forwarded.pod.name}` : forwarded.kind === 'node' ? forwarded.node.name : '';
    return shared(place, `${name} for ${other}`);
  }

  /** Subjects about which the same rules speak share a table, where these rules ask nothing more of the subject itself. */
  function shared(place: Place, name: string): Table {
    const { subject, engine } = place;
    const namedPorts = subject.kind === 'pod' ? JSON.stringify(subject.pod.namedPorts) : '';
    const key = engine === 'calico' ? calicoKey(place, name, namedPorts) : ciliumKey(place, name, namedPorts);
    const found = tables.get(key) ?? build(place, namedPorts);
    tables.set(key, found);
    return found;
  }

  const applied = ({ subject, direction }: Place): CalicoPolicy[] =>
    (engines.calico.tiersOf(subject) ?? []).flatMap((tier) => tier.policies.filter((policy) => policy.types[direction]));
  const entries = ({ subject, direction }: Place): CiliumEntry[] =>
    engines.cilium.rulesOf(subject).flatMap((rule) => [...rule[`${direction}Deny`], ...rule[direction]]);

  function calicoKey(place: Place, name: string, namedPorts: string): string {
    const { subject, direction } = place;
    if (subject.kind === 'node') return `calico ${name} ${direction}`;
    const policies = applied(place);
    const rules = policies.flatMap((policy) => policy[direction]);
    const own = rules.map((rule) => (direction === 'ingress' ? rule.destination : rule.source));
    const personal = own.some(saysMoreThanPorts) ? name : '';
    const ports = own.some((entity) => names(entity.ports).length + names(entity.notPorts).length > 0) ? namedPorts : '';
    return ['calico', direction, policies.map(idOf).join(','), personal, ports].join(' ');
  }
  function ciliumKey(place: Place, name: string, namedPorts: string): string {
    const { subject, direction } = place;
    if (subject.kind === 'node') return `cilium ${name} ${direction}`;
    const ports = entries(place).some((entry) => entry.ports?.some(({ port }) => 'name' in port)) ? namedPorts : '';
    return ['cilium', direction, engines.cilium.rulesOf(subject).map(idOf).join(','), ports].join(' ');
  }

  function build(place: Place, namedPorts: string): Table {
    const { engine, subject, direction } = place;
    if (subject.kind === 'node' && neverPoliced(place)) {
      return { peerGroup: new Int32Array(views.length), serviceGroups: [cells.map((_, i) => i)], rows: [] };
    }
    const peers: Bits[] = [sets.local, sets.v6, ...sets.kinds];
    const services: Bits[] = [...always];
    if (engine === 'calico') {
      for (const policy of applied(place)) {
        for (const rule of policy[direction]) {
          const asked = calicoQuestions(rule, policy, direction);
          peers.push(...asked.peers);
          services.push(...asked.services);
        }
      }
      if (subject.kind === 'node') services.push(...failsafe[direction].map((text) => atPort(Number(text.split('/')[1]))));
    } else {
      for (const entry of entries(place)) {
        peers.push(ciliumPeers(entry));
        services.push(ciliumServices(entry, place, namedPorts, 4), ciliumServices(entry, place, namedPorts, 6));
      }
    }
    const groups: number[][] = [];
    partition(cells.length, services).forEach((group, i) => (groups[group] ??= []).push(i));
    // A host endpoint looks at where its peers are, too: it gets a row for each.
    const peerGroup = subject.kind === 'node' ? undefined : partition(views.length, peers);
    return { peerGroup, serviceGroups: groups.filter((group) => group !== undefined), rows: [] };
  }

  const neverPoliced = ({ engine, subject }: Place): boolean =>
    engine === 'calico'
      ? engines.calico.tiersOf(subject) === undefined
      : engines.cilium.rulesOf(subject).length === 0 || !side.settings.hostFirewall;

  /** The decisions about a subject on one of the views, by its index. The caller sees to it that this subject has such a view. */
  function subject(place: Place): (index: number) => Row {
    const { peerGroup, rows, serviceGroups } = tableOf(place);
    return (index) => {
      const group = peerGroup?.[index] ?? index;
      return (rows[group] ??= decide(place, views[index]!, serviceGroups));
    };
  }

  /** The same for any peer, also for one that is none of the views. */
  function row(place: Place, view: View): Row {
    const index = indexes.get(view);
    return index === undefined ? decide(place, view, tableOf(place).serviceGroups) : subject(place)(index);
  }

  function decide(place: Place, { peer }: View, groups: Table['serviceGroups']): Row {
    const decided = new Uint32Array(cells.length);
    const allowed = empty(cells.length);
    for (const group of groups) {
      const decision = engines[place.engine].decide({ ...cells[group[0]!]!, ...place, peer });
      const id = decisionId(decision);
      for (const cell of group) {
        decided[cell] = id;
        if (decision.verdict === 'allow') add(allowed, cell);
      }
    }
    return made(decided, allowed);
  }

  function made(decided: Uint32Array, allowed: Bits): Row {
    const text = decided.join(',');
    const found = rowsByText.get(text) ?? { id: rowsByText.size, decisions: decided, allowed };
    rowsByText.set(text, found);
    return found;
  }

  function decisionId(decision: Decision): number {
    const key = `${decision.verdict}\n${decision.why}\n${decision.by ? originKey(decision.by) : ''}`;
    const id = decisionIds.get(key) ?? decisions.length;
    if (id === decisions.length) decisions.push(decision);
    decisionIds.set(key, id);
    return id;
  }

  /** A row that is the same for every service: of what a flow needs beside its own packets. */
  function constant(decision: Decision): Row {
    const id = decisionId(decision);
    return made(
      new Uint32Array(cells.length).fill(id),
      cellsWhere(() => decision.verdict === 'allow'),
    );
  }

  return { subject, row, constant, decisions, everything: cellsWhere(() => true) };
}
