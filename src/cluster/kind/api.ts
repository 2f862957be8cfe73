import { request as httpsRequest, type RequestOptions } from 'node:https';
import { Writable, Readable } from 'node:stream';
import type { KubeConfig } from '@kubernetes/client-node';
import { KindlabError, messageOf } from '../../base/errors.ts';
import { sleep, systemClock } from '../../base/clock.ts';
import type { KubeJson, ObjectChange, ObjectQuery, PodTarget } from '../cluster.ts';

interface ApiResource {
  name: string;
  kind: string;
  namespaced: boolean;
}

/** Seconds between attempts to reach an API server that is away. */
const retryMs = 500;

/** The API server behind a kubeconfig, as plain JSON: client-node reads the credentials and speaks watch and exec. */
export class KubeApi {
  readonly #library: typeof import('@kubernetes/client-node');
  readonly #config: KubeConfig;
  readonly #discovered = new Map<string, ApiResource[]>();

  /** client-node takes most of a second to load: only the Kind backend pays for it. */
  static async load(kubeconfigPath: string, context?: string): Promise<KubeApi> {
    const library = await import('@kubernetes/client-node');
    const config = new library.KubeConfig();
    config.loadFromFile(kubeconfigPath);
    if (context !== undefined) {
      if (!config.getContextObject(context)) throw new Error(`there is no context ${context}`);
      config.setCurrentContext(context);
    }
    return new KubeApi(library, config);
  }

  private constructor(library: typeof import('@kubernetes/client-node'), config: KubeConfig) {
    this.#library = library;
    this.#config = config;
  }

  async get(query: ObjectQuery & { name: string }, signal?: AbortSignal): Promise<KubeJson | undefined> {
    const path = await this.#path(query, signal);
    if (!path) return undefined;
    const answer = await this.request('GET', `${path}/${encodeURIComponent(query.name)}`, signal);
    return answer.status === 404 ? undefined : (okay(answer) as KubeJson);
  }

  async list(query: ObjectQuery, signal?: AbortSignal): Promise<KubeJson[]> {
    return (await this.#listPage(query, signal))?.items ?? [];
  }

  /** Lists, then watches, and begins again when the connection ends, until the signal is aborted. */
  watch(query: ObjectQuery, onChange: (change: ObjectChange) => void, signal: AbortSignal): void {
    const follow = async () => {
      const known = new Map<string, KubeJson>();
      while (!signal.aborted) {
        try {
          const page = await this.#listPage(query, signal);
          const path = await this.#path(query, signal);
          if (page && path) {
            tellDifferences(known, page.items, onChange);
            await this.#watchOnce(path, query, page.resourceVersion, known, onChange, signal);
          }
        } catch (error) {
          if (!(error instanceof KindlabError)) throw error;
          // Away, or not there yet: the next round tells.
        }
        await sleep(systemClock, retryMs, signal);
      }
    };
    follow().catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  /** Runs a command in a pod; resolves to its exit code. Throws KindlabError `exec-failed`. */
  async exec(
    target: PodTarget,
    command: readonly string[],
    streams: { stdout(text: string): void; stderr(text: string): void; stdin?: string | undefined; signal?: AbortSignal | undefined },
  ): Promise<number> {
    const sink = (write: (text: string) => void) =>
      new Writable({
        write(chunk: Buffer, _encoding, done) {
          write(chunk.toString('utf8'));
          done();
        },
      });
    const stdin = streams.stdin === undefined ? null : Readable.from([streams.stdin]);
    const failed = (error: unknown) =>
      new KindlabError({
        code: 'exec-failed',
        message: `exec in pod ${target.namespace}/${target.pod}: ${messageOf(error)}`,
        cause: error,
      });
    return new Promise<number>((resolve, reject) => {
      const onStatus = (status: { status?: string; message?: string; details?: { causes?: { reason?: string; message?: string }[] } }) => {
        if (status.status === 'Success') return resolve(0);
        const code = status.details?.causes?.find((c) => c.reason === 'ExitCode')?.message;
        if (code === undefined) reject(failed(status.message ?? 'unknown failure'));
        else resolve(Number(code));
      };
      new this.#library.Exec(this.#config)
        .exec(
          target.namespace,
          target.pod,
          target.container ?? '',
          [...command],
          sink((text) => streams.stdout(text)),
          sink((text) => streams.stderr(text)),
          stdin,
          false,
          onStatus,
        )
        .then((socket) => {
          socket.addEventListener('close', () => reject(failed('the connection ended')));
          streams.signal?.addEventListener('abort', () => socket.close(), { once: true });
        })
        .catch((error: unknown) => reject(failed(error)));
    });
  }

  /** A GET whose answer is no JSON, as a log. */
  async text(path: string, signal?: AbortSignal): Promise<string> {
    const answer = await this.request('GET', path, signal);
    if (answer.status !== 200) okay(answer);
    return answer.body;
  }

  /** One request with the kubeconfig's credentials. Throws KindlabError `cluster-unreachable`. */
  async request(method: string, path: string, signal?: AbortSignal): Promise<{ status: number; body: string }> {
    const cluster = this.#config.getCurrentCluster();
    if (!cluster) throw unreachable('the kubeconfig names no current cluster', undefined);
    const options: RequestOptions = { method, headers: { accept: 'application/json, */*' }, ...(signal && { signal }) };
    await this.#config.applyToHTTPSOptions(options);
    return new Promise((resolve, reject) => {
      const call = httpsRequest(new URL(path, cluster.server), options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }));
        response.on('error', (error) => reject(unreachable(error.message, error)));
      });
      call.on('error', (error) => reject(signal?.aborted ? signal.reason : unreachable(`${cluster.server}: ${error.message}`, error)));
      call.end();
    });
  }

  async #listPage(
    query: ObjectQuery,
    signal: AbortSignal | undefined,
  ): Promise<{ items: KubeJson[]; resourceVersion: string } | undefined> {
    const path = await this.#path(query, signal);
    if (!path) return undefined;
    const answer = await this.request('GET', `${path}?${selectors(query)}`, signal);
    if (answer.status === 404) return undefined;
    const list = okay(answer) as { items: KubeJson[]; metadata: { resourceVersion: string } };
    // Items of a list lack what the list itself says.
    const items = list.items.map((item) => ({ apiVersion: query.apiVersion, kind: query.kind, ...item }));
    return { items, resourceVersion: list.metadata.resourceVersion };
  }

  async #watchOnce(
    path: string,
    query: ObjectQuery,
    resourceVersion: string,
    known: Map<string, KubeJson>,
    onChange: (change: ObjectChange) => void,
    signal: AbortSignal,
  ) {
    const parameters = { ...Object.fromEntries(selectors(query)), resourceVersion, allowWatchBookmarks: true };
    await new Promise<void>((resolve, reject) => {
      const onEvent = (type: string, object: KubeJson) => {
        if (type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED') return;
        const uid = object.metadata?.uid ?? '';
        if (type === 'DELETED') known.delete(uid);
        else known.set(uid, object);
        onChange({ type, object });
      };
      new this.#library.Watch(this.#config)
        .watch(path, parameters, onEvent, () => resolve())
        .then((controller) => signal.addEventListener('abort', () => controller.abort(), { once: true }))
        .catch((error: unknown) => reject(unreachable(messageOf(error), error)));
    });
  }

  /** The collection's path; undefined where the kind does not exist. */
  async #path(query: ObjectQuery, signal: AbortSignal | undefined): Promise<string | undefined> {
    const base = query.apiVersion.includes('/') ? `/apis/${query.apiVersion}` : `/api/${query.apiVersion}`;
    let resource = this.#discovered.get(base)?.find((r) => r.kind === query.kind);
    if (!resource) {
      const answer = await this.request('GET', base, signal);
      if (answer.status === 404) return undefined;
      const resources = (okay(answer) as { resources: ApiResource[] }).resources.filter((r) => !r.name.includes('/'));
      this.#discovered.set(base, resources);
      resource = resources.find((r) => r.kind === query.kind);
    }
    if (!resource) return undefined;
    const namespace = resource.namespaced ? (query.namespace ?? (query.name ? 'default' : undefined)) : undefined;
    return `${base}${namespace ? `/namespaces/${encodeURIComponent(namespace)}` : ''}/${resource.name}`;
  }
}

const unreachable = (message: string, cause: unknown) =>
  new KindlabError({ code: 'cluster-unreachable', message: `the API server does not answer: ${message}`, fix: 'kindlab status', cause });

function okay(answer: { status: number; body: string }): unknown {
  const body: unknown = answer.body.startsWith('{') ? JSON.parse(answer.body) : undefined;
  if (answer.status < 300) return body;
  const message = (body as { message?: string } | undefined)?.message ?? answer.body;
  throw new KindlabError({
    code: answer.status >= 500 || answer.status === 403 || answer.status === 401 ? 'cluster-unreachable' : 'api-error',
    message,
  });
}

function selectors(query: ObjectQuery): URLSearchParams {
  const parameters = new URLSearchParams();
  if (query.labelSelector) parameters.set('labelSelector', query.labelSelector);
  const fields = [query.fieldSelector, query.name && `metadata.name=${query.name}`].filter(Boolean).join(',');
  if (fields) parameters.set('fieldSelector', fields);
  return parameters;
}

function tellDifferences(known: Map<string, KubeJson>, items: KubeJson[], onChange: (change: ObjectChange) => void): void {
  const present = new Map(items.map((item) => [item.metadata?.uid ?? '', item]));
  for (const [uid, object] of known)
    if (!present.has(uid)) {
      known.delete(uid);
      onChange({ type: 'DELETED', object });
    }
  for (const [uid, object] of present) {
    const before = known.get(uid);
    known.set(uid, object);
    if (!before) onChange({ type: 'ADDED', object });
    else if (before.metadata?.resourceVersion !== object.metadata?.resourceVersion) onChange({ type: 'MODIFIED', object });
  }
}
