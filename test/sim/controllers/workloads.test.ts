import { describe, expect, test } from 'vitest';
import * as r from '../../../src/kube/resources.ts';
import { harness } from './harness.ts';
import { ascending, daemonSet, statefulSet } from './objects.ts';

const controlPlaneTaint = { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' };

describe('DaemonSet', () => {
  test('one pod a node that the template tolerates, with the tolerations that upstream adds', async () => {
    await using h = await harness();
    h.addNode('cp', { taints: [controlPlaneTaint] });
    h.addNode('w1');
    h.api.create(r.daemonSets, daemonSet('agent'));
    await h.clock.advance(2000);
    expect(h.pods().map((pod) => pod.spec!.nodeName)).toEqual(['w1']);
    expect(h.pods()[0]!.spec!.tolerations!.map((t) => `${t.key}:${t.effect}`)).toEqual([
      'node.kubernetes.io/not-ready:NoExecute',
      'node.kubernetes.io/unreachable:NoExecute',
      'node.kubernetes.io/disk-pressure:NoSchedule',
      'node.kubernetes.io/memory-pressure:NoSchedule',
      'node.kubernetes.io/pid-pressure:NoSchedule',
      'node.kubernetes.io/unschedulable:NoSchedule',
    ]);
    h.addNode('w2');
    await h.clock.advance(2000);
    expect(h.api.get(r.daemonSets, 'default', 'agent')!.status).toMatchObject({
      desiredNumberScheduled: 2,
      currentNumberScheduled: 2,
      numberReady: 2,
      numberAvailable: 2,
      updatedNumberScheduled: 2,
      observedGeneration: 1,
    });
  });

  test('its history holds the template with sorted keys, as clients compare it byte by byte', async () => {
    await using h = await harness();
    h.api.create(r.daemonSets, daemonSet('agent'));
    await h.clock.advance(10);
    const text = JSON.stringify(h.api.list(r.controllerRevisions)[0]!.data);
    expect(text).toMatch(
      /^{"spec":{"template":{"\$patch":"replace","metadata":{"labels":{"app":"agent"}},"spec":{"containers":\[{"image":"nginx:1",/,
    );
  });

  test('a cordoned node gets its pod all the same, and a deleted pod comes back on its node', async () => {
    await using h = await harness();
    h.addNode('w1');
    h.api.modify(r.nodes, undefined, 'w1', (node) => void (node.spec = { ...node.spec, unschedulable: true }));
    await h.clock.advance(10);
    expect(h.api.get(r.nodes, undefined, 'w1')!.spec!.taints).toMatchObject([
      { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' },
    ]);
    h.api.create(r.daemonSets, daemonSet('agent'));
    await h.clock.advance(2000);
    const [before] = h.pods();
    h.api.delete(r.pods, 'default', before!.metadata.name);
    await h.clock.advance(4000);
    expect(h.pods()).toHaveLength(1);
    expect(h.pods()[0]!.metadata.uid).not.toBe(before!.metadata.uid);
    expect(h.pods()[0]!.status!.phase).toBe('Running');
  });

  test('a rolling update replaces one pod at a time; OnDelete waits for a person', async () => {
    await using h = await harness();
    for (const name of ['w1', 'w2', 'w3']) h.addNode(name);
    h.api.create(r.daemonSets, daemonSet('agent'));
    await h.clock.advance(2000);
    let ending = 0;
    h.api.watch(
      r.pods,
      () => (ending = Math.max(ending, h.pods().filter((pod) => pod.status?.phase !== 'Running' || pod.metadata.deletionTimestamp).length)),
    );
    h.api.modify(r.daemonSets, 'default', 'agent', (set) => void (set.spec!.template.spec!.containers[0]!.image = 'nginx:2'));
    await h.clock.advance(20_000);
    expect(h.pods().map((pod) => pod.spec!.containers[0]!.image)).toEqual(['nginx:2', 'nginx:2', 'nginx:2']);
    expect(ending).toBe(1);
    expect(
      h.api
        .list(r.controllerRevisions)
        .map((revision) => revision.revision)
        .sort(ascending),
    ).toEqual([1, 2]);
    h.api.modify(r.daemonSets, 'default', 'agent', (set) => {
      set.spec!.updateStrategy = { type: 'OnDelete' };
      set.spec!.template.spec!.containers[0]!.image = 'nginx:3';
    });
    await h.clock.advance(20_000);
    expect(h.pods().every((pod) => pod.spec!.containers[0]!.image === 'nginx:2')).toBe(true);
  });
});

describe('StatefulSet', () => {
  test('pods come in order with stable names, and go from the last', async () => {
    await using h = await harness();
    h.addNode('w1');
    h.api.create(r.statefulSets, statefulSet('db', 3));
    await h.clock.advance(1500);
    expect(h.pods().map((pod) => pod.metadata.name)).toEqual(['db-0', 'db-1']);
    await h.clock.advance(3000);
    expect(h.pods().map((pod) => pod.metadata.labels!['apps.kubernetes.io/pod-index'])).toEqual(['0', '1', '2']);
    h.api.modify(r.statefulSets, 'default', 'db', (set) => void (set.spec!.replicas = 1));
    await h.clock.advance(5000);
    expect(h.pods().map((pod) => pod.metadata.name)).toEqual(['db-0']);
    expect(h.events()).toContain('SuccessfulDelete: delete Pod db-2 in StatefulSet db successful');
  });

  test('a rolling update goes from the highest ordinal down to the partition', async () => {
    await using h = await harness();
    h.addNode('w1');
    h.api.create(r.statefulSets, statefulSet('db', 3, { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } }));
    await h.clock.advance(5000);
    h.api.modify(r.statefulSets, 'default', 'db', (set) => void (set.spec!.template.spec!.containers[0]!.image = 'nginx:2'));
    await h.clock.advance(20_000);
    expect(h.pods().map((pod) => pod.spec!.containers[0]!.image)).toEqual(['nginx:1', 'nginx:2', 'nginx:2']);
    const { status } = h.api.get(r.statefulSets, 'default', 'db')!;
    expect(status).toMatchObject({ replicas: 3, readyReplicas: 3, currentReplicas: 1, updatedReplicas: 2 });
  });
});

describe('Job', () => {
  const job = (spec: object) =>
    ({
      metadata: { name: 'once', namespace: 'default' },
      spec: {
        parallelism: 1,
        completions: 1,
        backoffLimit: 1,
        selector: { matchLabels: { job: 'once' } },
        manualSelector: true,
        template: {
          metadata: { labels: { job: 'once' } },
          spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox' }] },
        },
        ...spec,
      },
    }) as never;

  test('it is complete when enough pods have succeeded', async () => {
    await using h = await harness();
    h.addNode('w1');
    h.api.create(r.jobs, job({ completions: 2 }));
    for (let i = 0; i < 2; i++) {
      await h.clock.advance(2000);
      const active = h.pods().find((pod) => pod.status?.phase === 'Running')!;
      h.api.modify(r.pods, 'default', active.metadata.name, (pod) => void (pod.status!.phase = 'Succeeded'), { subresource: 'status' });
    }
    await h.clock.advance(1000);
    const { status } = h.api.get(r.jobs, 'default', 'once')!;
    expect(status).toMatchObject({ succeeded: 2, conditions: [{ type: 'SuccessCriteriaMet' }, { type: 'Complete', status: 'True' }] });
    expect(status!.completionTime).toBeDefined();
    expect(h.events()).toContain('Completed: Job completed');
  });

  test('it fails after more failures than backoffLimit, waiting longer each time', async () => {
    await using h = await harness();
    h.addNode('w1');
    h.api.create(r.jobs, job({}));
    for (let i = 0; i < 2; i++) {
      await h.clock.advance(12_000);
      const active = h.pods().find((pod) => pod.status?.phase === 'Running')!;
      h.api.modify(r.pods, 'default', active.metadata.name, (pod) => void (pod.status!.phase = 'Failed'), { subresource: 'status' });
    }
    await h.clock.advance(1000);
    expect(h.pods()).toHaveLength(2);
    expect(h.api.get(r.jobs, 'default', 'once')!.status).toMatchObject({
      failed: 2,
      conditions: [{}, { type: 'Failed', reason: 'BackoffLimitExceeded' }],
    });
  });
});
