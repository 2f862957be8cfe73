import type { Pod } from '../../../kube/types.ts';
import { addressLines, briefAddress, fdbLine, iptablesSave, linkLines, neighbourLine, routeLine } from '../../net/device-text.ts';
import { fdb, ipsets, iptables, links, macOf, neighbours, routes, type Link, type Route } from '../../net/devices.ts';
import { routeTo } from './route-get.ts';
import type { Command, Host } from './command.ts';

/** A pod sees its own lo and eth0, and the way to its node; a node, and a hostNetwork pod, all of the node's. */
function devicesOf(host: Host): { links: readonly Link[]; routes: readonly Route[] } {
  const { machine } = host.kubelet;
  if (!('podUid' in host.origin)) return { links: links.of(machine), routes: routes.of(machine) };
  const pod: Pod | undefined = host.container?.pod();
  const own = pod && host.kubelet.workers.get(pod.metadata.uid)?.sandbox;
  if (!own || own.cni === 'host') return { links: links.of(machine), routes: routes.of(machine) };
  const end = links.find(machine, own.device);
  const mtu = end?.mtu ?? 1500;
  // Calico's pods go by a link-local address that its veth answers for, Cilium's by cilium_host's.
  const gateway =
    own.cni === 'calico' ? '169.254.1.1' : (links.find(machine, 'cilium_host')?.addresses[0]?.split('/')[0] ?? machine.address);
  const loopback = links.find(machine, 'lo')!;
  const eth0: Link = {
    name: 'eth0',
    kind: end?.kind ?? 'veth',
    peer: 'if8',
    state: 'UP',
    mtu,
    mac: macOf(own.podUid),
    addresses: [`${own.ip}/32`],
  };
  return {
    links: [loopback, eth0],
    routes: [
      { destination: 'default', via: gateway, dev: 'eth0' },
      { destination: gateway, dev: 'eth0', scope: 'link' },
    ],
  };
}

const objects = ['address', 'link', 'route', 'neighbour', 'rule'] as const;

/** iproute2: `ip [-br|-d] addr|link|route|neigh|rule [show] [dev DEV]`, `ip route get ADDRESS`. */
export const ip: Command = (args, host, io) => {
  const options = args.filter((arg) => arg.startsWith('-'));
  const [given = '', ...rest] = args.filter((arg) => !arg.startsWith('-'));
  const object = given && objects.find((name) => name.startsWith(given) || (given === 'neighbor' && name === 'neighbour'));
  if (!object) {
    io.err(given ? `Object "${given}" is unknown, try "ip help".\n` : 'Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }\n');
    return given ? 1 : 255;
  }
  const own = devicesOf(host);
  const dev = rest[rest.indexOf('dev') + 1] && rest.includes('dev') ? rest[rest.indexOf('dev') + 1] : undefined;
  const name =
    dev ??
    (object === 'address' || object === 'link'
      ? rest.find((word) => !['show', 'list', 'ls', 'dev', 'type', 'up'].includes(word))
      : undefined);
  const type = rest.includes('type') ? rest[rest.indexOf('type') + 1] : undefined;
  const shown = own.links.filter((link) => (type ? link.kind === type : !name || link.name === name));
  if (name && !type && shown.length === 0 && object !== 'route' && object !== 'neighbour') {
    io.err(`Device "${name}" does not exist.\n`);
    return 1;
  }
  if (object === 'route' && rest[0] === 'get') return routeTo(rest[1] ?? '', own, io);
  for (const line of linesOf(object, own, shown, host, options, name)) io.out(`${line}\n`);
  return 0;
};

function linesOf(
  object: (typeof objects)[number],
  own: ReturnType<typeof devicesOf>,
  shown: readonly Link[],
  host: Host,
  options: string[],
  dev?: string,
): string[] {
  const brief = options.some((option) => option === '-br' || option === '-brief');
  const details = options.some((option) => option === '-d' || option === '-details');
  const index = (link: Link) => own.links.indexOf(link) + 1;
  switch (object) {
    case 'address':
      return shown.flatMap((link) => (brief ? [briefAddress(link)] : addressLines(link, index(link))));
    case 'link':
      return shown.flatMap((link) =>
        brief ? [briefAddress({ ...link, addresses: [link.mac ?? '00:00:00:00:00:00'] })] : linkLines(link, index(link), details),
      );
    case 'route':
      return own.routes.filter((route) => !dev || route.dev === dev).map(routeLine);
    case 'neighbour':
      return 'node' in host.origin
        ? neighbours
            .of(host.kubelet.machine)
            .filter((entry) => !dev || entry.dev === dev)
            .map(neighbourLine)
        : [];
    case 'rule':
      return ['0:\tfrom all lookup local', '32766:\tfrom all lookup main', '32767:\tfrom all lookup default'];
  }
}

/** `bridge fdb show [dev DEV]`. */
export const bridge: Command = (args, host, io) => {
  const dev = args.includes('dev') ? args[args.indexOf('dev') + 1] : undefined;
  for (const entry of fdb.of(host.kubelet.machine)) if (!dev || entry.dev === dev) io.out(`${fdbLine(entry)}\n`);
  return 0;
};

/** What a node's iptables-nft and iptables-legacy hold; the plain name is the nft one, as Debian has it. */
export const iptablesCommands = Object.fromEntries(
  (['iptables-save', 'iptables-nft-save', 'iptables-legacy-save'] as const).map((name): [string, Command] => [
    name,
    (_args, host, io) => {
      const rules = iptables.of(host.kubelet.machine);
      const legacy = name === 'iptables-legacy-save';
      if (!legacy && rules.some(({ backend }) => backend === 'legacy'))
        io.err('# Warning: iptables-legacy tables present, use iptables-legacy-save to see them\n');
      for (const line of iptablesSave(rules, legacy ? 'legacy' : 'nft')) io.out(`${line}\n`);
      return 0;
    },
  ]),
);

/** `ipset list [-n|NAME]`. */
export const ipset: Command = (args, host, io) => {
  const [, wanted] = args.filter((arg) => !arg.startsWith('-'));
  const found = ipsets.of(host.kubelet.machine).filter(({ name }) => !wanted || name === wanted);
  if (wanted && found.length === 0) {
    io.err('ipset v7.17: The set with the given name does not exist\n');
    return 1;
  }
  const namesOnly = args.includes('-n') || args.includes('-name');
  for (const { name, type, members } of found)
    io.out(
      namesOnly
        ? `${name}\n`
        : `Name: ${name}\nType: ${type}\nNumber of entries: ${members.length}\nMembers:\n${members.map((member) => `${member}\n`).join('')}\n`,
    );
  return 0;
};
