import { expect, test } from 'vitest';
import type { ConnectResult } from '../../../../src/sim/net/network.ts';
import type { NodeAccess } from '../../../../src/sim/api/node-access.ts';
import { newServer, pod, podsPath } from '../harness.ts';

const unused = () => {
  throw new Error('not in this test');
};

/** Pods at 10.0.0.1 answer what they were asked; nobody listens elsewhere. */
async function cluster() {
  const server = newServer();
  const asked: string[] = [];
  const nodes: NodeAccess = {
    exec: unused,
    attach: unused,
    logs: unused,
    connect: unused,
    request({ address, port }, { method, path }): ConnectResult {
      asked.push(`${method} ${address}:${port}${path}`);
      const up = address === '10.0.0.1' && port === 80;
      const response = { status: 418, body: 'tea', headers: { 'X-Server': 'pot' } };
      return { outcome: up ? 'connected' : 'refused', reason: '', latencyMs: 0, trace: [], ...(up && { response }) };
    },
  };
  server.server.useNodes(nodes);
  server.clock.play(1000);
  await server.send('POST', podsPath, pod('web', { containers: [{ name: 'c', image: 'nginx', ports: [{ containerPort: 80 }] }] }));
  await server.patch(`${podsPath}/web/status`, { status: { podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }] } });
  const services = '/api/v1/namespaces/default/services';
  await server.send('POST', services, {
    metadata: { name: 'web' },
    spec: { clusterIP: 'None', selector: { app: 'web' }, ports: [{ name: 'http', port: 8080, targetPort: 80 }] },
  });
  await server.send('POST', '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
    metadata: { name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.9'], conditions: { ready: false } }, { addresses: ['10.0.0.1'] }],
    ports: [{ name: 'http', port: 80 }],
  });
  const get = (path: string) => server.server.request('GET', path);
  return { ...server, asked, get, services };
}

test('a pod is asked at its first port, or at the one that is named', async () => {
  const { get, asked } = await cluster();
  expect(await get(`${podsPath}/web/proxy/a/b?c=d`)).toEqual({ status: 418, body: 'tea' });
  await get(`${podsPath}/http:web:80/proxy/`);
  expect(asked).toEqual(['GET 10.0.0.1:80/a/b?c=d', 'GET 10.0.0.1:80/']);
});

test('a service is asked at an endpoint that is ready, by the name or number of its port', async () => {
  const { get, asked, services } = await cluster();
  for (const name of ['web', 'web:http', 'web:8080', 'http:web:http']) expect((await get(`${services}/${name}/proxy/x`)).status).toBe(418);
  expect(new Set(asked)).toEqual(new Set(['GET 10.0.0.1:80/x']));
  expect((await get(`${services}/web:81/proxy/x`)).body).toContain('no service port 81 found for service \\"web\\"');
});

test('what does not answer is told as the API server tells it', async () => {
  const { get } = await cluster();
  const refused = await get(`${podsPath}/web:81/proxy/`);
  expect(refused.status).toBe(503);
  expect(JSON.parse(refused.body)).toMatchObject({
    message: 'error trying to reach service: dial tcp 10.0.0.1:81: connect: connection refused',
    reason: 'ServiceUnavailable',
  });
  expect((await get(`${podsPath}/none:80/proxy/`)).status).toBe(404);
  expect((await get(`${podsPath}/a:b:c:d/proxy/`)).status).toBe(400);
});

test('without a slash at its end, the answer leads to the path with one', async () => {
  const { get } = await cluster();
  expect((await get(`${podsPath}/web/proxy`)).status).toBe(301);
});
