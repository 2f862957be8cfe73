import type { ContainerContext, ProgramIo } from '../../node/image.ts';
import { eventsOf } from '../flows/events.ts';
import type { FlowRecord } from '../flows/record.ts';
import { ciliumClusterwideNetworkPolicies, ciliumNetworkPolicies } from '../policy/kinds.ts';
import { hubbleEnds, type HubbleEnd } from './hubble-ends.ts';
import { dropReason } from './hubble-text.ts';

/** `cilium-dbg policy get`: the rules as the agent holds them, and their revision. */
export const policyText = ({ api, network, machine }: ContainerContext): string => {
  const enforced =
    network.policies.snapshot(machine, 'cilium')?.policies.cilium.policies.filter(({ invalid }) => invalid === undefined) ?? [];
  const rules = enforced.flatMap(({ origin }) => {
    const resource = origin.kind === 'CiliumNetworkPolicy' ? ciliumNetworkPolicies : ciliumClusterwideNetworkPolicies;
    const object = api.get(resource, origin.namespace, origin.name);
    if (!object) return [];
    const labels = [
      { key: 'io.cilium.k8s.policy.derived-from', value: origin.kind, source: 'k8s' },
      { key: 'io.cilium.k8s.policy.name', value: origin.name, source: 'k8s' },
      ...(origin.namespace ? [{ key: 'io.cilium.k8s.policy.namespace', value: origin.namespace, source: 'k8s' }] : []),
      { key: 'io.cilium.k8s.policy.uid', value: object.metadata.uid, source: 'k8s' },
    ];
    const { spec, specs } = object as { spec?: object; specs?: object[] };
    return [...(spec ? [spec] : []), ...(specs ?? [])].map((rule) => ({ ...rule, labels }));
  });
  return `${JSON.stringify(rules, null, 2)}\nRevision: ${network.policies.revision}\n`;
};

const address = ({ ip, port }: HubbleEnd): string => (port === 0 ? ip : `${ip}:${port}`);

const dropLine = (record: FlowRecord, node: string): string[] => {
  const { client, server } = hubbleEnds(record, node, () => []);
  const protocol = (record.request.protocol ?? 'TCP').toLowerCase();
  return eventsOf(record, node)
    .filter(({ type }) => type === 'drop')
    .map((event) => {
      const endpoint = event.step?.direction === 'ingress' ? server.endpoint : client.endpoint;
      const flow = `identity ${client.identity}->${server.identity}: ${address(client)} -> ${address(server)} ${protocol} ${event.flags.join(', ')}`;
      return `xx drop (${dropReason(event).text}) flow 0x0 to endpoint ${endpoint ?? 0}, ifindex 12, file bpf_lxc.c:2121, , ${flow}\n`;
    });
};

const everyMs = 100;

/** `cilium-dbg monitor --type drop`: prints until it is interrupted. */
export const monitorDrops = (io: ProgramIo, { network, machine, clock, signal }: ContainerContext): Promise<number> => {
  io.stdout('Listening for events on 2 CPUs with 64x4096 of shared memory\nPress Ctrl-C to quit\n');
  let printed = clock.now();
  const done = Promise.withResolvers<number>();
  const tick = () => {
    const fresh = network.flows.of(machine.name).filter(({ at }) => at > printed);
    for (const record of fresh) {
      printed = Math.max(printed, record.at);
      for (const line of dropLine(record, machine.name)) io.stdout(line);
    }
    cancel = clock.after(everyMs, tick);
  };
  let cancel = clock.after(everyMs, tick);
  const end = () => {
    cancel();
    done.resolve(0);
  };
  for (const each of [io.signal, signal]) each.addEventListener('abort', end, { once: true });
  return done.promise;
};
