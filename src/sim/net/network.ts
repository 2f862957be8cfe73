import type { Cancel } from '../../base/clock.ts';
import type { FlowLog } from './flows/flow-log.ts';
import type { PolicyStep, PolicyView } from './policy/enforcement.ts';

/** Who owns an end of a connection. `host` is a node's own network namespace. */
export type CniName = 'calico' | 'cilium' | 'netkit' | 'ptp' | 'host';

/** A pod's network namespace, as the kubelet made it. */
export interface Sandbox {
  podUid: string;
  namespace: string;
  pod: string;
  node: string;
  ip: string;
  /** Whose plugin answered CNI ADD; `host` for hostNetwork. */
  cni: CniName;
  /** The host's end, as cali68e1becff1b or lxc43a4a599dc57; '' for hostNetwork. */
  device: string;
}

export interface Request {
  /** `GET`, or '' for a bare connection. */
  method: string;
  path: string;
  host: string;
  /** The client's address as the server sees it. */
  source: string;
  /** What a POST brings. */
  body?: string;
}

export interface Answer {
  status: number;
  body: string;
  headers: Record<string, string>;
}

/** What a client sends over a connection beyond the method and path that it was opened for; header names in lower case. */
export interface Sent {
  headers: Readonly<Record<string, string>>;
  body: string;
  signal: AbortSignal;
}

export interface Listener {
  protocol?: 'TCP' | 'UDP';
  /** Answers one request; a bare TCP connection gets no answer asked. */
  serve?(request: Request): { status: number; body: string; headers?: Record<string, string> };
  /** Of UDP: the answer to a datagram from that address; undefined where it stays silent. */
  datagram?(text: string, source: string): string | undefined;
  /** Answers over TLS and in its own time, as the API server; `serve` is then what a probe sees. */
  answer?(request: Request, sent: Sent): Promise<Answer>;
}

/** Where a connection starts: a pod's sandbox, a node's own namespace, or outside the cluster. */
export type Origin = { podUid: string } | { node: string } | { outside: string };

export interface ConnectRequest {
  from: Origin;
  /** An address, or a name that is resolved as the origin would (search domains, ndots, CoreDNS). */
  host: string;
  port: number;
  protocol?: 'TCP' | 'UDP' | 'SCTP' | 'ICMP';
  /** Of an ICMP packet: 8 and 0, an echo request, by default. */
  icmp?: { type: number; code: number };
  /** The client's own port; one of the ephemeral ones by default. The same one again goes on with the connection that it has. */
  sourcePort?: number;
  /** Bytes of IP packet to carry without fragments (ping -M do -s). */
  size?: number;
  http?: { method: string; path: string; headers?: Record<string, string>; body?: string };
  /** What a UDP client sends. */
  datagram?: string;
}

export type Outcome =
  | 'connected'
  /** RST: nobody listens there. */
  | 'refused'
  /** No answer: dropped on the way. */
  | 'timeout'
  /** ICMP unreachable, or no endpoint behind the service. */
  | 'unreachable'
  /** The name has no answer (NXDOMAIN). */
  | 'unresolved'
  /** The name server did not answer. */
  | 'resolve-timeout'
  /** Larger than the path's MTU. */
  | 'too-big';

export interface ConnectResult {
  outcome: Outcome;
  /** Why, for a person: `no route to 10.245.1.0/24 on kindlab-worker2`. Simulated, like every verdict here. */
  reason: string;
  /** The address that the name resolved to, before service translation. */
  address?: string;
  /** The end that answered or would have. */
  destination?: { ip: string; port: number; podUid?: string; node?: string };
  /** The client's address as the destination sees it. */
  source?: string;
  ttl?: number;
  /** What each policy on the way said; the last one where it was dropped. Left out where none is enforced. */
  policy?: readonly PolicyStep[];
  latencyMs: number;
  response?: Answer;
  /** What came back to a datagram. */
  datagram?: string;
  /** Where the listener answers over TLS: sends the request. */
  answer?: (sent: Sent) => Promise<Answer>;
  /** One line a hop. */
  trace: string[];
}

export interface Attempt {
  request: ConnectRequest;
  result: ConnectResult;
}

/** What a name lookup at this moment would bring, as `getent hosts` or nslookup show it. */
export interface Resolution {
  outcome: 'resolved' | 'unresolved' | 'resolve-timeout';
  reason: string;
  /** The name that had the answer, fully qualified. */
  name: string;
  addresses: readonly string[];
  /** Address of the name server that was asked. */
  server: string;
  latencyMs: number;
}

export interface Network {
  /** Decides at once what a connection at this moment would see. */
  connect(request: ConnectRequest): ConnectResult;
  resolve(from: Origin, name: string): Resolution;
  /** Tells every `connect`, also what got no further than its name. */
  onAttempt(listener: (attempt: Attempt) => void): Cancel;
  /** What was sent lately, by node, for checks, the TUI and the tools that show flows. */
  readonly flows: FlowLog;
  readonly policies: PolicyView;
}

/** What the kubelets tell the network: sandboxes that exist, and what listens in them. */
export interface SandboxTable {
  byUid(podUid: string): Sandbox | undefined;
  /** hostNetwork pods are found by their node's address and port. */
  byIp(ip: string): Sandbox | undefined;
  all(): Iterable<Sandbox>;
  /** What listens on a port of a sandbox (or of a node's namespace, by `node:NAME`). */
  listener(owner: string, port: number, protocol: 'TCP' | 'UDP'): Listener | undefined;
}

export { createNetwork, type NetworkOptions } from './create-network.ts';
