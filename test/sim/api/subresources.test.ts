import { describe, expect, it } from 'vitest';
import { podDisruptionBudgets, pods } from '../../../src/kube/resources.ts';
import { newServer, pod, podsPath } from './harness.ts';

const budgets = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';

async function guarded(disruptionsAllowed: number) {
  const server = newServer();
  const { send, api } = server;
  await send('POST', podsPath, pod('web', { nodeName: 'n1' }));
  api.modify(
    pods,
    'default',
    'web',
    (copy) => void (copy.status = { ...copy.status, phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }),
    { subresource: 'status' },
  );
  await send('POST', budgets, { metadata: { name: 'pdb' }, spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } } });
  api.modify(
    podDisruptionBudgets,
    'default',
    'pdb',
    (copy) =>
      void (copy.status = {
        observedGeneration: 1,
        disruptionsAllowed,
        currentHealthy: 1 + disruptionsAllowed,
        desiredHealthy: 1,
        expectedPods: 2,
      }),
    { subresource: 'status' },
  );
  return server;
}

const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'web' } };

describe('an eviction', () => {
  it('is refused with 429 where the budget has no room', async () => {
    const { send, api } = await guarded(0);
    expect((await send('POST', `${podsPath}/web/eviction`, eviction)).body).toMatchObject({
      code: 429,
      reason: 'TooManyRequests',
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      details: { causes: [{ reason: 'DisruptionBudget', message: 'The disruption budget pdb needs 1 healthy pods and has 1 currently' }] },
    });
    expect(api.get(pods, 'default', 'web')?.metadata.deletionTimestamp).toBeUndefined();
  });

  it('takes from the budget and deletes the pod with its grace period', async () => {
    const { send, api } = await guarded(1);
    expect((await send('POST', `${podsPath}/web/eviction`, eviction)).body).toMatchObject({ status: 'Success', code: 201 });
    expect(api.get(podDisruptionBudgets, 'default', 'pdb')?.status).toMatchObject({
      disruptionsAllowed: 0,
      disruptedPods: { web: '2026-01-01T00:00:00Z' },
    });
    expect(api.get(pods, 'default', 'web')?.metadata.deletionGracePeriodSeconds).toBe(30);
  });
});

describe('a binding', () => {
  it('places a pod once', async () => {
    const { send, api } = newServer();
    await send('POST', podsPath, pod('web'));
    const bind = () => send('POST', `${podsPath}/web/binding`, { target: { kind: 'Node', name: 'n1' }, metadata: { name: 'web' } });
    expect((await bind()).status).toBe(201);
    expect(api.get(pods, 'default', 'web')).toMatchObject({
      spec: { nodeName: 'n1' },
      status: { conditions: [{ type: 'PodScheduled', status: 'True' }] },
    });
    expect((await bind()).body).toMatchObject({
      code: 409,
      message: 'Operation cannot be fulfilled on pods/binding "web": pod web is already assigned to node "n1"',
    });
  });
});

describe('a scale', () => {
  it('shows and sets the replicas of a deployment', async () => {
    const { send, patch } = newServer();
    const path = '/apis/apps/v1/namespaces/default/deployments';
    const labels = { app: 'web' };
    await send('POST', path, {
      metadata: { name: 'web' },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      },
    });
    expect((await send('GET', `${path}/web/scale`)).body).toMatchObject({
      kind: 'Scale',
      spec: { replicas: 2 },
      status: { selector: 'app=web' },
    });
    await patch(`${path}/web/scale`, { spec: { replicas: 5 } });
    expect((await send('GET', `${path}/web`)).body).toMatchObject({ spec: { replicas: 5 }, metadata: { generation: 2 } });
    expect((await patch(`${path}/web/scale`, { spec: { replicas: -1 } })).status).toBe(422);
  });
});

describe('a service', () => {
  const services = '/api/v1/namespaces/default/services';
  it('gets an address and node ports of its own, keeps them, and none that is taken', async () => {
    const { send, patch } = newServer();
    const { body } = await send('POST', services, { metadata: { name: 'a' }, spec: { type: 'NodePort', ports: [{ port: 80 }] } });
    expect(body.spec).toMatchObject({ clusterIP: expect.stringMatching(/^10\.96\./), ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' });
    expect(body.spec.ports[0].nodePort).toBeGreaterThanOrEqual(30_000);
    const { body: after } = await patch(`${services}/a`, { spec: { ports: [{ port: 80, targetPort: 8080 }] } });
    expect(after.spec.ports[0].nodePort).toBe(body.spec.ports[0].nodePort);
    const { body: taken } = await send('POST', services, {
      metadata: { name: 'b' },
      spec: { clusterIP: body.spec.clusterIP, ports: [{ port: 80 }] },
    });
    expect(taken).toMatchObject({ code: 422, message: expect.stringContaining('provided IP is already allocated') });
  });
});

describe('a token', () => {
  it('is that of its service account', async () => {
    const { send } = newServer();
    await send('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'robot' } });
    const { body } = await send('POST', '/api/v1/namespaces/default/serviceaccounts/robot/token', { spec: {} });
    const { body: review } = await send('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token: body.status.token } });
    expect(review.status).toMatchObject({ authenticated: true, user: { username: 'system:serviceaccount:default:robot' } });
    const { body: forged } = await send('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
      spec: { token: `${body.status.token.slice(0, -4)}AAAA` },
    });
    expect(forged.status.authenticated).toBeUndefined();
  });
});
