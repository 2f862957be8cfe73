import { createEngines, legOptions, type Engines } from '../evaluate/evaluate.ts';
import { combined, type World } from '../evaluate/calico/entity.ts';
import { orderedTiers } from '../evaluate/calico/tiers.ts';
import { fromKubernetes } from '../evaluate/cilium/from-kubernetes.ts';
import type { LegOptions } from '../evaluate/legs.ts';
import type { CiliumSettings } from '../evaluate/settings.ts';
import type { Cidr } from '../model/address.ts';
import type { Cluster, Engine } from '../model/cluster.ts';
import type { CalicoPolicy, CalicoRule, CiliumEntry, CiliumPolicy, Origin, PolicySet, PortMatch } from '../model/policies.ts';
import type { Selector } from '../selector/selector.ts';
import { ciliumOverVariables, overVariables } from './variables.ts';

/** One of the two set-ups that are compared: policies, and who enforces them where. */
export interface Side {
  readonly cluster: Cluster;
  readonly policies: PolicySet;
  readonly settings: CiliumSettings;
}

/** A side with its evaluators, and everything that its policies ask for. */
export interface Compiled extends Side {
  readonly engines: Engines;
  readonly options: LegOptions;
  readonly calico: readonly CalicoPolicy[];
  readonly cilium: readonly CiliumPolicy[];
}

const uses = ({ nodes }: Cluster, engine: Engine): boolean => [...nodes.values()].some((node) => node.cni === engine);

export function compile(side: Side): Compiled {
  const { cluster, policies, settings } = side;
  return {
    ...side,
    engines: createEngines(cluster, policies, settings),
    options: legOptions(policies, settings),
    calico: uses(cluster, 'calico') ? orderedTiers(policies).flatMap((tier) => tier.policies) : [],
    cilium: uses(cluster, 'cilium')
      ? [...policies.cilium.policies.filter((p) => p.invalid === undefined), ...policies.kubernetes.map(fromKubernetes)]
      : [],
  };
}

export const calicoRules = ({ calico }: Compiled): CalicoRule[] => calico.flatMap((policy) => [...policy.ingress, ...policy.egress]);
export const ciliumEntries = ({ cilium }: Compiled): CiliumEntry[] =>
  cilium.flatMap((p) => p.rules.flatMap((rule) => [...rule.ingress, ...rule.egress, ...rule.ingressDeny, ...rule.egressDeny]));

/** Everything by which a side's policies tell pods apart, over variables. */
export function formulas(side: Compiled): Selector[] {
  const found: Selector[] = [];
  const ask = (selector: Selector | undefined): void => {
    if (selector) found.push(overVariables(selector));
  };
  for (const policy of side.calico) {
    const { selector, namespaceSelector, serviceAccountSelector, namespace } = policy;
    ask(
      combined(
        {
          selector,
          ...(namespaceSelector && { namespaceSelector }),
          ...(serviceAccountSelector && { serviceAccounts: { names: [], selector: serviceAccountSelector } }),
        },
        namespace,
      ),
    );
    for (const { source, destination } of [...policy.ingress, ...policy.egress]) {
      for (const entity of [source, destination]) {
        ask(combined(entity, namespace));
        ask(entity.notSelector);
      }
    }
  }
  for (const rule of side.cilium.flatMap((policy) => policy.rules)) found.push(ciliumOverVariables(rule.subject.selector));
  for (const peer of ciliumEntries(side).flatMap((entry) => entry.peers ?? []))
    if (peer.kind === 'endpoints') found.push(ciliumOverVariables(peer.selector));
  for (const { namespace, selector } of servicesAsked(side)) {
    if (selector === undefined) continue;
    const operands = Object.entries({ ns: namespace, ...prefixed(selector) }).map(([key, value]): Selector => ({
      op: 'in',
      key,
      values: [value],
    }));
    found.push({ op: 'and', operands });
  }
  const distinct = new Map(found.map((formula) => [JSON.stringify(formula), formula]));
  return [...distinct.values()];
}

const prefixed = (selector: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(selector).map(([key, value]) => [`label:${key}`, value]));

/** Services that a rule names. */
export function servicesAsked(side: Compiled) {
  const named = [
    ...calicoRules(side).flatMap(({ source, destination }) => [source.services, destination.services]),
    ...ciliumEntries(side).flatMap((entry) => entry.peers?.map((peer) => (peer.kind === 'service' ? peer : undefined)) ?? []),
  ];
  const wanted = new Set(named.flatMap((s) => (s ? [`${s.namespace}/${s.name}`] : [])));
  return side.cluster.services.filter((s) => wanted.has(`${s.namespace}/${s.name}`));
}

/** Every network that a side's policies name. */
export function networks(side: Compiled): Cidr[] {
  const { calico, cilium } = side.policies;
  return [
    ...calicoRules(side).flatMap(({ source, destination }) =>
      [source, destination].flatMap((e) => [...(e.nets ?? []), ...(e.notNets ?? [])]),
    ),
    ...calico.networkSets.flatMap((set) => set.nets),
    ...calico.hostEndpoints.flatMap((h) => h.expectedIPs),
    ...ciliumEntries(side).flatMap((entry) =>
      (entry.peers ?? []).flatMap((peer) => [...(peer.kind === 'cidr' ? [peer.cidr] : []), ...('except' in peer ? peer.except : [])]),
    ),
    ...cilium.groups.flatMap((group) => group.cidrs),
    ...servicesAsked(side).flatMap((service) => service.endpoints.map((e) => e.address)),
  ];
}

export const portsAsked = (side: Compiled): PortMatch[] => [
  ...calicoRules(side).flatMap(({ destination }) => [...(destination.ports ?? []), ...(destination.notPorts ?? [])]),
  ...ciliumEntries(side).flatMap((entry) => entry.ports?.map((p) => p.port) ?? []),
];

/** Every rule of a side that can decide, by its origin. */
export const ruleOrigins = (side: Compiled): Origin[] => {
  const all = [...calicoRules(side), ...ciliumEntries(side)].map((rule) => rule.origin);
  return [...new Map(all.map((origin) => [originKey(origin), origin])).values()];
};

export const originKey = ({ file, document, kind, namespace = '', name, path = '' }: Origin): string =>
  [file, document, kind, namespace, name, path].join('\n');

export const worldOf = ({ cluster, policies }: Side): World => ({ cluster, policies });
