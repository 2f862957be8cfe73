import type { VariableClock } from '../base/variable-clock.ts';
import type { ApiClient } from './api/client.ts';
import type { ProgramIo } from './node/image.ts';
import type { Machine } from './node/machine.ts';
import type { Network } from './net/network.ts';

export interface SimulatedClusterOptions {
  /** Cluster name as in Kind; nodes are NAME-control-plane, NAME-worker, NAME-worker2 … */
  name: string;
  workers: number;
  cni: 'calico' | 'cilium' | 'netkit' | 'none';
  /** Folder of the cluster's own: store.sqlite, pki/, kubeconfig. Made with mode 0700. An existing one is resumed. */
  folder: string;
  /** 127.0.0.1 port of the API server; 0 picks one. A resumed cluster takes its old one again. */
  port?: number;
  /** Pod network as Calico's pool or kubeadm's podSubnet (default 192.168.0.0/16). */
  podCidr?: string;
  /** Seed of names, addresses and delays (default: drawn once and stored). */
  seed?: number;
  /** Its time stands still when it is handed over, until the clock is played or stepped. */
  paused?: boolean;
  /** The time at which it is handed over, milliseconds (default: the machine's). */
  now?: number;
  /** YAML documents applied before the cluster is handed over, as a demo application. */
  manifests?: readonly string[];
  /** How long before now the cluster was born, in simulated milliseconds (default 90 000): ages look lived-in. */
  bornBeforeMs?: number;
  signal?: AbortSignal;
  onProgress?: (step: string) => void;
}

/** A cluster that runs in this process. */
export interface SimulatedCluster extends AsyncDisposable {
  readonly name: string;
  /** `https://127.0.0.1:PORT` */
  readonly server: string;
  readonly kubeconfigPath: string;
  readonly api: ApiClient;
  readonly clock: VariableClock;
  readonly network: Network;
  machines(): readonly Machine[];
  machine(name: string): Machine | undefined;
  /** Answers a request as the HTTP server would, without a socket, as cluster admin. `body` is JSON. */
  request(
    method: string,
    path: string,
    options?: {
      body?: string | undefined;
      contentType?: string | undefined;
      accept?: string | undefined;
      signal?: AbortSignal | undefined;
    },
  ): Promise<{ status: number; body: string }>;
  /** `kubectl exec`. */
  podExec(target: { namespace: string; pod: string; container?: string }, io: ProgramIo): Promise<number>;
  /** `docker exec NODE`. */
  nodeExec(node: string, io: ProgramIo): Promise<number>;
  /** Lab shell tools: helm, cilium, docker, kind. Undefined exit code: no such tool. */
  tool(name: string, io: ProgramIo): Promise<number | undefined>;
  readonly tools: readonly string[];
  /** Names a point in time of everything there is; costs no copy. */
  snapshot(name: string): void;
  /** Goes back to it: watches end with 410 Expired, agents and controllers see the difference. Throws KindlabError `no-such-snapshot`. */
  rewind(name: string): Promise<void>;
  snapshots(): readonly { name: string; at: number }[];
  /** Everything that was acknowledged is on disk when this resolves. */
  flush(): Promise<void>;
}
