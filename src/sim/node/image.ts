import type { Clock } from '../../base/clock.ts';
import type { Container, Pod } from '../../kube/types.ts';
import type { ApiClient } from '../api/client.ts';
import type { PodApi } from '../api/pod-api.ts';
import type { Listener, Network } from '../net/network.ts';
import type { ContainerUser } from './kubelet/container-user.ts';
import type { Machine, NodeFiles, Owner, Slots } from './machine.ts';

export interface ExecResult {
  stdout: string;
  stderr: string;
  exitCode: number;
}

/** A program's streams: what `kubectl exec`, `docker exec` and the lab shell's tools pass on. */
export interface ProgramIo {
  argv: readonly string[];
  /** All of standard input, or undefined where none is attached. */
  stdin?: AsyncIterable<Uint8Array> | undefined;
  stdout: (text: string) => void;
  /** Takes output that is no text, as an archive; absent where only text is wanted. */
  stdoutBytes?: (bytes: Uint8Array) => void;
  stderr: (text: string) => void;
  signal: AbortSignal;
  tty?: boolean;
  cwd?: string;
  env?: Record<string, string>;
}

/** A command that images of ours answer: `curl`, `cilium-dbg`, `ip`. Returns its exit code. */
export type Program = (io: ProgramIo, container: ContainerContext) => Promise<number> | number;

/** What a running container sees of its world. */
export interface ContainerContext {
  /** The pod as it is now in the API. */
  pod: () => Pod;
  container: Container;
  /** Environment with valueFrom resolved. */
  env: Record<string, string>;
  machine: Machine;
  api: ApiClient;
  clock: Clock;
  random: () => number;
  network: Network;
  /** For the API server's own pod. */
  podApi?: PodApi | undefined;
  /** The container's file system: its own files, its volumes, hostPath folders of the node. */
  files: NodeFiles;
  /** Whom its process runs as. */
  user: ContainerUser;
  /** What the program keeps for as long as this run of the container lasts; a `kill -9` of the simulator leaves it. */
  memory: Slots;
  /** The container ran before the simulator started, and goes on. */
  resumed: boolean;
  /** A line in the container's log (/var/log/pods/… on the node). */
  log(line: string): void;
  /** Opens a port in the pod's network namespace; it closes when the container ends. */
  listen(port: number, listener: Listener): void;
  /** Whether its readiness and liveness endpoints answer well, beside the probes' own conditions (default true). */
  setHealthy(healthy: boolean, reason?: string): void;
  /** Ends the container by itself, as a process does: restartPolicy decides what follows. */
  exit(code: number, reason?: string): void;
  /** Aborted when the container is to end: SIGTERM. What it started must end then. */
  signal: AbortSignal;
}

/** How containers of an image behave. The plainest one runs until it is told to end. */
export interface ImageBehaviour {
  /** Repository names without tag or digest, as `quay.io/cilium/cilium`; a trailing `*` stands for the rest. */
  readonly images: readonly string[];
  /**
   * Called when the container's process starts, after sandbox, init containers and volumes; for init containers of the
   * image as well (`container.name` tells): those end with code 0 soon after it returns, unless it calls `exit` itself.
   */
  start?(context: ContainerContext): void | Promise<void>;
  /** What its containers run where the manifest says nothing: the entry point with the manifest's args, or with these. */
  readonly entrypoint?: readonly string[];
  readonly args?: readonly string[];
  /** Its own files, by path; one that begins with `#!` can be run. */
  readonly files?: Readonly<Record<string, string>>;
  /** Root by default. */
  readonly user?: Owner;
  /** Milliseconds from start to ready to listen (default 50). */
  readonly startupMs?: number;
  /** Milliseconds from SIGTERM to the end (default 100). */
  readonly stopMs?: number;
  /** Commands that `exec` finds beside the shell's own. */
  readonly programs?: Readonly<Record<string, Program>>;
  /** Compressed size, which decides how long a pull takes and what node status shows (default 30 MB). */
  readonly sizeBytes?: number;
  /** A `command` in the manifest is run by a shell in place of `start`. */
  readonly runsCommands?: boolean;
  /** No shell in the image: exec of sh fails as it does for a distroless image. */
  readonly distroless?: boolean;
}
