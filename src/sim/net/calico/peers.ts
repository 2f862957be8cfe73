import { nodes } from '../../../kube/resources.ts';
import type { Node } from '../../../kube/types.ts';
import type { ApiClient } from '../../api/client.ts';
import { macOf, type FdbEntry, type KeptTables, type Neighbour, type Route } from '../devices.ts';
import { podMtu } from './plugin.ts';
import { blockAffinities } from './resources.ts';

export const vxlanDevice = 'vxlan.calico';
/** Route protocol of Felix's blackhole routes. */
export const felixProto = '80';
export const addressAnnotation = 'projectcalico.org/IPv4Address';
export const tunnelAnnotation = 'projectcalico.org/IPv4VXLANTunnelAddr';

/** Addresses that tunnelled packets may come from. */
export const peersIpset = 'cali40all-vxlan-net';

interface Peer {
  name: string;
  address: string;
  routes: readonly Route[];
  fdb: FdbEntry;
  neighbour: Neighbour;
}

interface World {
  peers: readonly Peer[];
  /** Blocks by node. */
  blocks: ReadonlyMap<string, readonly string[]>;
}

const worlds = new WeakMap<ApiClient, Peers>();

/** The nodes and their blocks as the Felix of each node sees them: read once for all of them when something has changed. */
export class Peers {
  readonly #api: ApiClient;
  #world: World | undefined;

  static of(api: ApiClient): Peers {
    let peers = worlds.get(api);
    if (!peers) worlds.set(api, (peers = new Peers(api)));
    return peers;
  }

  private constructor(api: ApiClient) {
    this.#api = api;
    const forget = () => void (this.#world = undefined);
    api.watch(nodes, ({ type, object, previous }) => {
      if (type !== 'MODIFIED' || !sameAddresses(object, previous)) forget();
    });
    api.watch(blockAffinities, forget);
  }

  /** What the Felix of a node writes about the others. */
  tablesOf(self: string): () => KeptTables {
    let made: { world: World; tables: KeptTables } | undefined;
    return () => {
      const world = (this.#world ??= this.#read());
      // Its own block is always there: where there is none, Calico's kinds are being deleted, and what stands is left standing.
      if (made && (made.world === world || world.blocks.size === 0)) return made.tables;
      const others = world.peers.filter(({ name }) => name !== self);
      const own = (world.blocks.get(self) ?? []).map((cidr): Route => ({ type: 'blackhole', destination: cidr, proto: felixProto }));
      const tables: KeptTables = {
        routes: [...own, ...others.flatMap(({ routes }) => routes)],
        fdb: others.map(({ fdb }) => fdb),
        neighbours: others.map(({ neighbour }) => neighbour),
        ipsets: [{ name: peersIpset, type: 'hash:net', members: others.map(({ address }) => address) }],
      };
      made = { world, tables };
      return tables;
    };
  }

  #read(): World {
    const blocks = new Map<string, string[]>();
    for (const { spec } of this.#api.list(blockAffinities)) blocks.set(spec.node, [...(blocks.get(spec.node) ?? []), spec.cidr]);
    const peers = this.#api.list(nodes).flatMap(({ metadata: { name, annotations } }): Peer[] => {
      const address = annotations?.[addressAnnotation]?.split('/')[0];
      const tunnel = annotations?.[tunnelAnnotation];
      if (!address || !tunnel) return [];
      const mac = macOf(`${name}/${vxlanDevice}`);
      const routes = (blocks.get(name) ?? []).map((cidr) => ({
        destination: cidr,
        via: tunnel,
        dev: vxlanDevice,
        onlink: true,
        mtu: podMtu,
      }));
      return [
        { name, address, routes, fdb: { mac, dev: vxlanDevice, dst: address }, neighbour: { address: tunnel, dev: vxlanDevice, mac } },
      ];
    });
    return { peers, blocks };
  }
}

const sameAddresses = (a: Node, b: Node | undefined): boolean =>
  [addressAnnotation, tunnelAnnotation].every((name) => a.metadata.annotations?.[name] === b?.metadata.annotations?.[name]);
