import { addressLines, briefAddress, linkLines, routeLine } from '../../net/device-text.ts';
import { links, macOf, type Link, type Route } from '../../net/devices.ts';
import type { Command, CommandIo, Host } from './command.ts';

/** A pod sees lo, its end of the device that its CNI made, and the way out through the node. */
function devicesOf(host: Host): { links: readonly Link[]; routes: readonly Route[] } {
  const { machine } = host.kubelet;
  const sandbox = host.container && host.kubelet.workers.get(host.container.pod().metadata.uid)?.sandbox;
  const end = sandbox && links.find(machine, sandbox.device);
  // Calico's pods go by a link-local address that its veth answers for, Cilium's by cilium_host's.
  const gateway =
    sandbox?.cni === 'calico' ? '169.254.1.1' : (links.find(machine, 'cilium_host')?.addresses[0]?.split('/')[0] ?? machine.address);
  const eth0: Link = {
    name: 'eth0',
    kind: end?.kind ?? 'veth',
    peer: `if${links.of(machine).findIndex(({ name }) => name === sandbox?.device) + 1}`,
    state: 'UP',
    mtu: end?.mtu ?? 1500,
    mac: macOf(sandbox?.podUid ?? host.hostname),
    addresses: [`${host.address}/32`],
  };
  return {
    links: [links.find(machine, 'lo')!, eth0],
    routes: [
      { destination: 'default', via: gateway, dev: 'eth0' },
      { destination: gateway, dev: 'eth0', scope: 'link' },
    ],
  };
}

/** Only a container with the capability may; what it changes is not kept. */
function change(object: string, { container }: Host, io: CommandIo): number {
  const { privileged, capabilities } = container?.container.securityContext ?? {};
  if (privileged || capabilities?.add?.some((name) => name === 'NET_ADMIN' || name === 'ALL')) {
    io.err(`ip: ${object} cannot be changed in the simulation\n`);
    return 1;
  }
  io.err('ip: RTNETLINK answers: Operation not permitted\n');
  return 2;
}

/** `ip [-br] addr|link|route` in a pod's network namespace. */
export const podIp: Command = (args, host, io) => {
  const brief = args.some((arg) => arg === '-br' || arg === '-brief');
  const [object = '', ...rest] = args.filter((arg) => !arg.startsWith('-'));
  if (rest.some((word) => /^(?:add|set|del|delete|change|replace|flush)$/.test(word))) return change(object, host, io);
  const own = devicesOf(host);
  const wanted = rest.find((word) => own.links.some(({ name }) => name === word));
  const shown = own.links.filter(({ name }) => !wanted || name === wanted);
  const is = (name: string) => object !== '' && name.startsWith(object);
  const index = (link: Link) => own.links.indexOf(link) + 1;
  let lines: string[];
  if (is('address')) lines = shown.flatMap((link) => (brief ? [briefAddress(link)] : addressLines(link, index(link))));
  else if (is('link'))
    lines = shown.flatMap((link) =>
      brief ? [briefAddress({ ...link, addresses: [link.mac ?? '00:00:00:00:00:00'] })] : linkLines(link, index(link)),
    );
  else if (is('route')) lines = own.routes.map(routeLine);
  else if (is('neighbour') || is('rule')) lines = [];
  else {
    io.err(`Object "${object}" is unknown, try "ip help".\n`);
    return 1;
  }
  io.out(lines.map((line) => `${line}\n`).join(''));
  return 0;
};
