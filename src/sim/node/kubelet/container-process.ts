import { rfc3339Micro } from '../../../base/clock.ts';
import type { Container, Pod } from '../../../kube/types.ts';
import type { Listener } from '../../net/network.ts';
import type { ContainerContext, ImageBehaviour } from '../image.ts';
import type { NodeFiles } from '../machine.ts';
import type { ContainerState } from '../records.ts';
import { StoredSlots } from '../slots.ts';
import type { ContainerUser } from './container-user.ts';
import type { KubeletContext } from './context.ts';

/** Lines that are kept in memory of each run, and how many of them survive a kill -9 of the simulator. */
const ringSize = 2000;
const storedLines = 300;

export interface ProcessOptions {
  kubelet: KubeletContext;
  container: Container;
  state: ContainerState;
  env: Record<string, string>;
  files: NodeFiles;
  user: ContainerUser;
  pod: () => Pod;
  resumed: boolean;
  /** Something that is to be stored has changed, but no state. */
  onActivity: () => void;
  onExit: (code: number, reason: string | undefined) => void;
}

/** The process of a running container, in this process's memory. */
export class ContainerProcess {
  readonly context: ContainerContext;
  readonly behaviour: ImageBehaviour;
  /** The log, `TIME stdout F TEXT` a line. */
  readonly log: string[];
  healthy = true;
  /** SIGTERM does nothing to it; only SIGKILL ends it. */
  ignoresTerm = false;
  unhealthyReason: string | undefined;
  readonly #listeners = new Map<string, Listener>();
  readonly #abort = new AbortController();
  readonly #logListeners = new Set<(line: string | undefined) => void>();
  readonly #memory: StoredSlots;
  readonly #options: ProcessOptions;
  readonly #listensAt: number;
  #ended = false;

  constructor(options: ProcessOptions) {
    const { kubelet, container, state } = options;
    this.#options = options;
    this.behaviour = kubelet.images.find(container.image ?? '');
    this.log = [...(state.log ?? [])];
    this.#memory = new StoredSlots(state.memory ?? {}, options.onActivity);
    this.#listensAt = (state.startedAt ?? 0) + (this.behaviour.startupMs ?? 50);
    this.context = {
      pod: options.pod,
      container,
      env: options.env,
      machine: kubelet.machine,
      api: kubelet.api,
      clock: kubelet.clock,
      random: kubelet.random,
      network: kubelet.network(),
      podApi: kubelet.podApi?.(),
      files: options.files,
      user: options.user,
      memory: this.#memory,
      resumed: options.resumed,
      log: (line) => this.write(line, 'stdout'),
      listen: (port, listener) => void (this.#ended || this.#listeners.set(`${listener.protocol ?? 'TCP'}/${port}`, listener)),
      setHealthy: (healthy, reason) => {
        this.healthy = healthy;
        this.unhealthyReason = reason;
      },
      exit: (code, reason) => this.#exit(code, reason),
      signal: this.#abort.signal,
    };
  }

  /** What the process keeps through a kill -9 of the simulator. */
  get stored(): Pick<ContainerState, 'log' | 'memory'> {
    return { log: this.log.slice(-storedLines), memory: this.#memory.toJSON() };
  }

  listener(port: number, protocol: 'TCP' | 'UDP'): Listener | undefined {
    if (this.#options.kubelet.clock.now() < this.#listensAt) return undefined;
    return this.#listeners.get(`${protocol}/${port}`);
  }

  write(text: string, stream: 'stdout' | 'stderr'): void {
    if (this.#ended) return;
    const time = rfc3339Micro(Math.floor(this.#options.kubelet.clock.now())).replace('000Z', '000000Z');
    for (const part of text.split('\n')) {
      const line = `${time} ${stream} F ${part}`;
      this.log.push(line);
      for (const listener of [...this.#logListeners]) listener(line);
    }
    if (this.log.length > ringSize * 1.2) this.log.splice(0, this.log.length - ringSize);
    this.#options.onActivity();
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Tells each new line of the log; undefined when the process has ended. */
  onLine(listener: (line: string | undefined) => void): () => void {
    this.#logListeners.add(listener);
    return () => void this.#logListeners.delete(listener);
  }

  /** Starts the program. What it throws ends it like a crash. */
  start(run: (context: ContainerContext) => void | Promise<void>): void {
    const crash = (error: unknown) => {
      if (this.#abort.signal.aborted) return;
      this.write(String(error instanceof Error ? error.stack : error), 'stderr');
      this.#exit(1, 'Error');
    };
    try {
      const running = run(this.context);
      if (running) running.catch(crash);
    } catch (error) {
      crash(error);
    }
  }

  /** SIGTERM. */
  terminate(): void {
    this.#abort.abort(new Error('SIGTERM'));
  }

  /** The process is no more; nothing is told. */
  end(): void {
    this.#ended = true;
    this.#listeners.clear();
    for (const listener of [...this.#logListeners]) listener(undefined);
    this.#logListeners.clear();
    this.#abort.abort(new Error('SIGKILL'));
  }

  #exit(code: number, reason: string | undefined): void {
    if (this.#ended) return;
    this.end();
    this.#options.onExit(code, reason);
  }
}
