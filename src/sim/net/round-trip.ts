import type { Machine } from '../node/machine.ts';
import { datapathOf } from './cilium/datapath.ts';
import type { Sandbox } from './network.ts';
import { addressOf, type Failure, type Party, type Path, type Underlay } from './packet.ts';
import { walk } from './path.ts';

/** Asks the policies about a packet that has found its way; what it returns is why it was dropped. */
export type Check = (server: Party, source: string) => string | undefined;

export interface RoundTrip {
  path: Path;
  /** Where the packet went after translation. */
  address: string;
  port: number;
  server?: Party;
  /** TTL of the answer as the client sees it. */
  ttl?: number;
  failure?: Failure;
  /** An ICMP refusal on the way, as a service without endpoints sends. */
  refused?: string;
}

/** Linux's own TTL. */
const initialTtl = 64;
/** What Cilium's kube-proxy-less hairpin shows a pod that reaches itself through its service. */
const ciliumHairpin = '169.254.42.1';

/** Sends a packet and its answer: both ways must be open, and the narrower one gives the MTU. */
export const roundTrip = (underlay: Underlay, from: Party, address: string, port: number, check: Check): RoundTrip => {
  const self = loop(from, address);
  if (self) return { path: { ...self, trace: [`${name(from)} to itself`] }, address, port, server: from, ttl: initialTtl };
  const path = walk(underlay, from, address);
  path.trace.unshift(`${name(from)} (${addressOf(from)}) to ${address}:${port}`);
  const server = path.arrived;
  const trip: RoundTrip = { path, address, port, ...(server && { server }) };
  if (!server) return path.failure ? { ...trip, failure: path.failure } : trip;
  const denied = check(server, path.source);
  if (denied !== undefined) {
    path.trace.push(denied);
    return { ...trip, failure: { outcome: 'timeout', reason: denied } };
  }
  path.trace.push(`${name(server)} sees ${path.source}`);
  const back = walk(underlay, server, path.source, false);
  if (!back.arrived)
    return { ...trip, failure: { ...back.failure!, outcome: 'timeout', reason: `the answer is lost: ${back.failure!.reason}` } };
  const home = hopsHome(from, back.arrived);
  if (home === undefined)
    return { ...trip, failure: { outcome: 'timeout', reason: `the answer to ${path.source} ends at ${name(back.arrived)}` } };
  path.mtu = Math.min(path.mtu, back.mtu);
  path.wires += back.wires;
  path.tunnels += back.tunnels;
  return { ...trip, ttl: initialTtl - back.hops - home };
};

/** A connection that never leaves its own namespace: 127.0.0.1, or a pod to its own address, which hairpins. */
const loop = (from: Party, address: string): Path | undefined => {
  if (from.kind === 'outside') return undefined;
  const path = { arrived: from, source: address, mtu: 65536, hops: 0, wires: 0, tunnels: 0, trace: [] };
  if (address.startsWith('127.')) return path;
  if (from.kind !== 'pod' || address !== from.sandbox.ip) return undefined;
  return path;
};

/** A pod that reaches itself through its service sees a stand-in for its own address. */
export const hairpinSource = (machine: Machine, sandbox: Sandbox): string =>
  datapathOf(machine) && sandbox.cni !== 'calico' ? ciliumHairpin : machine.address;

/** What the last stretch costs: an answer to the client's node is translated back there and forwarded to the pod. */
const hopsHome = (client: Party, arrived: Party): number | undefined => {
  if (client.kind === 'pod' && arrived.kind === 'pod') return client.sandbox.podUid === arrived.sandbox.podUid ? 0 : undefined;
  if (client.kind === 'outside') return arrived.kind === 'outside' && arrived.address === client.address ? 0 : undefined;
  if (arrived.kind !== 'node' || arrived.machine !== client.machine) return undefined;
  if (client.kind === 'node') return 0;
  return client.sandbox.cni === 'cilium' || client.sandbox.cni === 'netkit' ? 2 : 1;
};

const name = (party: Party): string =>
  party.kind === 'pod'
    ? `${party.sandbox.namespace}/${party.sandbox.pod} on ${party.machine.name}`
    : party.kind === 'node'
      ? party.machine.name
      : `outside ${party.address}`;
