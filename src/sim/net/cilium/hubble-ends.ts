import type { FlowEnd, FlowRecord } from '../flows/record.ts';

/** One end as Hubble on a node knows it. */
export interface HubbleEnd {
  ip: string;
  port: number;
  /** A pod that Cilium manages. */
  namespace?: string;
  pod?: string;
  workloads?: readonly { name: string; kind: string }[];
  endpoint?: number;
  identity: number;
  labels: readonly string[];
}

const reserved: Readonly<Record<string, number>> = { host: 1, world: 2, 'remote-node': 6 };

const known = (ip: string, port: number, label: keyof typeof reserved): HubbleEnd => ({
  ip,
  port,
  identity: reserved[label]!,
  labels: [`reserved:${label}`],
});

const hash = /-[a-z0-9]{5,10}$/;

/** The controller that people know: a ReplicaSet's Deployment, found by its name. */
const workloadsOf = ({ pod }: FlowEnd) =>
  (pod?.metadata.ownerReferences ?? [])
    .filter(({ controller }) => controller)
    .map(({ kind, name }) =>
      kind === 'ReplicaSet' && hash.test(name) ? { name: name.replace(hash, ''), kind: 'Deployment' } : { name, kind },
    );

const describe = (end: FlowEnd, ip: string, node: string, labels: (identity: number) => readonly string[]): HubbleEnd => {
  if (end.kind === 'node') return known(ip, end.port, end.node === node ? 'host' : 'remote-node');
  if (end.kind === 'outside' || end.identity === undefined || !end.pod) return known(ip, end.port, 'world');
  const { namespace = '', name } = end.pod.metadata;
  return {
    ip,
    port: end.port,
    namespace,
    pod: name,
    workloads: workloadsOf(end),
    // Another node's endpoint numbers are not known here.
    ...(end.node === node && end.endpoint !== undefined && { endpoint: end.endpoint }),
    identity: end.identity,
    labels: labels(end.identity),
  };
};

/** Client and server of an exchange as a node sees them: the client by the address that its packets arrive with. */
export const hubbleEnds = (
  { client, server, result }: FlowRecord,
  node: string,
  labels: (identity: number) => readonly string[],
): { client: HubbleEnd; server: HubbleEnd } => {
  const rewritten = client.kind !== 'pod' || client.node !== node ? (result.source ?? client.ip) : client.ip;
  return { client: describe(client, rewritten || client.ip, node, labels), server: describe(server, server.ip, node, labels) };
};
