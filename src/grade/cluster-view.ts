/**
 * All that a check sees of a cluster. The backends satisfy it by shape (cluster/cluster.ts): grade never
 * imports them, and nothing here tells which one it is.
 */
export interface ClusterView {
  get(query: ObjectQuery & { name: string }, signal?: AbortSignal): Promise<KubeJson | undefined>;
  list(query: ObjectQuery, signal?: AbortSignal): Promise<KubeJson[]>;
  watch(query: ObjectQuery, onChange: () => void, signal: AbortSignal): void;
  exec(
    target: { namespace: string; pod: string; container?: string | undefined },
    command: readonly string[],
    options?: { timeoutMs?: number | undefined; signal?: AbortSignal | undefined },
  ): Promise<CommandResult>;
  nodeExec(
    node: string,
    command: readonly string[],
    options?: { timeoutMs?: number | undefined; signal?: AbortSignal | undefined },
  ): Promise<CommandResult>;
  logs(
    target: { namespace: string; pod: string; container?: string | undefined },
    options?: { previous?: boolean; sinceTime?: string | undefined; tailLines?: number; signal?: AbortSignal },
  ): Promise<string>;
  /** What the network remembers of a pod's requests, oldest first; nothing where it keeps no record. */
  exchanges(query: {
    namespace: string;
    pod: string;
    host: string;
    port: number;
    since: number;
  }): Promise<{ at: number; answered: boolean; why: string }[]>;
  /** Cluster time, milliseconds. */
  now(): number;
}

export interface ObjectQuery {
  apiVersion: string;
  kind: string;
  namespace?: string | undefined;
  name?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
}

export interface KubeJson {
  metadata?: {
    name?: string;
    namespace?: string;
    labels?: Record<string, string>;
    generation?: number;
    deletionTimestamp?: string;
  };
  [field: string]: unknown;
}

export interface CommandResult {
  stdout: string;
  stderr: string;
  exitCode: number;
}
