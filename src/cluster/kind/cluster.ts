import { KindlabError } from '../../base/errors.ts';
import { run } from '../../base/process.ts';
import type { Cluster, CommandResult, KubeJson, ObjectChange, ObjectQuery, PodTarget } from '../cluster.ts';
import { collect } from '../collect.ts';
import { logPath, type LogOptions } from '../log-path.ts';
import type { KubeApi } from './api.ts';

const absent = (what: string) => new KindlabError({ code: 'not-on-kind', message: `${what} exists only on the simulated backend` });

/** A cluster whose nodes are containers. */
export class KindCluster implements Cluster {
  readonly backend = 'kind';
  readonly capabilities = { simulated: false, checkpoints: false, clock: false };
  readonly clockSpeed = 1;
  readonly tools: readonly string[] = [];
  readonly name: string;
  readonly kubeconfigPath: string;
  readonly #api: KubeApi;
  readonly #env: Readonly<Record<string, string | undefined>>;

  constructor(name: string, kubeconfigPath: string, api: KubeApi, env: Readonly<Record<string, string | undefined>>) {
    this.name = name;
    this.kubeconfigPath = kubeconfigPath;
    this.#api = api;
    this.#env = env;
  }

  get(query: ObjectQuery & { name: string }, signal?: AbortSignal): Promise<KubeJson | undefined> {
    return this.#api.get(query, signal);
  }

  list(query: ObjectQuery, signal?: AbortSignal): Promise<KubeJson[]> {
    return this.#api.list(query, signal);
  }

  watch(query: ObjectQuery, onChange: (change: ObjectChange) => void, signal: AbortSignal): void {
    this.#api.watch(query, onChange, signal);
  }

  exec(
    target: PodTarget,
    command: readonly string[],
    options: { timeoutMs?: number | undefined; signal?: AbortSignal | undefined; stdin?: string | undefined } = {},
  ): Promise<CommandResult> {
    return collect((streams) => this.#api.exec(target, command, { ...streams, stdin: options.stdin }), options);
  }

  logs(target: PodTarget, options: LogOptions = {}): Promise<string> {
    return this.#api.text(logPath(target, options), options.signal);
  }

  async nodeExec(
    node: string,
    command: readonly string[],
    options: { timeoutMs?: number | undefined; signal?: AbortSignal | undefined } = {},
  ): Promise<CommandResult> {
    return collect(async (streams) => {
      const result = await run('docker', ['exec', node, ...command], { env: this.#env, signal: streams.signal });
      streams.stdout(result.stdout);
      streams.stderr(result.stderr);
      return result.exitCode;
    }, options);
  }

  /** Hubble's flows could be asked here; without them the client's own log is all there is. */
  async exchanges(): Promise<[]> {
    return [];
  }

  now(): number {
    return Date.now();
  }

  async stepClock(): Promise<void> {
    this.setClockSpeed();
  }

  setClockSpeed(): void {
    throw absent('a clock that can be set');
  }

  checkpoint(): Promise<void> {
    return Promise.reject(absent('a checkpoint'));
  }

  restore(): Promise<void> {
    return Promise.reject(absent('a checkpoint'));
  }

  checkpoints(): Promise<string[]> {
    return Promise.resolve([]);
  }

  runTool(name: string): Promise<number> {
    return Promise.reject(absent(`${name} as a tool of kindlab's own`));
  }

  /** The containers go on running; only connections end. */
  async [Symbol.asyncDispose](): Promise<void> {}
}
