import { parseArgs } from 'node:util';
import { nodes } from '../../../kube/resources.ts';
import type { ContainerContext, Program, ProgramIo } from '../../node/image.ts';
import { eventsOf } from '../flows/events.ts';
import { ringCapacity } from '../flows/flow-log.ts';
import { isTrue, runningConfig } from './config.ts';
import { hubbleEnds, type HubbleEnd } from './hubble-ends.ts';
import { flowJson } from './hubble-json.ts';
import { compactLine, dictText, isDropped, tabLines, typeOf, type HubbleFlow } from './hubble-text.ts';
import { agentRunning } from './plugin.ts';
import { ciliumIdentities } from './resources.ts';

const text = { type: 'string' } as const;
const texts = { type: 'string', multiple: true } as const;
const toggle = { type: 'boolean' } as const;
const options = {
  last: text,
  follow: { ...toggle, short: 'f' },
  namespace: { ...texts, short: 'n' },
  'from-namespace': texts,
  'to-namespace': texts,
  pod: texts,
  'from-pod': texts,
  'to-pod': texts,
  label: { ...texts, short: 'l' },
  'from-label': texts,
  'to-label': texts,
  ip: texts,
  'from-ip': texts,
  'to-ip': texts,
  identity: texts,
  'from-identity': texts,
  'to-identity': texts,
  verdict: texts,
  type: { ...texts, short: 't' },
  protocol: texts,
  port: texts,
  'to-port': texts,
  'from-port': texts,
  output: { ...text, short: 'o' },
  server: text,
  'print-node-name': toggle,
} as const;
type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];

/** `hubble` in the agent's container: what its node has seen. */
export const hubble: Program = (io, context) => {
  const { machine } = context;
  if (!agentRunning(machine) || !isTrue(runningConfig(machine) ?? {}, 'enable-hubble')) {
    io.stderr(
      'failed getting status: rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix /var/run/cilium/hubble.sock: connect: no such file or directory"\n',
    );
    return 1;
  }
  let parsed;
  try {
    parsed = parseArgs({ args: [...io.argv.slice(1)], options, allowPositionals: true });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    io.stderr(`${error.message}\nSee 'hubble help observe' for usage.\n`);
    return 1;
  }
  const [command] = parsed.positionals;
  if (command === 'status') return status(io, context);
  if (command === 'observe') return observe(io, context, parsed.values);
  io.stderr(`Error: unknown command "${command ?? ''}" for "hubble"\nRun 'hubble --help' for usage.\n`);
  return 1;
};

const thousands = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

function status(io: ProgramIo, { network, machine, clock }: ContainerContext): number {
  const { events } = network.flows.counts(machine.name);
  const first = network.flows.of(machine.name)[0]?.at;
  const seconds = first === undefined ? 0 : Math.max(1, (clock.now() - first) / 1000);
  io.stdout(
    [
      'Healthcheck (via unix:///var/run/cilium/hubble.sock): Ok',
      `Current/Max Flows: ${thousands(events)}/${thousands(ringCapacity)} (${((100 * events) / ringCapacity).toFixed(2)}%)`,
      `Flows/s: ${seconds === 0 ? '0.00' : (events / seconds).toFixed(2)}`,
      '',
    ].join('\n'),
  );
  return 0;
}

/** How often a following observer looks for more. */
const followMs = 100;

function observe(io: ProgramIo, context: ContainerContext, values: Values): number | Promise<number> {
  const { machine, clock } = context;
  const wanted = selection(values);
  let printed = -Infinity;
  let number = 0;
  const labels = nodeLabels(context);
  const print = (flows: readonly HubbleFlow[]) => {
    const { output = 'compact' } = values;
    if (output === 'tab' || output === 'table') io.stdout(tabLines(flows));
    else
      for (const flow of flows)
        io.stdout(
          output.startsWith('json')
            ? `${flowJson(flow, labels, number++)}\n`
            : output === 'dict'
              ? dictText(flow)
              : `${compactLine(flow)}\n`,
        );
    printed = Math.max(printed, ...flows.map(({ event }) => event.record.at));
  };
  const all = ringOf(context).filter(wanted);
  print(all.slice(-Number(values.last ?? (values.follow ? 0 : 20)) || all.length));
  if (!values.follow) return 0;
  printed = Math.max(printed, clock.now());
  const done = Promise.withResolvers<number>();
  const tick = () => {
    const more = ringOf(context, printed).filter(wanted);
    if (more.length > 0) print(more);
    cancel = clock.after(followMs, tick);
  };
  let cancel = clock.after(followMs, tick);
  const end = () => {
    cancel();
    done.resolve(agentRunning(machine) ? 0 : 1);
  };
  for (const signal of [io.signal, context.signal]) signal.addEventListener('abort', end, { once: true });
  return done.promise;
}

/** The node's ring in Hubble's terms, or what came after a moment. */
const ringOf = ({ network, machine, api }: ContainerContext, after = -Infinity): HubbleFlow[] => {
  const labels = new Map<number, readonly string[]>();
  const labelsOf = (identity: number): readonly string[] => {
    let list = labels.get(identity);
    if (!list) {
      const known = api.get(ciliumIdentities, undefined, String(identity))?.['security-labels'] ?? {};
      labels.set(identity, (list = Object.entries(known).map(([key, value]) => `${key}=${value}`)));
    }
    return list;
  };
  const records = network.flows.of(machine.name).filter(({ at }) => at > after);
  return records.flatMap((record) => {
    const ends = hubbleEnds(record, machine.name, labelsOf);
    // What neither end is Cilium's is not seen by its programs.
    if (record.client.identity === undefined && record.server.identity === undefined) return [];
    return eventsOf(record, machine.name).map((event) => ({ event, ...ends, node: machine.name }));
  });
};

const nodeLabels = ({ api, machine }: ContainerContext): string[] =>
  Object.entries(api.get(nodes, undefined, machine.name)?.metadata.labels ?? {}).map(([key, value]) => `${key}=${value}`);

type Test = (end: HubbleEnd) => boolean;

const podTest =
  (name: string): Test =>
  ({ namespace, pod }) => {
    const [first = '', second] = name.split('/');
    return second === undefined
      ? namespace === 'default' && pod?.startsWith(first) === true
      : namespace === first && pod?.startsWith(second) === true;
  };
const identityTest =
  (name: string): Test =>
  ({ identity, labels }) =>
    String(identity) === name || labels.includes(`reserved:${name}`);
const labelTest =
  (label: string): Test =>
  ({ labels }) =>
    labels.some((own) => own === label || own === `k8s:${label}` || own.replace(/^[^:]+:/, '').split('=')[0] === label);

/** What the flags choose: all kinds must agree, of one kind any value is enough. */
function selection(values: Values): (flow: HubbleFlow) => boolean {
  const tests: ((flow: HubbleFlow) => boolean)[] = [];
  const ends = (name: 'namespace' | 'pod' | 'label' | 'ip' | 'identity', make: (value: string) => Test) => {
    const any = (given: string[] | undefined, pick: (flow: HubbleFlow) => HubbleEnd[]) => {
      if (given) tests.push((flow) => pick(flow).some((end) => given.some((value) => make(value)(end))));
    };
    const from = ({ event, client, server }: HubbleFlow) => [event.reply ? server : client];
    const to = ({ event, client, server }: HubbleFlow) => [event.reply ? client : server];
    any(values[name], ({ client, server }) => [client, server]);
    any(values[`from-${name}`], from);
    any(values[`to-${name}`], to);
  };
  ends(
    'namespace',
    (value) =>
      ({ namespace }) =>
        namespace === value,
  );
  ends('pod', podTest);
  ends('label', labelTest);
  ends(
    'ip',
    (value) =>
      ({ ip }) =>
        ip === value,
  );
  ends('identity', identityTest);
  const { verdict, type, protocol, port } = values;
  if (verdict) tests.push(({ event }) => verdict.some((value) => value.toUpperCase() === (isDropped(event) ? 'DROPPED' : 'FORWARDED')));
  if (type) tests.push(({ event }) => type.some((value) => value === event.type || typeOf(event).startsWith(value)));
  if (protocol)
    tests.push(({ event: { record } }) =>
      protocol.some((value) => protocolIs(value.toUpperCase(), record.request.protocol ?? 'TCP', record.dns !== undefined)),
    );
  if (port) tests.push(({ client, server }) => port.some((value) => [client.port, server.port].includes(Number(value))));
  const sourcePorts = values['from-port'];
  if (sourcePorts) tests.push(({ event, client, server }) => sourcePorts.includes(String((event.reply ? server : client).port)));
  const targetPorts = values['to-port'];
  if (targetPorts) tests.push(({ event, client, server }) => targetPorts.includes(String((event.reply ? client : server).port)));
  return (flow) => tests.every((test) => test(flow));
}

const protocolIs = (wanted: string, protocol: string, dns: boolean): boolean =>
  wanted === protocol || (wanted === 'ICMPV4' && protocol === 'ICMP') || (wanted === 'DNS' && dns);
