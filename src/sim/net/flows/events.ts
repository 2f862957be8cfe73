import type { PolicyStep } from '../policy/enforcement.ts';
import type { FlowEnd, FlowRecord } from './record.ts';

/** What the programs of one node see of an exchange: Hubble's flows, and what Retina counts. */
export interface FlowEvent {
  readonly at: number;
  readonly record: FlowRecord;
  readonly type: 'policy-verdict' | 'drop' | 'trace';
  /** Of a trace: where the packet was handed to. */
  readonly point?: 'to-endpoint' | 'to-overlay' | 'to-stack' | 'to-network';
  readonly reply: boolean;
  readonly flags: readonly string[];
  /** Of a verdict and a drop: whose policy it was. */
  readonly step?: PolicyStep;
}

interface Packet {
  readonly reply: boolean;
  readonly flags: readonly string[];
}

const packet = (reply: boolean, ...flags: string[]): Packet => ({ reply, flags });
const request = packet(false, 'SYN');
const exchange: readonly Packet[] = [
  request,
  packet(true, 'SYN', 'ACK'),
  packet(false, 'ACK'),
  packet(false, 'ACK', 'PSH'),
  packet(true, 'ACK', 'PSH'),
  packet(false, 'ACK', 'FIN'),
  packet(true, 'ACK', 'FIN'),
  packet(false, 'ACK'),
];
const refused: readonly Packet[] = [request, packet(true, 'ACK', 'RST')];
const unanswered: readonly Packet[] = [request];
const both: readonly Packet[] = [packet(false), packet(true)];
const asked: readonly Packet[] = [packet(false)];

/** The packets that were sent, in order; with several kinds of answer only the first of a lost connection. */
const packetsOf = ({ request: { protocol = 'TCP' }, result: { outcome } }: FlowRecord): readonly Packet[] => {
  const answered = outcome === 'connected' || outcome === 'refused';
  if (protocol !== 'TCP') return answered ? both : asked;
  return outcome === 'connected' ? exchange : outcome === 'refused' ? refused : unanswered;
};

const deniedAt = ({ result }: FlowRecord): PolicyStep | undefined => {
  const last = result.policy?.at(-1);
  return last?.verdict === 'deny' ? last : undefined;
};

/** A verdict is told where an endpoint is in default deny; elsewhere nothing is looked up. */
const verdictsOf = ({ result }: FlowRecord, node: string): readonly PolicyStep[] =>
  result.policy?.filter((step) => step.node === node && step.match !== undefined) ?? [];

/** Whether the first packet got as far as this node's hand-over before it was dropped. */
const handsOver = (record: FlowRecord, node: string): boolean => {
  const denied = deniedAt(record);
  return denied === undefined ? true : denied.direction === 'ingress' && denied.node !== node;
};

/** How many events a node has of an exchange; `eventsOf` makes them. */
export const eventCount = (record: FlowRecord, node: string): number =>
  verdictsOf(record, node).length +
  (deniedAt(record)?.node === node ? 1 : 0) +
  (handsOver(record, node) ? tracesOf(record, node).length : 0);

/** What never came to the server's node is not seen there. */
const tracesOf = (record: FlowRecord, node: string): readonly Packet[] => {
  const lost = !['connected', 'refused'].includes(record.result.outcome);
  return lost && record.client.node !== node ? [] : packetsOf(record);
};

/** The events of an exchange on one of its nodes, oldest first. */
export const eventsOf = (record: FlowRecord, node: string): FlowEvent[] => {
  const { at, result } = record;
  const events: FlowEvent[] = verdictsOf(record, node).map((step) => ({
    at,
    record,
    type: 'policy-verdict',
    reply: false,
    flags: firstFlags(record),
    step,
  }));
  const denied = deniedAt(record);
  if (denied?.node === node) events.push({ at, record, type: 'drop', reply: false, flags: firstFlags(record), step: denied });
  if (!handsOver(record, node)) return events;
  const packets = tracesOf(record, node);
  packets.forEach(({ reply, flags }, i) => {
    // Half of the time passes until the first answer, the rest with the others.
    const later = result.outcome === 'connected' || result.outcome === 'refused' ? (result.latencyMs * i) / packets.length : 0;
    events.push({ at: at + later, record, type: 'trace', point: pointOf(record, node, reply), reply, flags });
  });
  return events;
};

const firstFlags = (record: FlowRecord): readonly string[] => packetsOf(record)[0]!.flags;

const isCilium = ({ cni }: FlowEnd): boolean => cni === 'cilium' || cni === 'netkit';

/** Where a node hands a packet of an exchange to. */
const pointOf = ({ client, server, result }: FlowRecord, node: string, reply: boolean): NonNullable<FlowEvent['point']> => {
  const to = reply ? client : server;
  if (to.node === node) return to.kind === 'pod' ? 'to-endpoint' : 'to-stack';
  const remote =
    to.kind === 'pod' && isCilium(to) && (isCilium(reply ? server : client) || result.trace.some((line) => line.includes('cilium_vxlan')));
  return remote ? 'to-overlay' : 'to-stack';
};
