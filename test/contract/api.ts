import { Agent, request as https } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** How to reach an API server as somebody who may do everything. */
export interface Target {
  url: string;
  ca: string;
  token?: string;
  certificate?: { cert: string; key: string };
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  // oxlint-disable-next-line typescript/no-explicit-any -- cases look into answers of every kind
  body: any;
}

export interface SendOptions {
  /** Sent as JSON, or as it is where it is a text. */
  body?: unknown;
  type?: string;
  accept?: string;
  headers?: Record<string, string>;
}

/** What one request was answered. */
export interface Exchange {
  request: string;
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

/** Headers that say something about the answer, not about the connection. */
const compared = ['allow', 'cache-control', 'content-type', 'retry-after', 'warning', 'www-authenticate'];

const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

/** A client that keeps what it was answered, and removes what it made. */
export class Api {
  readonly exchanges: Exchange[] = [];
  readonly ns: string;
  readonly #target: Target;
  readonly #agent: Agent;
  readonly #bare: Agent;
  readonly #made: string[] = [];

  constructor(target: Target, ns: string) {
    this.#target = target;
    this.ns = ns;
    this.#bare = new Agent({ keepAlive: true, ca: target.ca });
    this.#agent = new Agent({ keepAlive: true, ca: target.ca, ...target.certificate });
  }

  /** A path in the case's own namespace: `configmaps/a` or `apps/v1/deployments/d`. */
  at(path: string): string {
    const parts = path.split('/');
    const grouped = /^v\d/.test(parts[1] ?? '') ? parts.splice(0, 2).join('/') : undefined;
    return `${grouped ? `/apis/${grouped}` : '/api/v1'}/namespaces/${this.ns}/${parts.join('/')}`;
  }

  /** A request that is part of what is compared. Paths that do not begin with a slash are in the namespace. */
  async send(method: string, path: string, options: SendOptions = {}): Promise<Answer> {
    const full = path.startsWith('/') ? path : this.at(path);
    const answer = await this.quietly(method, full, options);
    const headers = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => compared.includes(name)));
    this.exchanges.push({ request: `${method} ${full}`, status: answer.status, headers, body: answer.body });
    return answer;
  }

  get = (path: string, accept?: string) => this.send('GET', path, accept === undefined ? {} : { accept });
  post = (path: string, body?: unknown, options?: SendOptions) => this.send('POST', path, { body, ...options });
  put = (path: string, body?: unknown, options?: SendOptions) => this.send('PUT', path, { body, ...options });
  delete = (path: string, body?: unknown) => this.send('DELETE', path, { body });
  patch = (path: string, body: unknown, type: keyof typeof patchTypes = 'merge', options?: SendOptions) =>
    this.send('PATCH', path, { body, type: patchTypes[type], ...options });

  /** Waits until a controller has seen the object's latest generation and nothing changes any more. Not compared. */
  async settled(
    path: string,
    done = (o: Answer['body']): boolean => o.status?.observedGeneration === o.metadata?.generation,
  ): Promise<void> {
    let last = '';
    for (let attempt = 0; attempt < 60; attempt++) {
      const { body } = await this.quietly('GET', path.startsWith('/') ? path : this.at(path));
      const version = String(body?.metadata?.resourceVersion);
      if (done(body) && version === last) return;
      last = version;
      await sleep(100);
    }
    throw new Error(`${path} does not settle`);
  }

  /** The frames of a watch: `count` of them, or those that came before the server ended it. */
  async watch(path: string, count: number, run: () => Promise<unknown> = async () => {}, accept?: string): Promise<Answer['body'][]> {
    const full = path.startsWith('/') ? path : this.at(path);
    const stop = new AbortController();
    const incoming = await this.#open('GET', full, accept ? { accept } : {}, stop.signal);
    const chunks: Buffer[] = [];
    const frames = () => Buffer.concat(chunks).toString().split('\n').filter(Boolean);
    const ended = new Promise<void>((resolve) => {
      incoming.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        if (frames().length >= count) resolve();
      });
      incoming.on('error', () => resolve());
      incoming.on('end', () => resolve());
    });
    await run();
    await Promise.race([ended, sleep(4000, undefined, { ref: false })]);
    stop.abort();
    const events = frames().slice(0, count).map(parse) as Answer['body'][];
    const body = incoming.statusCode === 200 ? events : events[0];
    this.exchanges.push({ request: `WATCH ${full}`, status: incoming.statusCode!, headers: {}, body });
    return events;
  }

  /** A request that is not compared. */
  async quietly(method: string, path: string, options: SendOptions = {}): Promise<Answer> {
    const incoming = await this.#open(method, path, options);
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, [value].flat().join(', ')]));
    const body = parse(Buffer.concat(chunks).toString());
    if (incoming.statusCode === 201) this.#note(method, path, body as Answer['body']);
    return { status: incoming.statusCode!, headers, body };
  }

  /** Removes what the case made, with whatever holds it, and waits until it is gone. */
  async clean(): Promise<void> {
    for (const path of this.#made.splice(0).reverse()) {
      const body = { propagationPolicy: 'Background', ...(path.includes('/pods/') && { gracePeriodSeconds: 0 }) };
      const { status } = await this.quietly('DELETE', path, { body });
      for (let attempt = 0; status !== 404 && attempt < 50; attempt++) {
        const left = await this.quietly('GET', path);
        if (left.status === 404) break;
        // A namespace and a definition go by themselves, later.
        if (left.body?.metadata?.finalizers?.length > 0 && !path.includes('customresourcedefinitions'))
          await this.quietly('PATCH', path, { body: { metadata: { finalizers: null } }, type: patchTypes.merge });
        if (/^\/api\/v1\/namespaces\/[^/]*$/.test(path)) break;
        await sleep(50);
      }
    }
  }

  close(): void {
    this.#agent.destroy();
    this.#bare.destroy();
  }

  #note(method: string, path: string, body: Answer['body']): void {
    const bare = path.split('?')[0]!;
    const name = body?.metadata?.name as string | undefined;
    if (!name || path.includes('dryRun') || !body.metadata.uid) return;
    const made = method === 'POST' ? `${bare}/${name}` : bare;
    if (!this.#made.includes(made)) this.#made.push(made);
  }

  #open(method: string, path: string, { body, type, accept, headers }: SendOptions, signal?: AbortSignal): Promise<IncomingMessage> {
    const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const outgoing = https(
        `${this.#target.url}${path}`,
        {
          method,
          // Who shows a token of his own shows no certificate.
          agent: headers?.['authorization'] === undefined ? this.#agent : this.#bare,
          ...(signal && { signal }),
          headers: {
            'user-agent': 'contract/1.0',
            accept: accept ?? 'application/json',
            ...(text !== undefined && { 'content-type': type ?? 'application/json', 'content-length': Buffer.byteLength(text) }),
            ...(this.#target.token !== undefined && { authorization: `Bearer ${this.#target.token}` }),
            ...headers,
          },
        },
        resolve,
      );
      outgoing.on('error', reject);
      outgoing.end(text);
    });
  }
}

function parse(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the text itself is compared.
    return text;
  }
}
