import type { Machine } from '../../node/machine.ts';
import { contains, parseAddress, parseCidr, type Cidr } from '../ipv4.ts';

/** Another node as Cilium's ipcache knows it. */
export interface Peer {
  podCidr: string;
  /** The node's InternalIP: where the tunnel ends. */
  node: string;
  /** Its cilium_host. */
  host: string;
}

/** What Cilium's BPF programs and maps on a node do; it outlives the agent, and ends with a reboot. */
export interface Datapath {
  podCidr: string;
  /** Address of cilium_host. */
  host: string;
  tunnel: 'vxlan' | 'geneve' | 'disabled';
  tunnelPort: number;
  deviceMode: 'veth' | 'netkit';
  kubeProxyReplacement: boolean;
  /** Of the devices that the agent finds: 1450 where Calico's VXLAN device is among them, 1500 otherwise. */
  mtu: number;
  peers: readonly Peer[];
}

/** VXLAN's headers over IPv4: outer Ethernet, IP, UDP, VXLAN. */
export const tunnelOverhead = 50;

/** What routes of pods and to other nodes leave for a packet (recorded beside Calico: 1400). */
export const routeMtu = ({ mtu, tunnel }: Datapath): number => (tunnel === 'disabled' ? mtu : mtu - tunnelOverhead);

const slot = 'cilium.datapath';

export const datapathOf = (machine: Machine): Datapath | undefined => machine.kernel.get<Datapath>(slot);

export const setDatapath = (machine: Machine, datapath: Datapath | undefined): void => machine.kernel.set(slot, datapath);

interface Compiled {
  own: Cidr;
  peers: { cidr: Cidr; peer: Peer }[];
  answers: Map<string, Peer | undefined>;
}

const compiled = new WeakMap<Datapath, Compiled>();

const compile = (datapath: Datapath): Compiled => {
  let entry = compiled.get(datapath);
  if (!entry) {
    const peers = datapath.peers.map((peer) => ({ cidr: parseCidr(peer.podCidr), peer }));
    entry = { own: parseCidr(datapath.podCidr), peers, answers: new Map() };
    compiled.set(datapath, entry);
  }
  return entry;
};

/** Whether the address is one of the node's own pod CIDR. */
export const isOwn = (datapath: Datapath, address: string): boolean => {
  const value = parseAddress(address);
  return value !== undefined && contains(compile(datapath).own, value);
};

/** The node whose pod CIDR holds the address. */
export const peerOf = (datapath: Datapath, address: string): Peer | undefined => {
  const { answers, peers } = compile(datapath);
  if (answers.has(address)) return answers.get(address);
  const value = parseAddress(address);
  const found = value === undefined ? undefined : peers.find(({ cidr }) => contains(cidr, value))?.peer;
  if (answers.size >= 4096) answers.clear();
  answers.set(address, found);
  return found;
};
