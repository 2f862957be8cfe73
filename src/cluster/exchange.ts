import type { PodTarget } from './cluster.ts';

/** Which exchanges of a pod are asked about: its requests to a host and port as it named them. */
export interface ExchangeQuery extends PodTarget {
  host: string;
  port: number;
  /** Cluster time, milliseconds. */
  since: number;
}

/** One request of a pod, as the network saw it. */
export interface Exchange {
  /** Cluster time, milliseconds. */
  at: number;
  answered: boolean;
  /** What decided: `dropped by policy, ingress of shop/db (cilium), …`. */
  why: string;
}
