import type { Machine } from '../node/machine.ts';
import type { Sandbox } from './network.ts';

/** One end of a packet's way. */
export type Party =
  | { kind: 'pod'; machine: Machine; sandbox: Sandbox }
  | { kind: 'node'; machine: Machine }
  | { kind: 'outside'; address: string };

export interface Failure {
  outcome: 'timeout' | 'unreachable';
  reason: string;
  /** How long the client waits for it; undefined: until its own limit. */
  afterMs?: number;
}

/** The way of a packet through routes, tunnels and address translation. */
export interface Path {
  arrived?: Party;
  failure?: Failure;
  /** The sender's address as the receiver sees it. */
  source: string;
  /** Largest packet that passes whole. */
  mtu: number;
  /** How much of the TTL it cost. */
  hops: number;
  /** Times it crossed the wire between machines. */
  wires: number;
  /** Times it was wrapped in a tunnel. */
  tunnels: number;
  trace: string[];
}

/** Where packets can go; the network's own tables. */
export interface Underlay {
  sandboxByIp(ip: string): Sandbox | undefined;
  machineByAddress(address: string): Machine | undefined;
  machine(name: string): Machine | undefined;
  /** Whether something beyond the nodes' gateway has this address. */
  outside(address: string): boolean;
}

/** An end's own address, before anything rewrites it. */
export const addressOf = (party: Party): string =>
  party.kind === 'pod' ? party.sandbox.ip : party.kind === 'node' ? party.machine.address : party.address;
