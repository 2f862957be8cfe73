import { expect, test } from 'vitest';
import type { Pod } from '../../../../src/kube/types.ts';
import { containerUsage } from '../../../../src/sim/api/metrics/usage.ts';
import { newServer, pod, podsPath } from '../harness.ts';

const metricsPath = '/apis/metrics.k8s.io/v1beta1';

async function withRunningPod() {
  const server = newServer();
  await server.send(
    'POST',
    podsPath,
    pod('web', { nodeName: 'n1', containers: [{ name: 'c', image: 'nginx', resources: { requests: { cpu: '200m', memory: '64Mi' } } }] }),
  );
  await server.send('POST', podsPath, pod('waiting'));
  await server.send('POST', '/api/v1/nodes', { metadata: { name: 'n1' } });
  const status = {
    phase: 'Running',
    containerStatuses: [{ name: 'c', image: 'nginx', imageID: '', ready: true, restartCount: 0, state: { running: {} } }],
  };
  await server.patch(`${podsPath}/web/status`, { status });
  return server;
}

test('pods that run have figures of their containers, others have none', async () => {
  const { send } = await withRunningPod();
  const { body } = await send('GET', `${metricsPath}/namespaces/default/pods`);
  expect(body).toMatchObject({
    kind: 'PodMetricsList',
    items: [{ kind: 'PodMetrics', metadata: { name: 'web' }, window: '15s', containers: [{ name: 'c' }] }],
  });
  expect(body.items[0].containers[0].usage).toEqual({ cpu: expect.stringMatching(/^\d+n$/), memory: expect.stringMatching(/^\d+Ki$/) });
  expect(await send('GET', `${metricsPath}/namespaces/default/pods/waiting`)).toMatchObject({ status: 404, body: { reason: 'NotFound' } });
});

test('selectors choose among them', async () => {
  const { send } = await withRunningPod();
  const names = async (query: string) =>
    (await send('GET', `${metricsPath}/pods?${query}`)).body.items.map((item: Pod) => item.metadata.name);
  expect(await names('labelSelector=app%3Dweb')).toEqual(['web']);
  expect(await names('labelSelector=app%3Dother')).toEqual([]);
  expect(await names('fieldSelector=metadata.name%3Dweb')).toEqual(['web']);
});

test('a node uses what its pods use, and something for itself', async () => {
  const { send } = await withRunningPod();
  const cpu = (usage: { cpu: string }) => Number.parseInt(usage.cpu, 10);
  const { body: node } = await send('GET', `${metricsPath}/nodes/n1`);
  const { body: web } = await send('GET', `${metricsPath}/namespaces/default/pods/web`);
  expect(cpu(node.usage)).toBe(cpu(web.containers[0].usage) + 60_000_000);
});

test('nothing of it can be written, and discovery lists it', async () => {
  const { send } = await withRunningPod();
  expect((await send('POST', `${metricsPath}/namespaces/default/pods`, {})).status).toBe(405);
  const { body } = await send('GET', metricsPath);
  expect(body.resources.map(({ name, kind, verbs }: { name: string; kind: string; verbs: string[] }) => [name, kind, verbs])).toEqual([
    ['nodes', 'NodeMetrics', ['get', 'list']],
    ['pods', 'PodMetrics', ['get', 'list']],
  ]);
});

test('a figure stays for a window, and is near half of the request in all', () => {
  const of = { metadata: { uid: 'u' } } as Pod;
  const container = { name: 'c', resources: { requests: { cpu: '1', memory: '100Mi' } } };
  const figures = Array.from({ length: 50 }, (_, i) => containerUsage(of, container, i * 15_000).cpuMilli);
  expect(containerUsage(of, container, 14_999).cpuMilli).toBe(figures[0]);
  expect(new Set(figures).size).toBeGreaterThan(20);
  expect(Math.min(...figures)).toBeGreaterThanOrEqual(375);
  expect(Math.max(...figures)).toBeLessThanOrEqual(625);
});
