import type { ConnectResult } from '../net/network.ts';
import type { ProgramIo } from '../node/image.ts';

export interface ContainerTarget {
  namespace: string;
  pod: string;
  /** Already resolved by the API server: never empty. */
  container: string;
}

/** What a stream to a running program has beside a program's own streams. */
export interface StreamIo extends ProgramIo {
  /** Sizes of the client's terminal, the first at once; absent without a tty. */
  resizes?: AsyncIterable<{ width: number; height: number }>;
}

export interface LogOptions {
  follow?: boolean;
  /** Of the container before its last restart. */
  previous?: boolean;
  /** Only lines written at or after this moment, milliseconds of the cluster's clock. */
  sinceMs?: number;
  /** Only the last so many lines. */
  tailLines?: number;
  /** Begin each line with its RFC 3339 time, nanoseconds and a space. */
  timestamps?: boolean;
  /** Followed logs end when it is aborted. */
  signal: AbortSignal;
}

/** A byte stream to a port, as a TCP connection. */
export interface PortConnection {
  /** Bytes from the pod; ends when the pod's side closes. */
  readonly readable: AsyncIterable<Uint8Array>;
  write(bytes: Uint8Array): void;
  /** The client's side has nothing more to say. */
  end(): void;
}

/**
 * What the API server asks of the kubelets. Failures are thrown as StatusError with the kubelet's texts, before
 * anything is streamed (`container not found ("web")`, 404 or 400).
 */
export interface NodeAccess {
  /** `kubectl exec`: runs `io.argv` in a container; its exit code. 126 and 127 as a runtime gives them. */
  exec(target: ContainerTarget, io: StreamIo): Promise<number>;
  /** `kubectl attach`: the streams of the container's own process, until it ends or the signal fires. */
  attach(target: ContainerTarget, io: StreamIo): Promise<number>;
  /** Chunks of the log, each of whole lines with their line ends; a followed log goes on as lines are written. */
  logs(target: ContainerTarget, options: LogOptions): AsyncIterable<string>;
  /** An HTTP request from the API server's own network namespace, decided at once. */
  request(target: { address: string; port: number }, http: { method: string; path: string }): ConnectResult;
  /** `kubectl port-forward`. Throws StatusError where nothing listens. */
  connect(target: { namespace: string; pod: string; port: number }, signal: AbortSignal): Promise<PortConnection>;
}
