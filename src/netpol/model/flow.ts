import type { Cidr } from './address.ts';
import type { ClusterNode, Engine, Pod } from './cluster.ts';
import type { Origin } from './policies.ts';

/** A connection that is asked about, as people and recorded cases write it. */
export interface Flow {
  /** `namespace/pod`, `node-NAME`, `out`, `out:ADDRESS`, `kubelet`, or an address. */
  readonly from: string;
  /** The same, or `svc-NAME`, `svc-NAMESPACE/NAME`. */
  readonly to: string;
  /** Lower case: tcp, udp, sctp, icmp, or a number. */
  readonly protocol: string;
  /** For icmp the type. */
  readonly port: number;
  readonly icmpCode?: number;
  readonly sourcePort?: number;
}

/** One end of a connection as the enforcing node sees it, after every address translation on the way. */
export type Peer =
  | { readonly kind: 'pod'; readonly pod: Pod; readonly address: Cidr }
  | { readonly kind: 'node'; readonly node: ClusterNode; readonly address: Cidr }
  | { readonly kind: 'world'; readonly address: Cidr };

export type Direction = 'ingress' | 'egress';

/** One place where a policy is enforced on a connection. */
export interface Leg {
  readonly engine: Engine;
  readonly direction: Direction;
  readonly subject: { readonly kind: 'pod'; readonly pod: Pod } | { readonly kind: 'node'; readonly node: ClusterNode };
  readonly peer: Peer;
  /** The other end of what the subject, a node, only forwards. */
  readonly forwarded?: Peer;
  readonly protocol: string;
  readonly port: number;
  readonly icmpCode: number;
  readonly sourcePort: number;
}

export type Verdict = 'allow' | 'deny';

/** Why one leg was decided as it was. */
export interface Step {
  readonly verdict: Verdict;
  /** `ingress of a/srv (calico), from node w2 at 192.168.187.128`. */
  readonly at: string;
  readonly why: string;
  /** What decided, where it was a rule or a policy. */
  readonly by?: Origin;
  /** By what Cilium's map decided, as Hubble shows it; left out where it looks nothing up. */
  readonly match?: 'none' | 'L3-Only' | 'L4-Only' | 'L3-L4' | 'all';
}

export interface Outcome {
  readonly verdict: Verdict;
  readonly trace: readonly Step[];
}
