import { deepEqual } from '../../kube/json.ts';
import type { Machine } from '../node/machine.ts';

/** A network device of a node, as `ip link` and `ip addr` show it. */
export interface Link {
  name: string;
  kind: 'loopback' | 'veth' | 'netkit' | 'vxlan';
  /** What stands behind the @: another device's name, or `if` and an index in another namespace. */
  peer?: string;
  state: 'UP' | 'DOWN' | 'UNKNOWN';
  mtu: number;
  mac?: string;
  /** With their prefix length, as `10.245.1.171/32`. */
  addresses: readonly string[];
  vxlan?: Vxlan;
}

export interface Vxlan {
  /** Undefined for a device whose VNI comes with each packet (`external`, as cilium_vxlan). */
  id?: number;
  /** Source address of the outer packet. */
  local?: string;
  /** Device that the outer packet leaves by. */
  dev?: string;
  dstport: number;
}

/** A line of `ip route`. */
export interface Route {
  type?: 'blackhole';
  /** `default`, a CIDR, or a bare address. */
  destination: string;
  via?: string;
  dev?: string;
  onlink?: boolean;
  proto?: string;
  scope?: 'link';
  src?: string;
  metric?: number;
  mtu?: number;
}

/** `bridge fdb`: behind which outer address a MAC lives. */
export interface FdbEntry {
  mac: string;
  dev: string;
  dst: string;
}

/** `ip neigh`. */
export interface Neighbour {
  address: string;
  dev: string;
  mac: string;
}

/** Rules that one program keeps in iptables; `save` prints them as iptables-save does. */
export interface IptablesRules {
  owner: 'cali' | 'CILIUM' | 'KUBE';
  backend: 'nft' | 'legacy';
  lines: readonly string[];
}

export interface Ipset {
  name: string;
  type: string;
  members: readonly string[];
}

/** A list in `machine.kernel`, replaced as a whole; empty after a boot. */
export interface KernelList<T> {
  of(machine: Machine): readonly T[];
  set(machine: Machine, items: readonly T[]): void;
}

const kernelList = <T>(name: string): KernelList<T> => {
  const none: readonly T[] = [];
  return {
    of: (machine) => machine.kernel.get<readonly T[]>(name) ?? none,
    set(machine, items) {
      // An equal list is not written: the machine would be stored anew, and every table made from it.
      if (!deepEqual(machine.kernel.get(name) ?? none, items)) machine.kernel.set(name, items);
    },
  };
};

/** What a program that runs on a node keeps there for every other node of the cluster. */
export interface KeptTables {
  routes: readonly Route[];
  fdb: readonly FdbEntry[];
  neighbours: readonly Neighbour[];
  ipsets: readonly Ipset[];
}

const kept = new WeakMap<Machine, () => KeptTables>();

/**
 * While the program runs, its tables are what `tables` says whenever somebody looks (the same object while nothing
 * changed): a thousand nodes that know a thousand others hold no million entries. `releaseTables` leaves in the
 * kernel what then stands there.
 */
export const keepTables = (machine: Machine, tables: () => KeptTables): void => void kept.set(machine, tables);

export const releaseTables = (machine: Machine): void => {
  const tables = kept.get(machine)?.();
  kept.delete(machine);
  if (!tables || !machine.running) return;
  madeRoutes.set(machine, [...madeRoutes.of(machine), ...tables.routes]);
  fdb.set(machine, [...fdb.of(machine), ...tables.fdb]);
  neighbours.set(machine, [...neighbours.of(machine), ...tables.neighbours]);
  ipsets.set(machine, [...ipsets.of(machine), ...tables.ipsets]);
};

/** A list with what is kept: `of` shows both, `set` stores only the rest. */
function withKept<Name extends keyof KeptTables>(name: Name, stored: KernelList<KeptTables[Name][number]>): typeof stored {
  type Item = KeptTables[Name][number];
  const cache = new WeakMap<Machine, { own: readonly Item[]; others: readonly Item[]; all: readonly Item[] }>();
  return {
    of(machine) {
      const others = kept.get(machine)?.()[name] as readonly Item[] | undefined;
      const own = stored.of(machine);
      if (!others?.length) return own;
      const hit = cache.get(machine);
      if (hit && hit.own === own && hit.others === others) return hit.all;
      const all = [...own, ...others];
      cache.set(machine, { own, others, all });
      return all;
    },
    set(machine, items) {
      const others = new Set<Item>(kept.get(machine)?.()[name] as readonly Item[] | undefined);
      stored.set(machine, others.size > 0 ? items.filter((item) => !others.has(item)) : items);
    },
  };
}

/** Devices that CNIs made; lo and eth0 are added by `links`. */
const madeLinks = kernelList<Link>('net.links');
const madeRoutes = kernelList<Route>('net.routes');
const standingRoutes = withKept('routes', madeRoutes);
export const fdb = withKept('fdb', kernelList<FdbEntry>('net.fdb'));
export const neighbours = withKept('neighbours', kernelList<Neighbour>('net.neighbours'));
export const iptables = kernelList<IptablesRules>('net.iptables');
/** Puts one program's rules in place of its old ones. */
export const setRules = (machine: Machine, rules: IptablesRules): void => {
  const before = iptables.of(machine);
  const known = before.some(({ owner }) => owner === rules.owner);
  iptables.set(machine, known ? before.map((other) => (other.owner === rules.owner ? rules : other)) : [...before, rules]);
};
export const ipsets = withKept('ipsets', kernelList<Ipset>('net.ipsets'));

/** The Docker network that Kind's nodes live in is a /16 with its gateway at .0.1. */
const dockerNetwork = (address: string) => {
  const [a, b] = address.split('.');
  return { cidr: `${a}.${b}.0.0/16`, gateway: `${a}.${b}.0.1` };
};

/** Docker's own address in the nodes' network. */
export const gatewayOf = (machine: Machine): string => dockerNetwork(machine.address).gateway;

/** A MAC address that stays the same for the same name. */
export const macOf = (name: string): string => {
  let hash = 0x811c9dc5;
  const bytes = [0x66];
  for (let i = 0; i < 5; i++) {
    for (const c of `${name}${i}`) hash = Math.imul(hash ^ c.charCodeAt(0), 0x01000193) >>> 0;
    bytes.push((hash >>> 13) & 0xff);
  }
  return bytes.map((b) => b.toString(16).padStart(2, '0')).join(':');
};

const loopback: Link = { name: 'lo', kind: 'loopback', state: 'UNKNOWN', mtu: 65536, addresses: ['127.0.0.1/8', '::1/128'] };

const cached = <Made, All>(build: (machine: Machine, made: Made) => All) => {
  const cache = new WeakMap<Machine, { made: Made; all: All }>();
  return (machine: Machine, made: Made): All => {
    const hit = cache.get(machine);
    if (hit && hit.made === made) return hit.all;
    const all = build(machine, made);
    cache.set(machine, { made, all });
    return all;
  };
};

const allLinks = cached((machine, made: readonly Link[]): readonly Link[] => [
  loopback,
  {
    name: 'eth0',
    kind: 'veth',
    peer: 'if15',
    state: 'UP',
    mtu: 1500,
    mac: macOf(`${machine.name}/eth0`),
    addresses: [`${machine.address}/16`],
  },
  ...made,
]);

const allRoutes = cached((machine, made: readonly Route[]): readonly Route[] => {
  const { cidr, gateway } = dockerNetwork(machine.address);
  const main: Route[] = [...made, { destination: cidr, dev: 'eth0', proto: 'kernel', scope: 'link', src: machine.address }];
  return [{ destination: 'default', via: gateway, dev: 'eth0' }, ...main.sort((a, b) => numeric(a.destination) - numeric(b.destination))];
});

const numeric = (destination: string): number =>
  destination
    .split('/')[0]!
    .split('.')
    .reduce((sum, part) => sum * 256 + Number(part), 0);

/** Every device of a node: lo, eth0, and what CNIs made. */
export const links = {
  of: (machine: Machine): readonly Link[] => allLinks(machine, madeLinks.of(machine)),
  find: (machine: Machine, name: string): Link | undefined => links.of(machine).find((link) => link.name === name),
  /** Adds the device, or replaces the one of that name in its place. */
  put(machine: Machine, link: Link): void {
    const made = madeLinks.of(machine);
    const known = made.some((other) => other.name === link.name);
    madeLinks.set(machine, known ? made.map((other) => (other.name === link.name ? link : other)) : [...made, link]);
  },
  /** Removes the device and the routes through it. */
  remove(machine: Machine, name: string): void {
    const made = madeLinks.of(machine);
    if (made.some((link) => link.name === name))
      madeLinks.set(
        machine,
        made.filter((link) => link.name !== name),
      );
    routes.replace(machine, (route) => route.dev === name, []);
  },
};

/** The main routing table of a node, sorted as `ip route` prints it. */
export const routes = {
  of: (machine: Machine): readonly Route[] => allRoutes(machine, standingRoutes.of(machine)),
  /** Puts `wanted` in place of the routes that `owned` picks; writes nothing where that changes nothing. */
  replace(machine: Machine, owned: (route: Route) => boolean, wanted: readonly Route[]): void {
    const made = madeRoutes.of(machine);
    if (deepEqual(made.filter(owned), wanted)) return;
    madeRoutes.set(machine, [...made.filter((route) => !owned(route)), ...wanted]);
  },
};
