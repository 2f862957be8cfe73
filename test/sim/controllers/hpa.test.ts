import { describe, expect, test } from 'vitest';
import { rfc3339Micro } from '../../../src/base/clock.ts';
import * as r from '../../../src/kube/resources.ts';
import type { HorizontalPodAutoscaler } from '../../../src/kube/types.ts';
import { limit, type History } from '../../../src/sim/controllers/hpa-limits.ts';
import { harness, type Harness } from './harness.ts';
import { deployment } from './objects.ts';

/** Containers run, so that they are measured: about half of what they request. */
function run(h: Harness): void {
  for (const pod of h.pods()) {
    if (pod.status?.phase !== 'Running' || pod.status.containerStatuses) continue;
    const status = { name: 'c', state: { running: {} }, ready: true, restartCount: 0, image: '', imageID: '' };
    h.api.modify(r.pods, 'default', pod.metadata.name, (copy) => void (copy.status = { ...copy.status, containerStatuses: [status] }), {
      subresource: 'status',
    });
  }
}

/** The node lives on. */
function beat(h: Harness): void {
  const renewTime = rfc3339Micro(h.clock.now());
  const metadata = { name: 'w1', namespace: 'kube-node-lease' };
  const known = h.api.get(r.leases, metadata.namespace, metadata.name);
  if (known) h.api.modify(r.leases, metadata.namespace, metadata.name, (copy) => void (copy.spec!.renewTime = renewTime));
  else h.api.create(r.leases, { metadata, spec: { holderIdentity: 'w1', leaseDurationSeconds: 40, renewTime } });
}

async function after(h: Harness, seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i++) {
    await h.clock.advance(1000);
    beat(h);
    run(h);
  }
}

async function autoscaled(averageUtilization: number, replicas: number, requests: object = { cpu: '100m' }): Promise<Harness> {
  const h = await harness();
  h.addNode('w1', { cpu: '16' });
  h.api.create(r.deployments, deployment('web', replicas, {}, { containers: [{ name: 'c', image: 'nginx', resources: { requests } }] }));
  await after(h, 3);
  h.api.create(r.horizontalPodAutoscalers, {
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      minReplicas: 2,
      maxReplicas: 8,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } } }],
    },
  });
  return h;
}

const size = (h: Harness) => h.api.get(r.deployments, 'default', 'web')!.spec!.replicas;
const hpa = (h: Harness) => h.api.get(r.horizontalPodAutoscalers, 'default', 'web')!;
const condition = (h: Harness, type: string) => hpa(h).status!.conditions!.find((c) => c.type === type);

describe('HorizontalPodAutoscaler', () => {
  test('what is above its target grows, no faster than its policies allow, up to its maximum', async () => {
    await using h = await autoscaled(5, 2);
    await after(h, 1);
    expect(size(h)).toBe(6);
    expect(h.events()).toContain('SuccessfulRescale: New size: 6; reason: cpu resource utilization (percentage of request) above target');
    expect(condition(h, 'ScalingLimited')).toMatchObject({ status: 'True', reason: 'ScaleUpLimit' });
    await after(h, 40);
    expect(size(h)).toBe(8);
    expect(condition(h, 'ScalingLimited')).toMatchObject({ status: 'True', reason: 'TooManyReplicas' });
    expect(condition(h, 'ScalingActive')).toMatchObject({ status: 'True', reason: 'ValidMetricFound' });
    expect(hpa(h).status!.currentMetrics![0]!.resource!.current.averageUtilization).toBeGreaterThan(30);
  });

  test('what is below its target shrinks when it has been so for five minutes', async () => {
    await using h = await autoscaled(5, 2);
    await after(h, 40);
    h.api.modify(r.horizontalPodAutoscalers, 'default', 'web', (copy) => {
      copy.spec!.metrics![0]!.resource!.target.averageUtilization = 1000;
    });
    await after(h, 60);
    expect(size(h)).toBe(8);
    expect(condition(h, 'AbleToScale')).toMatchObject({ status: 'True', reason: 'ScaleDownStabilized' });
    await after(h, 300);
    expect(size(h)).toBe(2);
    expect(condition(h, 'ScalingLimited')).toMatchObject({ status: 'True', reason: 'TooFewReplicas' });
  });

  test('below its minimum it is brought there at once', async () => {
    await using h = await autoscaled(50, 1);
    await after(h, 1);
    expect(size(h)).toBe(2);
    expect(h.events()).toContain('SuccessfulRescale: New size: 2; reason: Current number of replicas below Spec.MinReplicas');
  });

  test('a pod that requests nothing cannot be measured against it, and a target that is missing is told', async () => {
    await using h = await autoscaled(50, 2, {});
    await after(h, 16);
    expect(condition(h, 'ScalingActive')).toMatchObject({ status: 'False', reason: 'FailedGetResourceMetric' });
    expect(condition(h, 'ScalingActive')!.message).toMatch(/missing request for cpu in container c of Pod web-/);
    h.api.delete(r.deployments, 'default', 'web');
    await after(h, 16);
    expect(condition(h, 'AbleToScale')).toMatchObject({ status: 'False', reason: 'FailedGetScale' });
  });
});

test('behaviour: a policy of pods, the least of two, and scaling that is disabled', () => {
  const spec = (behavior: object) => ({ spec: { minReplicas: 1, maxReplicas: 100, behavior } }) as unknown as HorizontalPodAutoscaler;
  const history = (): History => ({ recommendations: [], changes: [] });
  const policies = [
    { type: 'Pods', value: 2, periodSeconds: 60 },
    { type: 'Percent', value: 50, periodSeconds: 60 },
  ];
  expect(limit(spec({ scaleUp: { selectPolicy: 'Min', policies } }), history(), 10, 50, 0).replicas).toBe(12);
  expect(limit(spec({ scaleUp: { policies } }), history(), 10, 50, 0).replicas).toBe(15);
  expect(limit(spec({ scaleDown: { stabilizationWindowSeconds: 0, policies } }), history(), 10, 1, 0).replicas).toBe(5);
  expect(limit(spec({ scaleDown: { stabilizationWindowSeconds: 0, selectPolicy: 'Min', policies } }), history(), 10, 1, 0).replicas).toBe(
    8,
  );
  expect(limit(spec({ scaleDown: { selectPolicy: 'Disabled', stabilizationWindowSeconds: 0 } }), history(), 10, 1, 0).replicas).toBe(10);
  const earlier = { recommendations: [], changes: [{ at: 0, by: 2 }] };
  expect(limit(spec({ scaleUp: { selectPolicy: 'Min', policies } }), earlier, 12, 50, 1000).replicas).toBe(12);
});

test('a ClusterRole with an aggregation rule has the rules of those that it selects, and follows them', async () => {
  await using h = await harness();
  const rule = (resource: string) => ({ apiGroups: [''], resources: [resource], verbs: ['get'] });
  const role = (name: string, labels: Record<string, string>, extra: object) =>
    h.api.create(r.clusterRoles, { metadata: { name, labels }, rules: [], ...extra });
  role('all', {}, { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { join: 'all' } }] } });
  role('one', { join: 'all' }, { rules: [rule('pods')] });
  role('other', {}, { rules: [rule('secrets')] });
  await h.clock.advance(10);
  expect(h.api.get(r.clusterRoles, undefined, 'all')!.rules).toEqual([rule('pods')]);
  h.api.modify(r.clusterRoles, undefined, 'other', (copy) => void (copy.metadata.labels = { join: 'all' }));
  await h.clock.advance(10);
  expect(h.api.get(r.clusterRoles, undefined, 'all')!.rules).toEqual([rule('pods'), rule('secrets')]);
});
