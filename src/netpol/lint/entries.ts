import { targetPort, backends } from '../evaluate/ends.ts';
import type { Finding } from './finding.ts';
import { peerChecks, type EntryInContext } from './peers.ts';

type Check = (context: EntryInContext) => Omit<Finding, 'origin'> | undefined;

/** Trap 1: ports without a peer deny the local host as well. */
const denyWithoutPeer: Check = ({ entry, section }) =>
  section === 'ingressDeny' && entry.peers === undefined && (entry.ports ?? entry.icmps)
    ? {
        trap: 1,
        effect: 'cuts-off',
        message: "a deny with ports and no peer denies the pod's own node: readiness probes fail",
        fix: 'name world, remote-node, kube-apiserver, and endpoints with io.kubernetes.pod.namespace Exists',
      }
    : undefined;

/** Trap 4: names are resolved over the whole cluster on egress. */
const namedEgress: Check = ({ entry, section, cluster }) => {
  const named = section.startsWith('egress') ? entry.ports?.flatMap(({ port }) => ('name' in port ? [port.name] : [])) : [];
  const [name] = named ?? [];
  if (name === undefined) return undefined;
  const pods = cluster ? [...cluster.pods.values()] : [];
  const numbers = new Set(pods.flatMap((pod) => pod.namedPorts.filter((p) => p.name === name).map((p) => p.port)));
  const message =
    numbers.size > 1
      ? `port ${name} has the numbers ${[...numbers].join(', ')} in this cluster, so the entry matches nothing`
      : `port ${name} is resolved by name over the whole cluster: its number opens on every selected pod, and a second number closes all`;
  return { trap: 4, effect: numbers.size > 1 ? 'cuts-off' : 'fail-open', message, fix: 'write numbers, an entry for each destination' };
};

/** Trap 6: entries that read like everybody, and name nobody. */
const nobody: Check = ({ entry: { peers, ports, icmps }, section }) => {
  if (peers?.length === 0) {
    return { trap: 6, effect: 'cuts-off', message: 'an empty list of peers names nobody', fix: 'leave the list out, or name the peers' };
  }
  if (peers !== undefined || ports !== undefined || icmps !== undefined || !section.endsWith('Deny')) return undefined;
  return { trap: 6, effect: 'fail-open', message: `${section}: [{}] denies nothing by itself`, fix: 'name the peers to deny' };
};

/** Trap 8. */
const allPorts: Check = ({ entry: { ports } }) =>
  ports?.some(({ protocol, port }) => protocol === 'any' && 'from' in port && port.from === 0)
    ? {
        trap: 8,
        effect: 'note',
        message: 'an entry with ports, also 0/ANY, leaves ICMP out',
        fix: 'leave toPorts out, or add an entry with icmps',
      }
    : undefined;

/** Trap 11: toPorts beside toServices means the backends' ports. */
const servicePorts: Check = ({ entry: { peers, ports }, cluster }) => {
  for (const peer of peers ?? []) {
    if (peer.kind !== 'service') continue;
    const service = cluster?.services.find((s) => s.name === peer.name && s.namespace === peer.namespace);
    if (ports === undefined) {
      const message = 'toServices without toPorts opens the backends on every port';
      return { trap: 11, effect: 'note', message, fix: "add toPorts with the backends' target ports" };
    }
    for (const { port } of ports) {
      const served = 'from' in port && port.from === port.to ? service?.ports.find((p) => p.port === port.from) : undefined;
      if (!served || !service || !('from' in port)) continue;
      const targets = new Set([...backends(cluster!, service)].map((pod) => targetPort(served, pod)));
      if (targets.has(port.from) || targets.size === 0) continue;
      const message = `port ${port.from} is the service's; toPorts means the backends' port (${[...targets].join(', ')})`;
      return { trap: 11, effect: 'cuts-off', message, fix: `say ${[...targets].join(', ')}` };
    }
  }
  return undefined;
};

const entryChecks: readonly Check[] = [denyWithoutPeer, namedEgress, nobody, allPorts, servicePorts];

/** Everything that is wrong with one entry. */
export function lintEntry(context: EntryInContext): Finding[] {
  const { entry } = context;
  const found = [
    ...entryChecks.map((check) => check(context)),
    ...(entry.peers ?? []).flatMap((peer) => peerChecks.map((check) => check(peer, context))),
  ];
  return found.filter((finding) => finding !== undefined).map((finding) => ({ ...finding, origin: entry.origin }));
}
