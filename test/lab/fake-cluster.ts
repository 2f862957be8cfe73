import { KindlabError } from '../../src/base/errors.ts';
import type {
  Cluster,
  CommandResult,
  KubeJson,
  ObjectChange,
  ObjectQuery,
  PodTarget,
  Provider,
  ToolIo,
} from '../../src/cluster/cluster.ts';
import { matchesLabels, parseLabelSelector } from '../../src/kube/selectors.ts';

type Answer = CommandResult | Error;

export const ok = (stdout: string): CommandResult => ({ stdout, stderr: '', exitCode: 0 });
export const failed = (exitCode: number, stderr: string): CommandResult => ({ stdout: '', stderr, exitCode });

interface World {
  objects: Map<string, KubeJson>;
  files: Map<string, string>;
  logs: Map<string, string>;
}

/** A cluster of nothing but maps: what tests put in is what checks and sessions see. */
export class FakeCluster implements Cluster {
  readonly backend = 'simulated';
  readonly capabilities = { simulated: true, checkpoints: true, clock: true };
  readonly kubeconfigPath = '/nowhere/kubeconfig';
  readonly tools: readonly string[] = ['helm'];
  readonly name: string;
  clockSpeed = 1;
  stepped = 0;
  disposed = false;
  /** Thrown by every request when set. */
  trouble: Error | undefined;
  /** Answers of `exec` by the command's words; the first whose key the command begins with. */
  readonly answers = new Map<string, Answer | (() => Answer)>();
  readonly executed: string[] = [];
  /** What the network remembers. */
  remembered: { at: number; answered: boolean; why: string }[] = [];
  #world: World = { objects: new Map(), files: new Map(), logs: new Map() };
  #saved = new Map<string, World>();
  #watchers = new Set<{ query: ObjectQuery; onChange: (change: ObjectChange) => void }>();
  #ahead = 0;

  constructor(name = 'fake') {
    this.name = name;
  }

  exchanges = async () => this.remembered;

  apply(object: KubeJson): void {
    const key = keyOf(object.apiVersion!, object.kind!, object.metadata!.namespace, object.metadata!.name!);
    const type = this.#world.objects.has(key) ? 'MODIFIED' : 'ADDED';
    this.#world.objects.set(key, object);
    this.#tell({ type, object });
  }
  /** As `get`, at once. */
  peek(apiVersion: string, kind: string, namespace: string | undefined, name: string): KubeJson | undefined {
    return this.#world.objects.get(keyOf(apiVersion, kind, namespace, name));
  }
  remove(apiVersion: string, kind: string, namespace: string | undefined, name: string): void {
    const key = keyOf(apiVersion, kind, namespace, name);
    const object = this.#world.objects.get(key);
    this.#world.objects.delete(key);
    if (object) this.#tell({ type: 'DELETED', object });
  }
  writeFile(node: string, path: string, text: string): void {
    this.#world.files.set(`${node}:${path}`, text);
  }
  removeFile(node: string, path: string): void {
    this.#world.files.delete(`${node}:${path}`);
  }
  writeLog(namespace: string, pod: string, text: string, previous = false): void {
    this.#world.logs.set(`${namespace}/${pod}/${previous}`, text);
  }
  passTime(ms: number): void {
    this.#ahead += ms;
  }

  async get(query: ObjectQuery & { name: string }): Promise<KubeJson | undefined> {
    this.#answer();
    return this.#world.objects.get(keyOf(query.apiVersion, query.kind, query.namespace, query.name));
  }
  async list(query: ObjectQuery): Promise<KubeJson[]> {
    this.#answer();
    return [...this.#world.objects.values()].filter((object) => selects(query, object));
  }
  watch(query: ObjectQuery, onChange: (change: ObjectChange) => void, signal: AbortSignal): void {
    const watcher = { query, onChange };
    this.#watchers.add(watcher);
    signal.addEventListener('abort', () => this.#watchers.delete(watcher), { once: true });
    for (const object of this.#world.objects.values()) if (selects(query, object)) onChange({ type: 'ADDED', object });
  }
  get watcherCount(): number {
    return this.#watchers.size;
  }
  async exec(_target: PodTarget, command: readonly string[]): Promise<CommandResult> {
    this.#answer();
    return this.#command(command.join(' '));
  }
  async nodeExec(node: string, command: readonly string[]): Promise<CommandResult> {
    this.#answer();
    const [program, ...rest] = command;
    const path = rest.at(-1) ?? '';
    if (program === 'cat') {
      const text = this.#world.files.get(`${node}:${path}`);
      return text === undefined ? failed(1, `cat: ${path}: No such file or directory`) : ok(text);
    }
    if (program === 'ls') {
      const prefix = `${node}:${path}/`;
      const names = [...this.#world.files.keys()].filter((f) => f.startsWith(prefix)).map((f) => f.slice(prefix.length));
      return ok(names.toSorted().join('\n'));
    }
    return this.#command(command.join(' '));
  }
  async logs(target: PodTarget, options: { previous?: boolean } = {}): Promise<string> {
    this.#answer();
    const text = this.#world.logs.get(`${target.namespace}/${target.pod}/${options.previous ?? false}`);
    if (text === undefined && options.previous)
      throw new KindlabError({ code: 'api-error', message: `previous terminated container "c" in pod "${target.pod}" not found` });
    return text ?? '';
  }
  now(): number {
    return Date.now() + this.#ahead;
  }
  async stepClock(ms: number): Promise<void> {
    this.stepped += ms;
  }
  setClockSpeed(speed: number): void {
    this.clockSpeed = speed;
  }
  async checkpoint(name: string): Promise<void> {
    this.#saved.set(name, copyOf(this.#world));
  }
  async restore(name: string): Promise<void> {
    const saved = this.#saved.get(name);
    if (!saved) throw new KindlabError({ code: 'no-such-checkpoint', message: `no checkpoint ${name}` });
    const before = this.#world;
    this.#world = copyOf(saved);
    for (const [key, object] of before.objects) if (!this.#world.objects.has(key)) this.#tell({ type: 'DELETED', object });
    for (const object of this.#world.objects.values()) this.#tell({ type: 'MODIFIED', object });
  }
  async checkpoints(): Promise<string[]> {
    return [...this.#saved.keys()];
  }
  async runTool(name: string, io: ToolIo): Promise<number> {
    if (io.argv[0] === 'sleep') {
      io.stdout('sleeping\n');
      await new Promise<void>((resolve) => io.signal.addEventListener('abort', () => resolve(), { once: true }));
      this.executed.push('tool ended');
      return 130;
    }
    io.stdout(`${name} ${io.argv.join(' ')}\n`);
    for await (const chunk of io.stdin ?? []) io.stdout(`in: ${Buffer.from(chunk).toString()}`);
    io.stderr('done\n');
    return io.argv.includes('fail') ? 3 : 0;
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.disposed = true;
  }

  #command(words: string): CommandResult {
    this.executed.push(words);
    const found = [...this.answers].find(([key]) => words.startsWith(key))?.[1];
    const answer = typeof found === 'function' ? found() : found;
    if (answer instanceof Error) throw answer;
    return answer ?? failed(127, `${words}: executable file not found in $PATH`);
  }
  #answer(): void {
    if (this.trouble) throw this.trouble;
  }
  #tell(change: ObjectChange): void {
    for (const { query, onChange } of [...this.#watchers]) if (selects(query, change.object)) onChange(change);
  }
}

/** Gives out the one cluster, as a backend would after provisioning. */
export const fakeProvider = (cluster: FakeCluster): Provider => ({
  backend: 'simulated',
  async open(_spec, { onProgress, signal }) {
    onProgress({ type: 'started', action: 'cluster', title: 'Fake cluster' });
    signal.throwIfAborted();
    onProgress({ type: 'ended', action: 'cluster', ms: 1 });
    return cluster;
  },
  async remove() {},
});

const keyOf = (apiVersion: string, kind: string, namespace: string | undefined, name: string) =>
  [apiVersion, kind, namespace ?? '', name].join('|');
const copyOf = (world: World): World => ({ objects: new Map(world.objects), files: new Map(world.files), logs: new Map(world.logs) });

const selects = (query: ObjectQuery, object: KubeJson): boolean =>
  object.apiVersion === query.apiVersion &&
  object.kind === query.kind &&
  (query.namespace === undefined || object.metadata?.namespace === query.namespace) &&
  (query.name === undefined || object.metadata?.name === query.name) &&
  (query.labelSelector === undefined || matchesLabels(object.metadata?.labels ?? {}, parseLabelSelector(query.labelSelector)));

export const node = (name: string, spec: Record<string, unknown> = {}): KubeJson => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  spec,
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
});

export const pod = (
  namespace: string,
  name: string,
  more: { labels?: Record<string, string>; phase?: string; ready?: boolean; status?: object; spec?: object } = {},
): KubeJson => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace, name, labels: more.labels ?? {} },
  spec: { nodeName: 'fake-worker', ...more.spec },
  status: {
    phase: more.phase ?? 'Running',
    conditions: [{ type: 'Ready', status: (more.ready ?? true) ? 'True' : 'False' }],
    ...more.status,
  },
});
