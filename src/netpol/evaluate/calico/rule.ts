import type { Leg, Peer } from '../../model/flow.ts';
import type { CalicoRule, IcmpMatch } from '../../model/policies.ts';
import { podAddress } from '../../model/cluster.ts';
import { entityMatches, type World } from './entity.ts';

const icmpMatches = ({ type, code }: IcmpMatch, leg: Leg): boolean =>
  leg.protocol === 'icmp' && (type === undefined || type === leg.port) && (code === undefined || code === leg.icmpCode);

const subjectOf = ({ cluster }: World, { subject, forwarded }: Leg): Peer =>
  forwarded ??
  (subject.kind === 'pod' ? { ...subject, address: podAddress(cluster, subject.pod) } : { ...subject, address: subject.node.address });

/** Whether every condition of a rule holds for a leg; `namespace` is the policy's. */
export function ruleMatches(world: World, rule: CalicoRule, leg: Leg, namespace: string | undefined): boolean {
  const { protocol, notProtocol, icmp, notIcmp, ipVersion, source, destination } = rule;
  if (protocol !== undefined && protocol !== leg.protocol) return false;
  if (notProtocol !== undefined && notProtocol === leg.protocol) return false;
  if (icmp && !icmpMatches(icmp, leg)) return false;
  if (notIcmp && (leg.protocol !== 'icmp' || icmpMatches(notIcmp, leg))) return false;
  if (ipVersion !== undefined && ipVersion !== leg.peer.address.family) return false;
  const subject = subjectOf(world, leg);
  const [from, to] = leg.direction === 'ingress' ? [leg.peer, subject] : [subject, leg.peer];
  return (
    entityMatches(world, source, { peer: from, port: leg.sourcePort, protocol: leg.protocol }, namespace, true) &&
    entityMatches(world, destination, { peer: to, port: leg.port, protocol: leg.protocol }, namespace, false)
  );
}
