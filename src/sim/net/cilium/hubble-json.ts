import { macOf } from '../devices.ts';
import type { FlowEvent } from '../flows/events.ts';
import type { HubbleEnd } from './hubble-ends.ts';
import { dropReason, isDropped, summaryOf, type HubbleFlow } from './hubble-text.ts';

/** Hubble's numbers of events and observation points (pkg/monitor/api). */
const eventTypes = { drop: 1, trace: 4, 'policy-verdict': 5 } as const;
const points = { 'to-endpoint': 0, 'to-stack': 3, 'to-overlay': 4, 'to-network': 11 } as const;

const endJson = ({ endpoint, identity, namespace, labels, pod, workloads }: HubbleEnd) => ({
  ...(endpoint !== undefined && { ID: endpoint }),
  identity,
  ...(pod && { cluster_name: 'default', namespace }),
  labels,
  ...(pod && { pod_name: pod, ...(workloads?.length && { workloads }) }),
});

const layer4 = ({ record: { request }, flags, reply }: FlowEvent, source: number, destination: number) => {
  const { protocol = 'TCP' } = request;
  if (protocol === 'ICMP') return { ICMPv4: reply ? {} : { type: request.icmp?.type ?? 8 } };
  const ports = { source_port: source, destination_port: destination };
  return { [protocol]: protocol === 'TCP' ? { ...ports, flags: Object.fromEntries(flags.map((flag) => [flag, true])) } : ports };
};

const eventType = (event: FlowEvent) => ({
  type: eventTypes[event.type],
  ...(event.type === 'drop' && { sub_type: dropReason(event).number }),
  ...(event.type === 'trace' && points[event.point!] > 0 && { sub_type: points[event.point!] }),
});

/** `hubble observe -o json`, as recorded in hubble.txt. */
export const flowJson = ({ event, client, server, node }: HubbleFlow, nodeLabels: readonly string[], number: number): string => {
  const [from, to] = event.reply ? [server, client] : [client, server];
  const time = new Date(event.at).toISOString();
  const dropped = isDropped(event);
  const direction = event.step?.direction ?? (event.point === 'to-endpoint' ? 'ingress' : 'egress');
  const flow = {
    time,
    uuid: `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`,
    verdict: dropped ? 'DROPPED' : 'FORWARDED',
    ...(dropped && { drop_reason: dropReason(event).number }),
    ethernet: { source: macOf(from.ip), destination: macOf(to.ip) },
    IP: { source: from.ip, destination: to.ip, ipVersion: 'IPv4' },
    l4: layer4(event, from.port, to.port),
    source: endJson(from),
    destination: endJson(to),
    Type: 'L3_L4',
    node_name: node,
    node_labels: nodeLabels,
    event_type: eventType(event),
    traffic_direction: direction.toUpperCase(),
    ...(dropped && { drop_reason_desc: dropReason(event).name }),
    ...(event.type === 'trace' && {
      trace_observation_point: event.point!.replace('-', '_').toUpperCase(),
      trace_reason: event.reply ? 'REPLY' : event.flags.includes('ACK') ? 'ESTABLISHED' : 'NEW',
      is_reply: event.reply,
    }),
    Summary: summaryOf(event),
  };
  return JSON.stringify({ flow, node_name: node, time });
};
