import type { FlowEvent } from '../flows/events.ts';
import type { HubbleEnd } from './hubble-ends.ts';

/** An event of a node's ring, with its ends as Hubble there knows them. */
export interface HubbleFlow {
  event: FlowEvent;
  client: HubbleEnd;
  server: HubbleEnd;
  node: string;
}

/** POLICY_DENIED in the datapath, and by an explicit deny. */
const policyDenied = { number: 133, name: 'POLICY_DENIED', text: 'Policy denied' };
const policyDeny = { number: 181, name: 'POLICY_DENY', text: 'Policy denied by denylist' };
export const dropReason = ({ step }: FlowEvent) => (step?.match === 'none' || step?.match === undefined ? policyDenied : policyDeny);

export const isDropped = ({ type, step }: FlowEvent): boolean => type === 'drop' || (type === 'policy-verdict' && step?.verdict === 'deny');

/** `POLICY-VERDICT:none INGRESS`, as the column TYPE has it. */
export const typeOf = (event: FlowEvent): string => {
  if (event.type === 'drop') return dropReason(event).text;
  if (event.type === 'trace') return event.point!;
  return `policy-verdict:${event.step!.match} ${event.step!.direction.toUpperCase()}`;
};

export const verdictOf = (event: FlowEvent): string =>
  event.type === 'policy-verdict'
    ? event.step!.verdict === 'deny'
      ? 'DENIED'
      : 'ALLOWED'
    : event.type === 'drop'
      ? 'DROPPED'
      : 'FORWARDED';

export const summaryOf = ({ flags, record: { request }, reply }: FlowEvent): string => {
  const { protocol = 'TCP' } = request;
  if (protocol === 'TCP') return `TCP Flags: ${flags.join(', ')}`;
  return protocol === 'ICMP' ? `ICMPv4 ${reply ? 'EchoReply' : 'EchoRequest'}` : protocol;
};

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
export const timeOf = (ms: number): string => {
  const date = new Date(ms);
  return `${months[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)} ${date.toISOString().slice(11, 23)}`;
};

const portOf = ({ event }: HubbleFlow, port: number): string => (event.record.request.protocol === 'ICMP' ? '' : `:${port}`);
const nameOf = (flow: HubbleFlow, { namespace, pod, ip, port }: HubbleEnd): string =>
  `${pod ? `${namespace}/${pod}` : ip}${portOf(flow, port)}`;
const withIdentity = (flow: HubbleFlow, end: HubbleEnd): string =>
  `${nameOf(flow, end)} (${end.pod ? `ID:${end.identity}` : end.labels[0]!.replace('reserved:', '')})`;

/** Which way the arrow points: Hubble does not tell what was not forwarded from its answer. */
const arrowOf = ({ event }: HubbleFlow): string => (isDropped(event) ? '<>' : event.reply ? '<-' : '->');

export const compactLine = (flow: HubbleFlow): string => {
  const { event, client, server } = flow;
  const ends = `${withIdentity(flow, client)} ${arrowOf(flow)} ${withIdentity(flow, server)}`;
  return `${timeOf(event.at)}: ${ends} ${typeOf(event)} ${verdictOf(event)} (${summaryOf(event)})`;
};

const cells = (flow: HubbleFlow): string[] => {
  const { event, client, server } = flow;
  const [from, to] = event.reply ? [server, client] : [client, server];
  return [timeOf(event.at), nameOf(flow, from), nameOf(flow, to), typeOf(event), verdictOf(event), summaryOf(event)];
};
const columns = ['TIMESTAMP', 'SOURCE', 'DESTINATION', 'TYPE', 'VERDICT', 'SUMMARY'];

export const tabLines = (flows: readonly HubbleFlow[]): string => {
  const rows = [columns, ...flows.map(cells)];
  const widths = columns.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)) + 3);
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i]!))
          .join('')
          .trimEnd()}\n`,
    )
    .join('');
};

export const dictText = (flow: HubbleFlow): string =>
  cells(flow)
    .map((cell, i) => `${columns[i]!.padStart(11)}: ${cell}\n`)
    .join('');
