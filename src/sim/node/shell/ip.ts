import { addressLines, briefAddress, fdbLine, iptablesSave, linkLines, neighbourLine, routeLine } from '../../net/device-text.ts';
import { fdb, ipsets, iptables, links, neighbours, routes, type IptablesRules, type Link, type Route } from '../../net/devices.ts';
import { routingTable } from '../../net/routing-table.ts';
import type { ProgramIo } from '../image.ts';
import type { Machine } from '../machine.ts';

/** A program that looks at the node's kernel. */
export type NodeProgram = (io: ProgramIo, machine: Machine) => number | Promise<number>;

const print = (io: ProgramIo, lines: readonly string[]): number => {
  if (lines.length > 0) io.stdout(`${lines.join('\n')}\n`);
  return 0;
};

/** `ip [-br|-4|-d|-o|-j] addr|link|route|neigh|rule [show] [dev DEV | DEV]` */
const ip: NodeProgram = (io, machine) => {
  const flags = io.argv.slice(1).filter((w) => w.startsWith('-'));
  const [object = '', ...rest] = io.argv.slice(1).filter((w) => !w.startsWith('-'));
  const words = rest.filter((w) => w !== 'show' && w !== 'list' && w !== 'ls');
  const device = words[0] === 'dev' ? words[1] : undefined;
  const brief = flags.some((f) => f === '-br' || f === '-brief');
  const json = flags.some((f) => f === '-j' || f === '-json');
  const is = (name: string) => object !== '' && name.startsWith(object);
  if (is('link') && (words[0] ?? '').startsWith('del')) return linkDelete(io, machine, words.filter((w) => w !== 'dev')[1] ?? '');
  if (is('route') && /^(del|flush)/.test(words[0] ?? '')) return routeDelete(io, machine, words.slice(1));
  if (is('address') || is('link')) {
    const name = device ?? words[0];
    const all = links.of(machine);
    const chosen = name ? all.filter((link) => link.name === name) : all;
    if (name && chosen.length === 0) {
      io.stderr(`Device "${name}" does not exist.\n`);
      return 1;
    }
    if (json) return print(io, [JSON.stringify(chosen.map((link) => asJson(link, all.indexOf(link) + 1)))]);
    if (brief) return print(io, chosen.map(is('address') ? briefAddress : briefLink));
    const details = flags.some((f) => f === '-d' || f === '-details');
    return print(
      io,
      chosen.flatMap((link) =>
        is('address') ? addressLines(link, all.indexOf(link) + 1) : linkLines(link, all.indexOf(link) + 1, details),
      ),
    );
  }
  if (is('route')) {
    if (words[0] === 'get') return routeGet(io, machine, words[1]);
    return print(
      io,
      routes
        .of(machine)
        .filter((route) => !device || route.dev === device)
        .map(routeLine),
    );
  }
  if (is('neighbour') || is('neighbor'))
    return print(
      io,
      neighbours
        .of(machine)
        .filter((n) => !device || n.dev === device)
        .map(neighbourLine),
    );
  if (is('rule')) return print(io, ['0:\tfrom all lookup local', '32766:\tfrom all lookup main', '32767:\tfrom all lookup default']);
  io.stderr(`Object "${object}" is unknown, try "ip help".\n`);
  return 1;
};

const briefLink = (link: Link): string =>
  `${(link.peer ? `${link.name}@${link.peer}` : link.name).padEnd(16)} ${link.state.padEnd(14)} ${link.mac ?? '00:00:00:00:00:00'}`;

const asJson = (link: Link, index: number) => ({
  ifindex: index,
  ifname: link.name,
  ...(link.peer && { link: link.peer }),
  mtu: link.mtu,
  operstate: link.state,
  ...(link.mac && { address: link.mac }),
  addr_info: link.addresses.map((a) => ({
    family: a.includes(':') ? 'inet6' : 'inet',
    local: a.split('/')[0],
    prefixlen: Number(a.split('/')[1]),
  })),
});

/** `ip route get ADDRESS`: the route that the kernel would take. */
function routeGet(io: ProgramIo, machine: Machine, address: string | undefined): number {
  const route: Route | undefined = address ? routingTable(machine).route(address) : undefined;
  if (!address || !route || route.type === 'blackhole') {
    io.stderr(route ? 'RTNETLINK answers: Invalid argument\n' : 'RTNETLINK answers: Network is unreachable\n');
    return 2;
  }
  const via = route.via ? ` via ${route.via}` : '';
  const lines = [
    `${address}${via} dev ${route.dev ?? ''} src ${route.src ?? machine.address} uid 0`,
    `    cache${route.mtu ? ` mtu ${route.mtu}` : ''}`,
  ];
  return print(io, lines);
}

function linkDelete(io: ProgramIo, machine: Machine, name: string): number {
  const link = links.find(machine, name);
  if (!link) {
    io.stderr(`Cannot find device "${name}"\n`);
    return 1;
  }
  if (name === 'lo' || name === 'eth0') {
    io.stderr('RTNETLINK answers: Operation not supported\n');
    return 2;
  }
  links.remove(machine, name);
  return 0;
}

/** `ip route del [blackhole] DESTINATION [dev DEV]`, `ip route flush dev DEV | proto N | type blackhole` */
function routeDelete(io: ProgramIo, machine: Machine, words: readonly string[]): number {
  const after = (key: string) => (words.includes(key) ? words[words.indexOf(key) + 1] : undefined);
  const [dev, proto, type] = [after('dev'), after('proto'), after('type') ?? (words.includes('blackhole') ? 'blackhole' : undefined)];
  const destination = words.find((w) => /^(default|\d+(\.\d+){3}(\/\d+)?)$/.test(w) && w !== proto);
  if (![dev, proto, type, destination].some(Boolean)) {
    io.stderr('"ip route" requires arguments.\n');
    return 255;
  }
  const chosen = (route: Route) =>
    (!dev || route.dev === dev) &&
    (!proto || route.proto === proto) &&
    (!type || route.type === type) &&
    (!destination || route.destination === destination);
  if (!routes.of(machine).some(chosen)) {
    io.stderr('RTNETLINK answers: No such process\n');
    return 2;
  }
  routes.replace(machine, chosen, []);
  return 0;
}

const iptablesSaveProgram =
  (backend: 'nft' | 'legacy'): NodeProgram =>
  (io, machine) => {
    const other = backend === 'nft' ? 'legacy' : 'nft';
    if (backend === 'nft' && iptablesSave(iptables.of(machine), other).length > 0)
      io.stderr(`# Warning: iptables-legacy tables present, use iptables-legacy-save to see them\n`);
    return print(io, iptablesSave(iptables.of(machine), backend));
  };

const ownerOf = (line: string): IptablesRules['owner'] => (/\bcali/.test(line) ? 'cali' : /CILIUM/.test(line) ? 'CILIUM' : 'KUBE');

/** `iptables-save | grep -v cali | iptables-restore`: what comes in takes the place of what is there. */
const iptablesRestoreProgram =
  (backend: 'nft' | 'legacy'): NodeProgram =>
  async (io, machine) => {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of io.stdin ?? []) text += decoder.decode(chunk, { stream: true });
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    const owners = [...new Set(lines.map(ownerOf))];
    const restored = owners.map((owner) => ({ owner, backend, lines: lines.filter((line) => ownerOf(line) === owner) }));
    iptables.set(machine, [...iptables.of(machine).filter((rules) => rules.backend !== backend), ...restored]);
    return 0;
  };

/** `ipset list [-n] [NAME]` and `ipset destroy [NAME]` */
const ipset: NodeProgram = (io, machine) => {
  const words = io.argv.slice(1).filter((w) => !w.startsWith('-'));
  const namesOnly = io.argv.includes('-n') || io.argv.includes('-name');
  const [command, name] = words;
  const all = ipsets.of(machine);
  if (name && !all.some((set) => set.name === name)) {
    io.stderr('ipset v7.17: The set with the given name does not exist\n');
    return 1;
  }
  const chosen = name ? all.filter((set) => set.name === name) : all;
  if (command === 'destroy' || command === 'x') {
    ipsets.set(
      machine,
      all.filter((set) => !chosen.includes(set)),
    );
    return 0;
  }
  return print(
    io,
    namesOnly
      ? chosen.map((set) => set.name)
      : chosen.flatMap((set) => [
          `Name: ${set.name}`,
          `Type: ${set.type}`,
          `Number of entries: ${set.members.length}`,
          'Members:',
          ...set.members,
          '',
        ]),
  );
};

/** `bridge fdb show [dev DEV]` */
const bridge: NodeProgram = (io, machine) => {
  const device = io.argv[io.argv.indexOf('dev') + 1];
  return print(
    io,
    fdb
      .of(machine)
      .filter((entry) => !io.argv.includes('dev') || entry.dev === device)
      .map(fdbLine),
  );
};

/** What looks at, and cleans up, a node's kernel. */
export const kernelPrograms: Readonly<Record<string, NodeProgram>> = {
  ip,
  bridge,
  ipset,
  'iptables-restore': iptablesRestoreProgram('nft'),
  'iptables-nft-restore': iptablesRestoreProgram('nft'),
  'iptables-legacy-restore': iptablesRestoreProgram('legacy'),
  'iptables-save': iptablesSaveProgram('nft'),
  'iptables-nft-save': iptablesSaveProgram('nft'),
  'iptables-legacy-save': iptablesSaveProgram('legacy'),
};
