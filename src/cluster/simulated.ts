import { join } from 'node:path';
import { VariableClock } from '../base/variable-clock.ts';
import { KindlabError } from '../base/errors.ts';
import { matchesFields, matchesLabels, parseFieldSelector, parseLabelSelector } from '../kube/selectors.ts';
import { customResourceDefinitions, pods, type Resource } from '../kube/resources.ts';
import { StatusError } from '../kube/status.ts';
import type { KubeObject } from '../kube/types.ts';
import type { SimulatedCluster } from '../sim/cluster.ts';
import type { ConnectResult } from '../sim/net/network.ts';
import type {
  Cluster,
  ClusterSpec,
  CommandResult,
  KubeJson,
  ObjectChange,
  ObjectQuery,
  OpenOptions,
  PodTarget,
  Provider,
  ToolIo,
} from './cluster.ts';
import { collect } from './collect.ts';
import type { Exchange, ExchangeQuery } from './exchange.ts';
import { readTopology } from './kind-config.ts';
import { logPath, type LogOptions } from './log-path.ts';

/** The simulated backend: a cluster that lives in this process. `configs` is the folder kind-configs/. */
export const simulatedProvider = (configs: string): Provider => ({
  backend: 'simulated',
  async open(spec: ClusterSpec, { folder, signal, onProgress }: OpenOptions): Promise<Cluster> {
    const started = Date.now();
    onProgress({ type: 'started', action: 'cluster', title: 'Simulated cluster' });
    const { startSimulatedCluster } = await import('../sim/start.ts');
    const topology = await readTopology(configs, spec.kindConfig);
    const start = () =>
      startSimulatedCluster({
        name: spec.name,
        workers: spec.workers,
        cni: spec.cni,
        folder: join(folder, 'cluster'),
        manifests: spec.manifests,
        ...(spec.seed !== undefined && { seed: spec.seed }),
        ...(spec.paused && { paused: true }),
        ...(topology.podCidr && { podCidr: topology.podCidr }),
        signal,
        onProgress: (text) => onProgress({ type: 'detail', action: 'cluster', text }),
      });
    const cluster = await start().catch((error: unknown) => {
      // The file was kept aside; what it held is lost, so the cluster is made anew.
      if (!(error instanceof KindlabError) || error.code !== 'store-corrupt') throw error;
      onProgress({ type: 'detail', action: 'cluster', text: error.message });
      return start();
    });
    onProgress({ type: 'ended', action: 'cluster', ms: Date.now() - started });
    return new SimulatedBackend(cluster);
  },
  async remove() {
    // Everything is in the folder and in the process.
  },
});

const longestStepMs = 30 * 86_400_000;

/** A failure of the API server in the words that a check or a person gets. */
const asKindlabError = (error: unknown): unknown =>
  error instanceof StatusError ? new KindlabError({ code: 'api-error', message: error.message, cause: error }) : error;

/** What decided on an exchange: the policies where there are any, else how it ended. */
const describeResult = ({ outcome, reason, policy = [] }: ConnectResult): string =>
  outcome === 'connected' && policy.length > 0
    ? `allowed: ${policy.map(({ at, why, by }) => `${at}: ${why}${by ? ` (${by.kind} ${by.name})` : ''}`).join('; ')}`
    : outcome === 'connected'
      ? 'no policy is enforced on the way'
      : reason;

class SimulatedBackend implements Cluster {
  readonly backend = 'simulated';
  readonly capabilities = { simulated: true, checkpoints: true, clock: true };
  readonly #cluster: SimulatedCluster;

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster;
  }

  get name() {
    return this.#cluster.name;
  }

  get kubeconfigPath() {
    return this.#cluster.kubeconfigPath;
  }

  get tools() {
    return this.#cluster.tools;
  }

  get clockSpeed() {
    return this.#cluster.clock.speed;
  }

  async get(query: ObjectQuery & { name: string }): Promise<KubeJson | undefined> {
    const resource = this.#resource(query);
    return resource && this.#cluster.api.get(resource, resource.namespaced ? (query.namespace ?? 'default') : undefined, query.name);
  }

  async list(query: ObjectQuery): Promise<KubeJson[]> {
    const resource = this.#resource(query);
    if (!resource) return [];
    try {
      const found = this.#cluster.api.list(resource, {
        ...(query.namespace && { namespace: query.namespace }),
        ...(query.labelSelector && { labelSelector: query.labelSelector }),
        ...(query.fieldSelector && { fieldSelector: query.fieldSelector }),
      });
      return found.filter((object) => !query.name || object.metadata.name === query.name);
    } catch (error) {
      throw asKindlabError(error);
    }
  }

  watch(query: ObjectQuery, onChange: (change: ObjectChange) => void, signal: AbortSignal): void {
    const wanted = selects(query);
    const follow = (resource: Resource) => {
      const cancel = this.#cluster.api.watch(resource, (event) => {
        if (wanted(event.object)) onChange(event);
        else if (event.previous && wanted(event.previous)) onChange({ type: 'DELETED', object: event.object });
      });
      signal.addEventListener('abort', cancel, { once: true });
    };
    if (signal.aborted) return;
    const resource = this.#resource(query);
    if (resource) return follow(resource);
    // The kind may come to exist with a CustomResourceDefinition.
    const cancel = this.#cluster.api.watch(customResourceDefinitions, () => {
      const defined = this.#resource(query);
      if (!defined) return;
      queueMicrotask(() => cancel());
      follow(defined);
    });
    signal.addEventListener('abort', cancel, { once: true });
  }

  async exec(
    target: PodTarget,
    command: readonly string[],
    options: { timeoutMs?: number | undefined; signal?: AbortSignal | undefined; stdin?: string | undefined } = {},
  ): Promise<CommandResult> {
    const { namespace, pod, container } = target;
    try {
      return await collect(
        (streams) =>
          this.#cluster.podExec(
            { namespace, pod, ...(container && { container }) },
            { argv: command, ...streams, ...(options.stdin !== undefined && { stdin: once(options.stdin) }) },
          ),
        options,
      );
    } catch (error) {
      throw asKindlabError(error);
    }
  }

  async logs(target: PodTarget, options: LogOptions = {}): Promise<string> {
    const answer = await this.#cluster.request('GET', logPath(target, options), { accept: '*/*', signal: options.signal });
    if (answer.status !== 200) throw new KindlabError({ code: 'api-error', message: statusMessage(answer.body) });
    return answer.body;
  }

  nodeExec(
    node: string,
    command: readonly string[],
    options: { timeoutMs?: number | undefined; signal?: AbortSignal | undefined } = {},
  ): Promise<CommandResult> {
    return collect((streams) => this.#cluster.nodeExec(node, { argv: command, ...streams }), options);
  }

  async exchanges({ namespace, pod, host, port, since }: ExchangeQuery): Promise<Exchange[]> {
    const { api, network } = this.#cluster;
    const { metadata, spec } = api.get(pods, namespace, pod) ?? {};
    if (!metadata || !spec?.nodeName) return [];
    return network.flows
      .of(spec.nodeName)
      .filter(({ at, client, request, dns }) => {
        if (at < since || client.pod?.metadata.uid !== metadata.uid) return false;
        return dns ? dns.query.startsWith(host) && !client.pod.spec?.hostNetwork : request.host === host && request.port === port;
      })
      .filter(({ dns, result }) => !dns || result.outcome !== 'connected')
      .map(({ at, result }) => ({ at, answered: result.outcome === 'connected', why: describeResult(result) }));
  }

  now(): number {
    return this.#cluster.clock.now();
  }

  setClockSpeed(speed: number): void {
    const { clock } = this.#cluster;
    if (!(clock instanceof VariableClock) || !(speed >= 0 && speed <= 1000))
      throw new KindlabError({ code: 'bad-clock-speed', message: `clock speed ${speed}: expected a number from 0 to 1000` });
    if (speed === 0) clock.pause();
    else clock.play(speed);
  }

  async stepClock(ms: number, signal?: AbortSignal): Promise<void> {
    if (!(ms >= 0 && ms <= longestStepMs))
      throw new KindlabError({ code: 'bad-clock-step', message: `a step of ${ms} ms: expected 0 to ${longestStepMs} (30 days)` });
    await this.#cluster.clock.advance(ms, signal);
    await this.#cluster.flush();
  }

  async checkpoint(name: string): Promise<void> {
    this.#cluster.snapshot(name);
  }

  async restore(name: string): Promise<void> {
    await this.#cluster.rewind(name);
  }

  async checkpoints(): Promise<string[]> {
    return this.#cluster.snapshots().map((s) => s.name);
  }

  async runTool(name: string, io: ToolIo): Promise<number> {
    const code = await this.#cluster.tool(name, io);
    if (code === undefined)
      throw new KindlabError({ code: 'no-such-tool', message: `${name}: the simulated cluster brings ${this.tools.join(', ')}` });
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cluster[Symbol.asyncDispose]();
  }

  #resource({ apiVersion, kind }: ObjectQuery): Resource | undefined {
    return this.#cluster.api.resourceOf(apiVersion, kind);
  }
}

function selects(query: ObjectQuery): (object: KubeObject) => boolean {
  const labels = query.labelSelector ? parseLabelSelector(query.labelSelector) : [];
  const fields = query.fieldSelector ? parseFieldSelector(query.fieldSelector) : [];
  return (object) =>
    (!query.name || object.metadata.name === query.name) &&
    (!query.namespace || object.metadata.namespace === undefined || object.metadata.namespace === query.namespace) &&
    matchesLabels(object.metadata.labels ?? {}, labels) &&
    matchesFields(fields, (field) => String(valueAt(object, field) ?? ''));
}

const valueAt = (object: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (value, key) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined),
      object,
    );

function statusMessage(body: string): string {
  try {
    return String((JSON.parse(body) as { message?: unknown }).message ?? body);
  } catch {
    return body;
  }
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}
