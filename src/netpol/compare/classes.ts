import type { Cidr } from '../model/address.ts';
import { podAddress, tunnelAddress, type ClusterNode, type Pod } from '../model/cluster.ts';
import { matches, type Selector } from '../selector/selector.ts';
import { signature } from './addresses.ts';
import { networks, formulas, portsAsked, type Compiled } from './side.ts';
import { atomsOf, valueOf, type Atom, type Variable } from './variables.ts';

/** Things that no rule of either side tells apart; the first stands for all. */
export interface Class<T> {
  readonly key: string;
  readonly members: T[];
}

export interface Vocabulary {
  readonly formulas: readonly Selector[];
  /** What is asked of each variable. */
  readonly atoms: ReadonlyMap<Variable, readonly Atom[]>;
  readonly networks: readonly Cidr[];
  /** Names of ports that are asked for. */
  readonly portNames: ReadonlySet<string>;
}

const networkKey = (n: Cidr): string => `${n.family} ${n.base} ${n.bits}`;

/** Everything by which the policies of either side tell endpoints apart. */
export function vocabulary(sides: readonly Compiled[]): Vocabulary {
  const asked = new Map(sides.flatMap(formulas).map((formula) => [JSON.stringify(formula), formula]));
  const atoms = new Map<Variable, Map<string, Atom>>();
  for (const formula of asked.values()) {
    for (const atom of atomsOf(formula)) {
      const known = atoms.get(atom.key) ?? new Map<string, Atom>();
      atoms.set(atom.key, known.set(JSON.stringify(atom), atom));
    }
  }
  return {
    formulas: [...asked.values()],
    atoms: new Map([...atoms].map(([variable, list]) => [variable, [...list.values()]])),
    networks: [...new Map(sides.flatMap(networks).map((n) => [networkKey(n), n])).values()],
    portNames: new Set(sides.flatMap(portsAsked).flatMap((port) => ('name' in port ? [port.name] : []))),
  };
}

/** What the atoms say of a value, by value: a label has few. */
export function valueClasses({ atoms }: Vocabulary, variable: Variable): (value: string | undefined) => string {
  const asked = atoms.get(variable) ?? [];
  const known = new Map<string | undefined, string>();
  return (value) => {
    const found = known.get(value) ?? asked.map((atom) => (matches(atom, () => value) ? '1' : '0')).join('');
    known.set(value, found);
    return found;
  };
}

export function classes<T>(items: Iterable<T>, keyOf: (item: T) => string): Class<T>[] {
  const found = new Map<string, Class<T>>();
  for (const item of items) {
    const key = keyOf(item);
    const known = found.get(key);
    if (known) known.members.push(item);
    else found.set(key, { key, members: [item] });
  }
  return [...found.values()];
}

/** By name, where host policies make every node its own case. */
export function nodeClasses(sides: readonly Compiled[], { networks }: Vocabulary, apart: boolean): Class<string>[] {
  const key = (name: string): string => {
    const seen = sides.map((side) => {
      const node = side.cluster.nodes.get(name)!;
      const addresses = [node.address, ...(['calico', 'cilium'] as const).map((engine) => tunnelAddress(side.cluster, node, engine))];
      return [node.cni, node.controlPlane, ...addresses.map((a) => `${a.bits}:${signature(networks, a)}`)].join(' ');
    });
    return apart ? name : seen.join('|');
  };
  return classes(sides[0]!.cluster.nodes.keys(), key);
}

export function podKeys(sides: readonly Compiled[], vocabulary: Vocabulary, nodeKey: (node: string) => string): (pod: Pod) => string {
  const variables = [...vocabulary.atoms.keys()].map((variable) => ({ variable, classOf: valueClasses(vocabulary, variable) }));
  const [first] = sides;
  const addressClass = new Map<string, string>();
  const address = (side: Compiled, pod: Pod): string => {
    const at = podAddress(side.cluster, pod);
    const key = networkKey(at);
    const found = addressClass.get(key) ?? signature(vocabulary.networks, at);
    addressClass.set(key, found);
    return found;
  };
  return (pod) =>
    [
      ...variables.map(({ variable, classOf }) => classOf(valueOf(first!.cluster, pod, variable))),
      nodeKey(pod.node),
      JSON.stringify(portsOf(pod, vocabulary)),
      ...sides.map((side) => address(side, pod)),
    ].join(' ');
}

/** The ports of a pod whose names matter. */
export const portsOf = (pod: Pod, { portNames }: Vocabulary) => pod.namedPorts.filter((port) => portNames.has(port.name));

/** Whether host policies are enforced: then it matters on which node each end is. */
export const hostsPoliced = (sides: readonly Compiled[]): boolean =>
  sides.some(
    ({ cluster, policies, settings, cilium }) =>
      ([...cluster.nodes.values()].some((node: ClusterNode) => node.cni === 'calico') && policies.calico.hostEndpoints.length > 0) ||
      (settings.hostFirewall && cilium.some((policy) => policy.rules.some((rule) => rule.subject.kind === 'node'))),
  );
