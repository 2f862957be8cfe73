import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { connect, type ClientHttp2Session } from 'node:http2';
import { request as https } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { systemClock } from '../../../src/base/clock.ts';
import { namespaces, pods, serviceAccounts } from '../../../src/kube/resources.ts';
import { StatusError } from '../../../src/kube/status.ts';
import type { NodeAccess } from '../../../src/sim/api/node-access.ts';
import { Catalog } from '../../../src/sim/api/registry/catalog.ts';
import { createApiServer, type ApiServer } from '../../../src/sim/api/server.ts';
import { seededRandom } from '../../../src/sim/random.ts';
import { Store } from '../../../src/sim/store/store.ts';
import { maps } from './harness.ts';

const nodes: NodeAccess = {
  async exec({ container }, io) {
    if (io.argv[0] === 'missing') throw new StatusError(404, 'NotFound', 'no such command');
    io.stdout(`${container}: ${io.argv.join(' ')}\n`);
    for await (const chunk of io.stdin ?? []) io.stdout(Buffer.from(chunk).toString().toUpperCase());
    io.stderr('done\n');
    return io.argv[0] === 'fail' ? 7 : 0;
  },
  attach: async () => 0,
  async *logs(_target, { tailLines }) {
    yield* ['one\n', 'two\n', 'three\n'].slice(tailLines ? -tailLines : 0);
  },
  request: () => {
    throw new Error('not in this test');
  },
  connect: async () => {
    throw new StatusError(503, 'ServiceUnavailable', 'not in this test');
  },
};

let store: Store;
let server: ApiServer;
let session: ClientHttp2Session;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kindlab-api-'));
  store = Store.open();
  const core = { store, clock: systemClock, random: seededRandom(1), catalog: new Catalog(store) };
  server = createApiServer({ core, name: 'test', folder, nodeAccess: nodes });
  server.api.create(namespaces, { metadata: { name: 'default' } });
  server.api.create(pods, {
    metadata: { name: 'web', namespace: 'default' },
    spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }] },
  });
  await server.listen();
  session = connect(server.url, { ca: server.pki.ca, cert: server.pki.adminCertificate, key: server.pki.adminKey });
});

afterEach(async () => {
  session.destroy();
  await server.close();
  store.close();
});

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  body: Buffer;
}

function call(
  method: string,
  path: string,
  { body, headers = {}, through = session }: { body?: string; headers?: object; through?: ClientHttp2Session } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = through.request({ ':method': method, ':path': path, 'content-type': 'application/json', ...headers });
    let answered: Record<string, unknown> = {};
    const chunks: Buffer[] = [];
    stream.on('response', (h) => (answered = h));
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => resolve({ status: Number(answered[':status']), headers: answered, body: Buffer.concat(chunks) }));
    stream.on('error', reject);
    stream.end(body);
  });
}

describe('the server', () => {
  it('speaks HTTP/2 and HTTP/1.1 to the admin of its kubeconfig, which only the owner can read', async () => {
    expect(JSON.parse((await call('GET', '/version')).body.toString())).toMatchObject({ gitVersion: 'v1.36.3' });
    const status = await new Promise((resolve, reject) => {
      https(`${server.url}/api/v1/pods`, { ca: server.pki.ca, cert: server.pki.adminCertificate, key: server.pki.adminKey }, (r) => {
        r.resume();
        resolve(r.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(200);
    expect(statSync(server.kubeconfigPath).mode & 0o777).toBe(0o600);
    expect(readFileSync(server.kubeconfigPath, 'utf8')).toContain('current-context: kind-test\n');
    expect(statSync(join(folder, 'pki')).mode & 0o777).toBe(0o700);
  });

  it('lets strangers see health and version alone, and refuses bad tokens', async () => {
    const stranger = connect(server.url, { ca: server.pki.ca });
    expect((await call('GET', '/livez', { through: stranger })).body.toString()).toBe('ok');
    const forbidden = await call('GET', '/api/v1/pods', { through: stranger });
    expect(JSON.parse(forbidden.body.toString())).toMatchObject({
      code: 403,
      message: 'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" at the cluster scope',
    });
    expect((await call('GET', '/api', { through: stranger, headers: { authorization: 'Bearer nonsense' } })).status).toBe(401);
    stranger.destroy();
  });

  it('lets a service account do what a role binding gives it, and no more', async () => {
    server.api.create(serviceAccounts, { metadata: { name: 'robot', namespace: 'default' } });
    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
    const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }];
    await call('POST', `${rbac}/roles`, { body: JSON.stringify({ metadata: { name: 'reader' }, rules }) });
    const subjects = [{ kind: 'ServiceAccount', name: 'robot', namespace: 'default' }];
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' };
    await call('POST', `${rbac}/rolebindings`, { body: JSON.stringify({ metadata: { name: 'reader' }, subjects, roleRef }) });
    const { body } = await call('POST', '/api/v1/namespaces/default/serviceaccounts/robot/token', { body: '{"spec":{}}' });
    const headers = { authorization: `Bearer ${JSON.parse(body.toString()).status.token}` };
    expect((await call('GET', '/api/v1/namespaces/default/pods', { headers })).status).toBe(200);
    expect((await call('DELETE', '/api/v1/namespaces/default/pods/web', { headers })).status).toBe(403);
  });

  it('takes an object that leaves its kind to the path, whole and in a change', async () => {
    const maps = '/api/v1/namespaces/default/configmaps';
    expect((await call('POST', maps, { body: '{"metadata":{"name":"plain"}}' })).status).toBe(201);
    const { status, body } = await call('PUT', `${maps}/plain`, { body: '{"metadata":{"name":"plain"},"data":{"a":"1"}}' });
    expect([status, JSON.parse(body.toString())]).toMatchObject([200, { apiVersion: 'v1', kind: 'ConfigMap', data: { a: '1' } }]);
  });

  it('flushes the headers of a watch before there is an event, and encodes what follows', async () => {
    const stream = session.request({ ':path': `${maps}?watch=true&resourceVersion=${store.revision}` });
    await new Promise((resolve) => stream.once('response', resolve));
    await call('POST', maps, { body: JSON.stringify({ metadata: { name: 'a' } }) });
    const chunk = await new Promise<Buffer>((resolve) => stream.once('data', resolve));
    expect(JSON.parse(chunk.toString())).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'a' } } });
    stream.close();
  });

  it('compresses large lists for those who ask', async () => {
    for (let i = 0; i < 3; i++) {
      await call('POST', maps, { body: JSON.stringify({ metadata: { name: `big-${i}` }, data: { text: 'x'.repeat(100_000) } }) });
    }
    const { headers, body } = await call('GET', maps, { headers: { 'accept-encoding': 'gzip' } });
    expect(headers['content-encoding']).toBe('gzip');
    expect(JSON.parse(gunzipSync(body).toString()).items).toHaveLength(3);
  });

  it('answers a path that nothing serves as the real server does, without a Status', async () => {
    for (const path of ['/apis/nope/v1/things', '/%zz']) {
      const { status, body } = await call('GET', path);
      expect([status, body.toString()]).toEqual([404, '404 page not found\n']);
    }
  });

  it('takes YAML, warns of unknown fields, and answers every failure with a Status', async () => {
    const yaml = 'metadata:\n  name: a\ndata:\n  x: "y"\nextra: 1\n';
    const made = await call('POST', maps, { body: yaml, headers: { 'content-type': 'application/yaml' } });
    expect(made.status).toBe(201);
    expect(made.headers['warning']).toBe('299 - "unknown field \\"extra\\""');
    for (const [status, method, path, options] of [
      [400, 'POST', maps, { body: '{' }],
      [415, 'POST', maps, { body: 'x', headers: { 'content-type': 'text/plain' } }],
      [405, 'POST', `${maps}/a`, { body: '{}' }],
      [404, 'GET', '/apis/apps/v1/things', {}],
      [413, 'POST', maps, { body: `{"a":"${'x'.repeat(4 * 1024 * 1024)}"}` }],
    ] as const) {
      const answer = await call(method, path, options);
      expect(answer.status, path).toBe(status);
      expect(JSON.parse(answer.body.toString())).toMatchObject({ kind: 'Status', status: 'Failure', code: status });
    }
    for (const path of ['/apis/nope/v1/things', '/%zz']) {
      const answer = await call('GET', path, {});
      expect([answer.status, answer.body.toString()], path).toEqual([404, '404 page not found\n']);
    }
  });

  it('keeps a prototype key as data', async () => {
    await call('POST', maps, { body: '{"metadata":{"name":"a"},"data":{"__proto__":"x","constructor":"y"}}' });
    const { body } = await call('GET', `${maps}/a`);
    expect(body.toString()).toContain('"constructor":"y"');
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it('says which port is taken', async () => {
    const core = { store, clock: systemClock, random: seededRandom(1), catalog: new Catalog(store) };
    const second = createApiServer({ core, name: 'second', port: server.port });
    await expect(second.listen()).rejects.toMatchObject({ code: 'port-in-use', message: expect.stringContaining(String(server.port)) });
  });

  it('gives the tail of a log', async () => {
    const { body, headers } = await call('GET', '/api/v1/namespaces/default/pods/web/log?tailLines=2');
    expect(body.toString()).toBe('two\nthree\n');
    expect(headers['content-type']).toBe('text/plain');
    expect((await call('GET', '/api/v1/namespaces/default/pods/web/log?container=nope')).status).toBe(400);
  });
});

interface Streams {
  protocol: string;
  channels: Record<number, string>;
}

function exec(query: string, protocols: string[], stdin?: string): Promise<Streams> {
  return new Promise((resolve, reject) => {
    const { ca, adminCertificate: cert, adminKey: key } = server.pki;
    const url = `${server.url.replace('https', 'wss')}/api/v1/namespaces/default/pods/web/exec?${query}`;
    const socket = new WebSocket(url, protocols, { ca, cert, key });
    const channels: Record<number, string> = {};
    socket.on('open', () => {
      if (stdin === undefined) return;
      socket.send(Buffer.concat([Buffer.from([0]), Buffer.from(stdin)]));
      socket.send(Buffer.from([255, 0]));
    });
    socket.on('message', (data: Buffer) => (channels[data[0]!] = (channels[data[0]!] ?? '') + data.subarray(1).toString()));
    socket.on('close', () => resolve({ protocol: socket.protocol, channels }));
    socket.on('error', reject);
  });
}

describe('exec', () => {
  it('carries the streams and a success', async () => {
    const { protocol, channels } = await exec('command=echo&command=hi&stdout=true&stderr=true', [
      'v5.channel.k8s.io',
      'v4.channel.k8s.io',
    ]);
    expect(protocol).toBe('v5.channel.k8s.io');
    expect(channels).toEqual({ 1: 'c: echo hi\n', 2: 'done\n', 3: JSON.stringify({ metadata: {}, status: 'Success' }) });
  });

  it('ends standard input where the client says so, and tells the exit code', async () => {
    const { channels } = await exec('command=fail&stdin=true&stdout=true&stderr=true', ['v5.channel.k8s.io'], 'shout');
    expect(channels[1]).toBe('c: fail\nSHOUT');
    expect(JSON.parse(channels[3]!)).toMatchObject({
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '7' }] },
    });
  });

  it('tells a failure of the kubelet as a Status', async () => {
    const { channels } = await exec('command=missing&stdout=true', ['v4.channel.k8s.io']);
    expect(JSON.parse(channels[3]!)).toMatchObject({ kind: 'Status', code: 404, message: 'no such command' });
  });

  it('refuses a protocol that it does not speak', async () => {
    await expect(exec('command=x&stdout=true', ['v1.other'])).rejects.toThrow('400');
  });
});
