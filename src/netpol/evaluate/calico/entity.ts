import { contains, type Cidr } from '../../model/address.ts';
import type { Cluster } from '../../model/cluster.ts';
import type { Peer } from '../../model/flow.ts';
import type { CalicoEntity, PolicySet, PortMatch } from '../../model/policies.ts';
import { and, equal, matches, withPrefix, type Selector } from '../../selector/selector.ts';
import { isBackend, targetPort } from '../ends.ts';
import { objectLabels, podLabels } from './labels.ts';

/** Source or destination of a connection as a rule looks at it. */
export interface Party {
  readonly peer: Peer;
  readonly port: number;
  readonly protocol: string;
}

export interface World {
  readonly cluster: Cluster;
  readonly policies: PolicySet;
}

const hasNamespace: Selector = { op: 'has', key: 'projectcalico.org/namespace' };

/** `all()` of a namespaceSelector means "has a namespace", `global()` "has none"; the rest speaks of the namespace's labels. */
function namespaceTerms(selector: Selector): Selector {
  switch (selector.op) {
    case 'all':
      return hasNamespace;
    case 'global':
      return { op: 'not', operand: hasNamespace };
    case 'not':
      return { op: 'not', operand: namespaceTerms(selector.operand) };
    case 'and':
    case 'or':
      return { op: selector.op, operands: selector.operands.map(namespaceTerms) };
    default:
      return withPrefix(selector, 'pcns.');
  }
}

/** Who a selector with its namespace and service account parts means; undefined where there is none of them. */
export function combined(
  { selector, namespaceSelector, serviceAccounts, notSelector }: CalicoEntity,
  namespace: string | undefined,
): Selector | undefined {
  const parts: Selector[] = [];
  if (namespaceSelector) parts.push(namespaceTerms(namespaceSelector));
  // Namespaced policies' selectors without a namespaceSelector are confined to their namespace (policy.md, "Evaluation").
  else if (namespace !== undefined && (selector ?? notSelector ?? serviceAccounts))
    parts.push(equal('projectcalico.org/namespace', namespace));
  if (serviceAccounts && serviceAccounts.names.length > 0)
    parts.push({ op: 'in', key: 'pcsa.projectcalico.org/name', values: serviceAccounts.names });
  if (serviceAccounts?.selector) parts.push(withPrefix(serviceAccounts.selector, 'pcsa.'));
  if (selector) parts.push(selector);
  return parts.length === 0 ? undefined : and(...parts);
}

const within = (nets: readonly Cidr[], address: Cidr): boolean => nets.some((net) => contains(net, address));

/** A selector of a rule is a set of addresses: of pods, of network sets, and of host endpoints' expected addresses. */
function selects({ cluster, policies }: World, selector: Selector, peer: Peer): boolean {
  if (peer.kind === 'pod' && matches(selector, podLabels(cluster, peer.pod))) return true;
  const { networkSets, hostEndpoints } = policies.calico;
  return (
    networkSets.some((set) => within(set.nets, peer.address) && matches(selector, objectLabels(cluster, set.labels, set.namespace))) ||
    hostEndpoints.some((h) => within(h.expectedIPs, peer.address) && matches(selector, objectLabels(cluster, h.labels, undefined)))
  );
}

/** A named port is resolved on the destination pod itself (policy.md, "Field map"). */
function portMatches(port: PortMatch, { peer, port: actual, protocol }: Party): boolean {
  if ('from' in port) return port.from <= actual && actual <= port.to;
  return (
    peer.kind === 'pod' &&
    peer.pod.namedPorts.some((named) => named.name === port.name && named.port === actual && (named.protocol ?? protocol) === protocol)
  );
}

/** destination.services opens the backends on their target port only (trap 11). */
function servedBy(
  { cluster }: World,
  wanted: { name: string; namespace: string },
  { peer, port, protocol }: Party,
  asSource: boolean,
): boolean {
  const service = cluster.services.find((s) => s.name === wanted.name && s.namespace === wanted.namespace);
  if (!service) return false;
  const served = service.ports.filter((p) => p.protocol === protocol);
  if (peer.kind === 'pod' && isBackend(cluster, service, peer.pod)) return asSource || served.some((p) => targetPort(p, peer.pod) === port);
  return service.endpoints.some((e) => contains(e.address, peer.address) && (asSource || e.port === port));
}

/** Whether one side of a rule matches one side of the connection. `namespace` is the policy's. */
export function entityMatches(world: World, entity: CalicoEntity, party: Party, namespace: string | undefined, asSource: boolean): boolean {
  const { nets, notNets, notSelector, ports, notPorts, services, domains } = entity;
  const { peer } = party;
  if (nets && !within(nets, peer.address)) return false;
  if (notNets && within(notNets, peer.address)) return false;
  const selector = combined(entity, namespace);
  if (selector && !selects(world, selector, peer)) return false;
  if (notSelector && selects(world, notSelector, peer)) return false;
  if (ports && !ports.some((port) => portMatches(port, party))) return false;
  if (notPorts?.some((port) => portMatches(port, party))) return false;
  if (services && !servedBy(world, services, party, asSource)) return false;
  // Which addresses a domain has is known to the running cluster only.
  return domains === undefined;
}
