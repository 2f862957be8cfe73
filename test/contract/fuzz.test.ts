/** Malformed and hostile requests: every one is answered with a Status, and the server lives on. */
import { connect as connectHttp2 } from 'node:http2';
import { connect, type TLSSocket } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from './api.ts';
import { map, pod } from './cases/manifests.ts';
import { simulated, type Server } from './servers.ts';

let server: Server;
let api: Api;
const ns = 'fuzz';

beforeAll(async () => {
  server = await simulated();
  api = new Api(server.target, ns);
  await api.quietly('POST', '/api/v1/namespaces', { body: { metadata: { name: ns } } });
  await api.quietly('POST', api.at('configmaps'), { body: map('target') });
});
afterAll(async () => {
  api.close();
  await server[Symbol.asyncDispose]();
});

const alive = async () => expect((await api.quietly('GET', api.at('configmaps/target'))).body.data).toEqual({ k: 'v' });

function expectAnswer({ status, body }: { status: number; body: unknown }): void {
  expect(status).toBeLessThan(500);
  if (status >= 400 && body !== '404 page not found\n') expect(body).toMatchObject({ kind: 'Status', status: 'Failure', code: status });
}

const port = () => Number(new URL(server.target.url).port);
const raw = (): Promise<TLSSocket> =>
  new Promise((resolve, reject) => {
    const socket = connect({
      host: '127.0.0.1',
      port: port(),
      ca: server.target.ca,
      ...server.target.certificate,
      ALPNProtocols: ['http/1.1'],
    });
    socket.once('secureConnect', () => resolve(socket)).once('error', reject);
  });

async function talk(text: string | Buffer, waitMs = 300): Promise<string> {
  const socket = await raw();
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => {});
  socket.write(text);
  await Promise.race([new Promise((resolve) => socket.once('close', resolve)), sleep(waitMs)]);
  socket.destroy();
  return Buffer.concat(chunks).toString();
}

describe('whatever is sent', () => {
  it('JSON of any shape is answered', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.json({ maxDepth: 6 }),
        fc.constantFrom('configmaps', 'pods', 'services', 'apps/v1/deployments'),
        async (body, path) => {
          expectAnswer(await api.quietly('POST', `${api.at(path)}?dryRun=All`, { body }));
        },
      ),
      { numRuns: 150 },
    );
    await alive();
  });

  it('an object of a kind with a field of any shape is answered', async () => {
    const fields = fc.dictionary(
      fc.constantFrom('metadata', 'spec', 'status', 'data', '__proto__', 'constructor'),
      fc.jsonValue({ maxDepth: 4 }),
    );
    await fc.assert(
      fc.asyncProperty(fields, fc.jsonValue({ maxDepth: 4 }), async (object, value) => {
        const body = { ...pod('p'), ...object, metadata: { name: 'p' } };
        expectAnswer(await api.quietly('POST', `${api.at('pods')}?dryRun=All`, { body }));
        const spec = {
          containers: [{ name: 'c', image: 'i', env: value, ports: value, resources: value }],
          volumes: value,
          affinity: value,
        };
        expectAnswer(await api.quietly('POST', `${api.at('pods')}?dryRun=All`, { body: pod('p', spec) }));
      }),
      { numRuns: 150 },
    );
    await alive();
  });

  it('patches of any shape are answered, and change no prototype', async () => {
    const types = ['json-patch+json', 'merge-patch+json', 'strategic-merge-patch+json', 'apply-patch+yaml'];
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 5 }), fc.constantFrom(...types), async (body, type) => {
        expectAnswer(
          await api.quietly('PATCH', `${api.at('configmaps/target')}?dryRun=All&fieldManager=f`, { body, type: `application/${type}` }),
        );
      }),
      { numRuns: 200 },
    );
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      const hostile = `{"metadata":{"annotations":{"${key}":"x"}},"${key}":{"polluted":"yes"},"data":{"${key}":{"polluted":"yes"}}}`;
      for (const type of types.slice(1, 3)) {
        expectAnswer(
          await api.quietly('PATCH', `${api.at('configmaps/target')}?dryRun=All`, { body: hostile, type: `application/${type}` }),
        );
      }
    }
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
    await alive();
  });

  it('operations of a JSON patch at any path are answered', async () => {
    const path = fc
      .array(fc.constantFrom('data', 'metadata', 'labels', '__proto__', 'constructor', 'prototype', '-', '0', '~', '', 'k'))
      .map((p) => `/${p.join('/')}`);
    const operation = fc.record({
      op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test'),
      path,
      from: path,
      value: fc.jsonValue(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 5 }), async (body) => {
        const options = { body, type: 'application/json-patch+json' };
        expectAnswer(await api.quietly('PATCH', `${api.at('configmaps/target')}?dryRun=All`, options));
      }),
      { numRuns: 200 },
    );
    expect(({} as Record<string, unknown>)['value']).toBeUndefined();
    await alive();
  });

  it('bytes that say they are protobuf are answered', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const body = `k8s\0${Buffer.from(bytes).toString('latin1')}`;
        expectAnswer(
          await api.quietly('POST', `${api.at('configmaps')}?dryRun=All`, { body, type: 'application/vnd.kubernetes.protobuf' }),
        );
      }),
      { numRuns: 150 },
    );
    await alive();
  });

  it('paths and queries of any text are answered', async () => {
    const name = fc.string({ minLength: 1, maxLength: 20 }).map(encodeURIComponent);
    await fc.assert(
      fc.asyncProperty(name, name, fc.constantFrom('GET', 'PUT', 'DELETE', 'POST', 'PATCH'), async (a, b, method) => {
        expectAnswer(await api.quietly(method, `/api/v1/namespaces/${a}/${b}`));
        expectAnswer(await api.quietly('GET', `/api/v1/configmaps?labelSelector=${a}&fieldSelector=${b}&limit=1`));
        expectAnswer(await api.quietly('GET', `/api/v1/configmaps?resourceVersion=0&continue=${a}`));
        expectAnswer(await api.quietly('GET', `/${a}/${b}`));
      }),
      { numRuns: 100 },
    );
    await alive();
  });
});

describe('hostile requests', () => {
  it('JSON that is nested deeply is answered', async () => {
    for (const depth of [1_000, 10_000, 500_000]) {
      const nested = `{"metadata":{"name":"a"},"x":${'['.repeat(depth)}${']'.repeat(depth)}}`;
      const objects = `{"metadata":{"name":"a"},"x":${'{"a":'.repeat(depth / 2)}1${'}'.repeat(depth / 2)}}`;
      for (const body of [nested, objects]) {
        expectAnswer(await api.quietly('POST', `${api.at('configmaps')}?dryRun=All`, { body }));
        expectAnswer(
          await api.quietly('PATCH', `${api.at('configmaps/target')}?dryRun=All`, { body, type: 'application/merge-patch+json' }),
        );
      }
    }
    await alive();
  });

  it('YAML that grows by aliases is answered', async () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 12; i++)
      lines.push(
        `a${i}: &a${i} [${Array(9)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    expectAnswer(await api.quietly('POST', `${api.at('configmaps')}?dryRun=All`, { body: lines.join('\n'), type: 'application/yaml' }));
    await alive();
  });

  it('a body of 100 MB is refused with 413 before it has been read', async () => {
    const session = connectHttp2(server.target.url, { ca: server.target.ca, ...server.target.certificate });
    session.on('error', () => {});
    const stream = session.request({ ':method': 'POST', ':path': api.at('configmaps'), 'content-type': 'application/json' });
    stream.on('error', () => {});
    const status = new Promise<number>((resolve) => stream.on('response', (headers) => resolve(Number(headers[':status']))));
    const chunk = Buffer.alloc(1024 * 1024, 0x20);
    let sent = 0;
    while (sent < 100 && !stream.closed && !stream.destroyed) {
      stream.write(chunk);
      sent++;
      if (await Promise.race([status.then(() => true), sleep(5, false)])) break;
    }
    expect(await status).toBe(413);
    expect(sent).toBeLessThan(100);
    session.destroy();
    await alive();
  });

  it('requests that are no HTTP, and headers that are none, end the connection only', async () => {
    for (const text of [
      'nonsense\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      'GET /api/v1/pods HTTP/1.1\r\n\r\n',
      `GET /api/v1/pods HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(200_000)}\r\n\r\n`,
      'POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      'POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n',
      'GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n',
      `GET /%ff%fe/%00 HTTP/1.1\r\nHost: x\r\n\r\n`,
      '\u0016\u0003\u0001\u0000\u0005hello',
    ]) {
      const answer = await talk(text);
      if (answer !== '') expect(answer).toMatch(/^HTTP\/1\.1 \d{3} /);
    }
    await alive();
  });

  it('upgrades with bad keys and frames are refused or closed', async () => {
    const path = api.at('pods/none/exec?command=ls');
    const upgrade = (headers: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n${headers}\r\n\r\n`;
    const key = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
    for (const headers of [
      'Upgrade: websocket',
      'Upgrade: websocket\r\nSec-WebSocket-Key: x',
      `Upgrade: websocket\r\n${key}`,
      `Upgrade: websocket\r\n${key}\r\nSec-WebSocket-Protocol: nonsense`,
      `Upgrade: websocket\r\n${key}\r\nSec-WebSocket-Protocol: v5.channel.k8s.io`,
      'Upgrade: SPDY/3.1',
      'Upgrade: nonsense',
    ]) {
      const answer = await talk(Buffer.concat([Buffer.from(upgrade(headers)), Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0, 1, 2, 3])]));
      if (answer !== '') expect(answer).toMatch(/^HTTP\/1\.1 \d{3} /);
    }
    await alive();
  });

  it('slow clients hold up nobody', async () => {
    const sockets = await Promise.all(Array.from({ length: 30 }, () => raw()));
    for (const socket of sockets) {
      socket.on('error', () => {});
      socket.write('POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{');
    }
    const before = performance.now();
    await alive();
    expect(performance.now() - before).toBeLessThan(2_000);
    for (const socket of sockets) socket.destroy();
  });
});
