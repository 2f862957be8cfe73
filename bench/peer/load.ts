/**
 * The load generator, a process of its own: `load.ts JOB` prints what it measured as JSON. It speaks HTTP/1.1 over TLS by
 * hand on connections that stay open, with bodies made beforehand, so that what is measured is the server. The same code
 * loads the simulated server and the real one.
 */
import { connect, type TLSSocket } from 'node:tls';
import { pathToFileURL } from 'node:url';

export interface Target {
  /** `https://127.0.0.1:PORT` */
  server: string;
  ca: string;
  token?: string;
  cert?: string;
  key?: string;
}

export type Job = Target &
  (
    | { job: 'create'; kind: 'pods' | 'configmaps'; namespace: string; from: number; count: number; clients: number }
    | { job: 'get'; path: string; count: number; clients: number }
    | { job: 'list'; path: string; table: boolean; times: number }
    | { job: 'watch'; namespace: string; watchers: number; writers: number; count: number; from: number }
  );

export interface Measured {
  perSecond: number;
  p50: number;
  p99: number;
  /** Of the last answer. */
  bytes: number;
}

const template = (kind: 'pods' | 'configmaps', namespace: string, name: string): unknown =>
  kind === 'configmaps'
    ? { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, labels: { app: 'bench' } }, data: { key: 'x'.repeat(500) } }
    : {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace, labels: { app: 'bench', tier: 'web' }, annotations: { 'example.com/note': 'made by a benchmark' } },
        spec: {
          // Nobody schedules it: what is measured is the API server alone.
          schedulerName: 'nobody',
          containers: [
            {
              name: 'web',
              image: 'nginx:1.27',
              ports: [{ name: 'http', containerPort: 80 }],
              env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
              resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } },
              readinessProbe: { httpGet: { path: '/', port: 'http' } },
            },
          ],
        },
      };

/** One connection: a request at a time, its answer's status and size. */
class Connection {
  readonly #socket: TLSSocket;
  readonly #host: string;
  readonly #authorization: string;
  #received: Buffer = Buffer.alloc(0);
  #resolve: ((answer: { status: number; bytes: number }) => void) | undefined;
  #reject: ((error: Error) => void) | undefined;

  private constructor(socket: TLSSocket, target: Target) {
    this.#socket = socket;
    this.#host = new URL(target.server).host;
    this.#authorization = target.token ? `Authorization: Bearer ${target.token}\r\n` : '';
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', (error) => this.#reject?.(error));
    socket.on('close', () => this.#reject?.(new Error('the server closed the connection')));
  }

  static open(target: Target): Promise<Connection> {
    const { hostname, port } = new URL(target.server);
    return new Promise((resolve, reject) => {
      const { ca, cert, key } = target;
      const socket = connect({ host: hostname, port: Number(port), ca, ...(cert && { cert, key }), ALPNProtocols: ['http/1.1'] });
      socket.setNoDelay(true);
      socket.once('secureConnect', () => resolve(new Connection(socket, target)));
      socket.once('error', reject);
    });
  }

  request(method: string, path: string, body = '', accept = 'application/json'): Promise<{ status: number; bytes: number }> {
    const headers = `${method} ${path} HTTP/1.1\r\nHost: ${this.#host}\r\n${this.#authorization}Accept: ${accept}\r\n`;
    const length = body ? `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` : '';
    this.#socket.write(`${headers}${length}\r\n${body}`);
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Sends a watch and counts its frames, each a line. */
  watch(path: string, onFrames: (count: number) => void, onCut: (error: Error) => void): void {
    this.#socket.removeAllListeners('data');
    this.#reject = onCut;
    let last = 0;
    this.#socket.on('data', (chunk: Buffer) => {
      let frames = 0;
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) {
        // A line of the chunked encoding ends with \r\n, a frame with \n.
        if ((at === 0 ? last : chunk[at - 1]) !== 13) frames++;
      }
      last = chunk.at(-1)!;
      if (frames > 0) onFrames(frames);
    });
    this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: ${this.#host}\r\n${this.#authorization}Accept: application/json\r\n\r\n`);
  }

  close(): void {
    this.#reject = undefined;
    this.#socket.destroy();
  }

  #pieces: Buffer[] = [];
  #size = 0;
  #need = 0;
  #status = 0;

  #take(chunk: Buffer): void {
    this.#pieces.push(chunk);
    this.#size += chunk.length;
    if (this.#need === 0) {
      this.#received = Buffer.concat(this.#pieces);
      this.#pieces = [this.#received];
      const end = this.#received.indexOf('\r\n\r\n');
      if (end === -1) return;
      const head = this.#received.toString('latin1', 0, end);
      this.#status = Number(head.slice(9, 12));
      const length = /content-length: *(\d+)/i.exec(head)?.[1];
      if (length === undefined) this.#need = -(end + 4);
      else this.#need = end + 4 + Number(length);
    }
    if (this.#need < 0) {
      // Chunked: it ends with an empty chunk.
      const tail = Buffer.concat(this.#pieces.slice(-2)).subarray(-5).toString('latin1');
      if (tail !== '0\r\n\r\n') return;
    } else if (this.#size < this.#need) return;
    const bytes = this.#size;
    this.#pieces = [];
    this.#size = 0;
    this.#need = 0;
    this.#resolve?.({ status: this.#status, bytes });
  }
}

const quantile = (values: number[], q: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? 0;

/** Runs `count` requests over the connections, each sending its next one when it has the answer to the last. */
async function closedLoop(
  connections: readonly Connection[],
  count: number,
  send: (connection: Connection, i: number) => Promise<{ status: number; bytes: number }>,
): Promise<Measured> {
  let next = 0;
  let bytes = 0;
  const latencies: number[] = [];
  const begun = performance.now();
  await Promise.all(
    connections.map(async (connection) => {
      while (next < count) {
        const sent = performance.now();
        const answer = await send(connection, next++);
        latencies.push(performance.now() - sent);
        if (answer.status >= 300) throw new Error(`the server answered ${answer.status}`);
        bytes = answer.bytes;
      }
    }),
  );
  const seconds = (performance.now() - begun) / 1000;
  return { perSecond: count / seconds, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99), bytes };
}

const openAll = (target: Target, count: number): Promise<Connection[]> =>
  Promise.all(Array.from({ length: count }, () => Connection.open(target)));

const tableAccept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

/** What is created is fieldValidation=Strict and noted in managedFields, as kubectl does it. */
const createPath = (kind: string, namespace: string): string =>
  `/api/v1/namespaces/${namespace}/${kind}?fieldManager=bench&fieldValidation=Strict`;

export async function run(job: Job): Promise<Measured> {
  if (job.job === 'watch') return watchers(job);
  const connections = await openAll(job, job.job === 'list' ? 1 : job.clients);
  try {
    if (job.job === 'get') return await closedLoop(connections, job.count, (connection) => connection.request('GET', job.path));
    if (job.job === 'list') {
      const accept = job.table ? tableAccept : 'application/json';
      return await closedLoop(connections, job.times, (connection) => connection.request('GET', job.path, '', accept));
    }
    const { kind, namespace, from } = job;
    const bodies = Array.from({ length: job.count }, (_, i) => JSON.stringify(template(kind, namespace, `bench-${from + i}`)));
    return await closedLoop(connections, job.count, (connection, i) => connection.request('POST', createPath(kind, namespace), bodies[i]));
  } finally {
    for (const connection of connections) connection.close();
  }
}

/** Events told to all watchers a second, while writers create ConfigMaps as fast as they can. */
async function watchers(job: Job & { job: 'watch' }): Promise<Measured> {
  const { namespace, count, from } = job;
  const [watching, writing] = [await openAll(job, job.watchers), await openAll(job, job.writers)];
  let seen = 0;
  const { promise: complete, resolve: done, reject: cut } = Promise.withResolvers<void>();
  // It is awaited only after the writes.
  complete.catch(() => {});
  const path = `/api/v1/namespaces/${namespace}/configmaps?watch=true&labelSelector=app%3Dbench`;
  const note = (frames: number) => {
    seen += frames;
    if (seen >= expected) done();
  };
  for (const connection of watching) connection.watch(path, note, cut);
  // What is there already is told first.
  const quiet = async () => {
    for (let before = -1; before !== seen; await new Promise((resolve) => setTimeout(resolve, 500))) before = seen;
  };
  let expected = Infinity;
  await quiet();
  const already = seen;
  expected = already + count * job.watchers;
  const bodies = Array.from({ length: count }, (_, i) => JSON.stringify(template('configmaps', namespace, `bench-${from + i}`)));
  const begun = performance.now();
  const written = await closedLoop(writing, count, (connection, i) =>
    connection.request('POST', createPath('configmaps', namespace), bodies[i]),
  );
  await complete;
  const seconds = (performance.now() - begun) / 1000;
  for (const connection of [...watching, ...writing]) connection.close();
  return { ...written, perSecond: (seen - already) / seconds };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  let text = '';
  for await (const chunk of process.stdin) text += String(chunk);
  console.log(JSON.stringify(await run(JSON.parse(text) as Job)));
}
