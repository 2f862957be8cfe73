import { nodes, pods } from '../../../kube/resources.ts';
import type { ApiClient } from '../../api/client.ts';
import type { Machine } from '../../node/machine.ts';
import { fdb, ipsets, keepTables, links, macOf, neighbours, routes, setRules, type Link } from '../devices.ts';
import { podMtu } from './plugin.ts';
import { felixRules } from './felix-rules.ts';
import { Ipam } from './ipam.ts';
import { addressAnnotation, felixProto, Peers, peersIpset, tunnelAnnotation, vxlanDevice } from './peers.ts';
import { blockAffinities, ipPools } from './resources.ts';

const vxlanPort = 4789;
const vxlanId = 4096;

/** In the kernel's slots while Felix works: what `calico-node -felix-ready` asks. */
const readySlot = 'calico.felix-ready';
export const felixReady = (machine: Machine): boolean => machine.kernel.get(readySlot) === true;
export const setFelixReady = (machine: Machine, ready: boolean): void => machine.kernel.set(readySlot, ready || undefined);

/** Programs a node's VXLAN device, routes, ipsets and rules from what the API says; what it wrote stays when it ends. */
export class Felix {
  readonly #machine: Machine;
  readonly #api: ApiClient;
  readonly #ipam: Ipam;

  constructor(machine: Machine, api: ApiClient, random: () => number) {
    this.#machine = machine;
    this.#api = api;
    this.#ipam = new Ipam(api, random);
  }

  /** Whether the VXLAN device stands on another address than the node's annotation: then it has to be set up anew. */
  get moved(): boolean {
    const local = links.find(this.#machine, vxlanDevice)?.vxlan?.local;
    return local !== undefined && local !== this.#ownAddress();
  }

  /** Puts the device on the node's present address, `up` or not yet. */
  placeTunnel(up: boolean): void {
    const address = this.#ownAddress();
    const tunnel = this.#api.get(nodes, undefined, this.#machine.name)?.metadata.annotations?.[tunnelAnnotation];
    const parent = links.of(this.#machine).find((link) => link.addresses.some((own) => own.startsWith(`${address}/`)));
    if (!address || !tunnel || !parent) return;
    const link: Link = {
      name: vxlanDevice,
      kind: 'vxlan',
      state: up ? 'UNKNOWN' : 'DOWN',
      mtu: podMtu,
      mac: macOf(`${this.#machine.name}/${vxlanDevice}`),
      addresses: [`${tunnel}/32`],
      vxlan: { id: vxlanId, local: address, dev: parent.name, dstport: vxlanPort },
    };
    links.put(this.#machine, link);
  }

  /** From now on routes, FDB and neighbours follow the other nodes; what stands there is replaced. */
  follow(): void {
    const machine = this.#machine;
    routes.replace(machine, (route) => route.dev === vxlanDevice || route.proto === felixProto, []);
    fdb.set(
      machine,
      fdb.of(machine).filter((entry) => entry.dev !== vxlanDevice),
    );
    neighbours.set(
      machine,
      neighbours.of(machine).filter((entry) => entry.dev !== vxlanDevice),
    );
    ipsets.set(
      machine,
      ipsets.of(machine).filter((set) => !set.name.startsWith('cali40')),
    );
    keepTables(machine, Peers.of(this.#api).tablesOf(machine.name));
  }

  /** Sets and rules as the API has them now. */
  sync(): void {
    if (this.#isOrphaned) return;
    const machine = this.#machine;
    const pools = this.#api.list(ipPools);
    const cidrs = (list: typeof pools) => list.map((pool) => pool.spec.cidr);
    const own = links
      .of(machine)
      .flatMap((link) => link.addresses.filter((address) => !address.includes(':')).map((a) => a.split('/')[0]!));
    const wanted = [
      { name: 'cali40this-host', type: 'hash:ip', members: own },
      { name: 'cali40network-ip-pools', type: 'hash:net', members: cidrs(pools) },
      { name: 'cali40masq-ipam-pools', type: 'hash:net', members: cidrs(pools.filter((pool) => pool.spec.natOutgoing)) },
      { name: 'cali40dscp-src-net', type: 'hash:net', members: [] },
    ];
    const ofOthers = ipsets.of(machine).filter(({ name }) => !name.startsWith('cali40') || name === peersIpset);
    ipsets.set(machine, [...ofOthers, ...wanted]);
    this.syncWorkloads();
  }

  /** The rules of the pods that are here now. */
  syncWorkloads(): void {
    if (this.#isOrphaned) return;
    const machine = this.#machine;
    const devices = new Set(links.of(machine).map((link) => link.name));
    const workloads = this.#api
      .list(pods, { fieldSelector: `spec.nodeName=${machine.name}` })
      .filter((pod) => !pod.spec?.hostNetwork && pod.status?.podIP && !['Succeeded', 'Failed'].includes(pod.status.phase ?? ''));
    const lines = felixRules(workloads, devices);
    setRules(machine, { owner: 'cali', backend: 'nft', lines });
  }

  /** Its own block is always there: without any, Calico's kinds are being deleted, and what stands is left standing. */
  get #isOrphaned(): boolean {
    return this.#api.list(blockAffinities).length === 0;
  }

  #ownAddress(): string | undefined {
    return this.#api.get(nodes, undefined, this.#machine.name)?.metadata.annotations?.[addressAnnotation]?.split('/')[0];
  }

  /** The node's tunnel address, taken from its blocks once and kept. */
  tunnelAddress(): string | undefined {
    const { name } = this.#machine;
    const handle = `vxlan-tunnel-addr-${name}`;
    return (
      this.#ipam.addressOf(handle) ?? this.#ipam.assign(name, { handle_id: handle, secondary: { node: name, type: 'vxlanTunnelAddress' } })
    );
  }
}
