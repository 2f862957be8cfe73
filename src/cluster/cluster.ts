import type { Exchange, ExchangeQuery } from './exchange.ts';
import type { LogOptions } from './log-path.ts';

/** One change of one object, as the API server's watch tells it. */
export interface ObjectChange {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: KubeJson;
}

/** An object as JSON; what a backend returns is never changed by its reader. */
export interface KubeJson {
  apiVersion?: string;
  kind?: string;
  metadata?: {
    name?: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    creationTimestamp?: string;
    deletionTimestamp?: string;
  };
  [field: string]: unknown;
}

export interface CommandResult {
  stdout: string;
  stderr: string;
  exitCode: number;
}

export interface PodTarget {
  namespace: string;
  pod: string;
  container?: string | undefined;
}

/** Names an object or a collection by what a person writes in a manifest. */
export interface ObjectQuery {
  apiVersion: string;
  kind: string;
  namespace?: string | undefined;
  name?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
}

/** What differs between backends, said openly instead of tested for by name. */
export interface Capabilities {
  /** Results that a kernel would produce are computed, and screens say so. */
  simulated: boolean;
  /** `checkpoint`, `restore` work. */
  checkpoints: boolean;
  /** The cluster's time can be sped up. */
  clock: boolean;
}

/** A running cluster. A simulated and a real one look alike from here on up. */
export interface Cluster extends AsyncDisposable {
  readonly name: string;
  readonly backend: 'simulated' | 'kind';
  readonly capabilities: Capabilities;
  readonly kubeconfigPath: string;
  /** Undefined where the object, or its kind, does not exist. Throws KindlabError `cluster-unreachable`. */
  get(query: ObjectQuery & { name: string }, signal?: AbortSignal): Promise<KubeJson | undefined>;
  /** Empty where the kind does not exist. */
  list(query: ObjectQuery, signal?: AbortSignal): Promise<KubeJson[]>;
  /** Follows a collection until the signal is aborted; re-lists by itself after 410 or a broken connection, and when the kind comes to exist. */
  watch(query: ObjectQuery, onChange: (change: ObjectChange) => void, signal: AbortSignal): void;
  exec(
    target: PodTarget,
    command: readonly string[],
    options?: { timeoutMs?: number | undefined; signal?: AbortSignal | undefined; stdin?: string | undefined },
  ): Promise<CommandResult>;
  /** RFC 3339 timestamps stand before each line, as `kubectl logs --timestamps`. `previous` reads the container before its last restart. */
  logs(target: PodTarget, options?: LogOptions): Promise<string>;
  /** Runs a program on a node, as `docker exec NODE`. */
  nodeExec(
    node: string,
    command: readonly string[],
    options?: { timeoutMs?: number | undefined; signal?: AbortSignal | undefined },
  ): Promise<CommandResult>;
  /** The requests of a pod that the network remembers, oldest first; none where the backend keeps no such record. */
  exchanges(query: ExchangeQuery): Promise<Exchange[]>;
  /** The cluster's own time, milliseconds. */
  now(): number;
  /** Simulated milliseconds per real one (1 on a real cluster, where it cannot be set). */
  readonly clockSpeed: number;
  /** 0 lets the time stand still. */
  setClockSpeed(speed: number): void;
  /** Goes `ms` ahead at once, living through all that falls due on the way. */
  stepClock(ms: number, signal?: AbortSignal): Promise<void>;
  checkpoint(name: string): Promise<void>;
  /** Throws KindlabError `no-such-checkpoint`. */
  restore(name: string): Promise<void>;
  checkpoints(): Promise<string[]>;
  /** What the lab shell needs beside kubectl: names of the tools that the backend brings itself (`helm`, `cilium`, `docker`, `kind` when simulated). */
  readonly tools: readonly string[];
  runTool(name: string, io: ToolIo): Promise<number>;
}

export interface ToolIo {
  argv: readonly string[];
  stdin?: AsyncIterable<Uint8Array> | undefined;
  stdout(text: string): void;
  stderr(text: string): void;
  signal: AbortSignal;
  tty?: boolean;
  cwd?: string;
  env?: Record<string, string>;
}

/** What a cluster is made from; stored as cluster.json. */
export interface ClusterSpec {
  name: string;
  backend: 'simulated' | 'kind';
  cni: 'calico' | 'cilium' | 'netkit' | 'none';
  workers: number;
  /** Config under kind-configs/ without its ending; both backends read its topology and pod subnet. */
  kindConfig: string;
  /** YAML texts applied when the cluster stands. */
  manifests: readonly string[];
  /** Simulated: draws the same names, uids and addresses again. */
  seed?: number | undefined;
  /** Simulated: handed over with its time standing still. */
  paused?: boolean | undefined;
}

/** Provisioning, told as it goes. */
export type ProvisionEvent =
  | { type: 'started'; action: string; title: string }
  | { type: 'detail'; action: string; text: string }
  | { type: 'ended'; action: string; ms: number }
  | { type: 'failed'; action: string; message: string };

export interface OpenOptions {
  /** Folder of the cluster's own (0700); what is there is resumed. */
  folder: string;
  signal: AbortSignal;
  onProgress: (event: ProvisionEvent) => void;
}

/** A backend: makes, finds again and removes clusters. */
export interface Provider {
  readonly backend: 'simulated' | 'kind';
  /** Creates the cluster or resumes it. Cancelled or failed creation leaves nothing behind. */
  open(spec: ClusterSpec, options: OpenOptions): Promise<Cluster>;
  /** Removes what lives outside the folder (containers); no error where nothing is there. */
  remove(spec: ClusterSpec, options: OpenOptions): Promise<void>;
}
