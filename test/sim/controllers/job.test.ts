import { describe, expect, test } from 'vitest';
import * as r from '../../../src/kube/resources.ts';
import type { Job, Pod } from '../../../src/kube/types.ts';
import { indexText, parseIndexes } from '../../../src/sim/controllers/job-indexes.ts';
import { harness, type Harness } from './harness.ts';
import { ascending } from './objects.ts';

const indexKey = 'batch.kubernetes.io/job-completion-index';

async function withJob(spec: Partial<NonNullable<Job['spec']>>): Promise<Harness> {
  const h = await harness();
  h.addNode('w1');
  h.api.create(r.jobs, {
    metadata: { name: 'work', namespace: 'default' },
    spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox' }] } }, ...spec } as never,
  });
  await h.clock.advance(1500);
  return h;
}

const job = (h: Harness) => h.api.get(r.jobs, 'default', 'work')!;
const running = (h: Harness) => h.pods().filter((pod) => pod.status?.phase === 'Running' && !pod.metadata.deletionTimestamp);
const index = (pod: Pod) => pod.metadata.annotations![indexKey]!;
const condition = (h: Harness, type: string) => job(h).status?.conditions?.find((c) => c.type === type && c.status === 'True');

function end(h: Harness, pod: Pod, exitCode: number): void {
  h.api.modify(
    r.pods,
    'default',
    pod.metadata.name,
    (copy) => {
      const finishedAt = new Date(h.clock.now()).toISOString();
      const state = { terminated: { exitCode, finishedAt } };
      copy.status = {
        ...copy.status,
        phase: exitCode === 0 ? 'Succeeded' : 'Failed',
        containerStatuses: [{ name: 'c', state, ready: false, restartCount: 0, image: '', imageID: '' }],
      };
    },
    { subresource: 'status' },
  );
}

test('indexes are written as ranges of three and more', () => {
  expect(indexText([5, 0, 1, 7, 8, 9])).toBe('0,1,5,7-9');
  expect([...parseIndexes('0,1,5,7-9', 9)]).toEqual([0, 1, 5, 7, 8]);
});

describe('Job', () => {
  test('pods are counted though they are deleted once they have ended', async () => {
    await using h = await withJob({ completions: 2, parallelism: 1 });
    const [first] = running(h);
    expect(first!.metadata.finalizers).toEqual(['batch.kubernetes.io/job-tracking']);
    end(h, first!, 0);
    h.api.delete(r.pods, 'default', first!.metadata.name);
    await h.clock.advance(3000);
    expect(h.api.get(r.pods, 'default', first!.metadata.name)).toBeUndefined();
    expect(job(h).status).toMatchObject({ succeeded: 1, active: 1 });
    end(h, running(h)[0]!, 0);
    await h.clock.advance(3000);
    expect(job(h).status).toMatchObject({ succeeded: 2, uncountedTerminatedPods: {} });
    expect(condition(h, 'Complete')).toMatchObject({ reason: 'CompletionsReached' });
  });

  test('parallelism that is lowered takes pods away without counting them as failures', async () => {
    await using h = await withJob({ completions: 5, parallelism: 3 });
    expect(running(h)).toHaveLength(3);
    h.api.modify(r.jobs, 'default', 'work', (copy) => void (copy.spec!.parallelism = 1));
    await h.clock.advance(3000);
    expect(running(h)).toHaveLength(1);
    expect(job(h).status!.failed).toBeUndefined();
  });

  test('failures wait twice as long each time, until the limit ends the Job', async () => {
    await using h = await withJob({ backoffLimit: 1 });
    end(h, running(h)[0]!, 1);
    await h.clock.advance(9000);
    expect(running(h)).toHaveLength(0);
    await h.clock.advance(4000);
    end(h, running(h)[0]!, 1);
    await h.clock.advance(1000);
    expect(condition(h, 'Failed')).toMatchObject({
      reason: 'BackoffLimitExceeded',
      message: 'Job has reached the specified backoff limit',
    });
    expect(job(h).status).toMatchObject({ failed: 2 });
    expect(h.events()).toContain('BackoffLimitExceeded: Job has reached the specified backoff limit');
  });

  test('with backoffLimitPerIndex an index is given up alone', async () => {
    await using h = await withJob({ completions: 2, parallelism: 2, completionMode: 'Indexed', backoffLimitPerIndex: 0 });
    const byIndex = running(h).toSorted((a, b) => ascending(index(a), index(b)));
    end(h, byIndex[0]!, 1);
    await h.clock.advance(15_000);
    expect(running(h).map(index)).toEqual(['1']);
    expect(job(h).status).toMatchObject({ failedIndexes: '0', failed: 1 });
    end(h, byIndex[1]!, 0);
    await h.clock.advance(1000);
    expect(condition(h, 'Failed')).toMatchObject({ reason: 'FailedIndexes', message: 'Job has failed indexes' });
    expect(job(h).status).toMatchObject({ completedIndexes: '1', succeeded: 1 });
  });

  test('a podFailurePolicy ignores, or fails the Job at once', async () => {
    const onExitCodes = (code: number) => ({ operator: 'In', values: [code] });
    const rules = [
      { action: 'Ignore', onExitCodes: onExitCodes(7) },
      { action: 'FailJob', onExitCodes: onExitCodes(42) },
    ];
    await using h = await withJob({ backoffLimit: 0, podFailurePolicy: { rules } as never });
    end(h, running(h)[0]!, 7);
    await h.clock.advance(15_000);
    expect(job(h).status!.failed).toBeUndefined();
    const [pod] = running(h);
    end(h, pod!, 42);
    await h.clock.advance(1000);
    expect(condition(h, 'Failed')).toMatchObject({
      reason: 'PodFailurePolicy',
      message: `Container c for pod default/${pod!.metadata.name} failed with exit code 42 matching FailJob rule at index 1`,
    });
  });

  test('a successPolicy ends the Job before all indexes have', async () => {
    await using h = await withJob({
      completions: 3,
      parallelism: 3,
      completionMode: 'Indexed',
      successPolicy: { rules: [{ succeededIndexes: '1' }] },
    });
    end(
      h,
      running(h).find((pod) => index(pod) === '1')!,
      0,
    );
    await h.clock.advance(10);
    expect(condition(h, 'SuccessCriteriaMet')).toMatchObject({ reason: 'SuccessPolicy', message: 'Matched rules at index 0' });
    expect(condition(h, 'Complete')).toBeUndefined();
    await h.clock.advance(3000);
    expect(condition(h, 'Complete')).toMatchObject({ reason: 'SuccessPolicy' });
    expect(running(h)).toEqual([]);
    expect(job(h).status).toMatchObject({ completedIndexes: '1', succeeded: 1, terminating: 0 });
  });

  test('suspended it has no pods and no start; resumed it starts anew', async () => {
    await using h = await withJob({ parallelism: 2, completions: 2 });
    h.api.modify(r.jobs, 'default', 'work', (copy) => void (copy.spec!.suspend = true));
    await h.clock.advance(3000);
    expect(running(h)).toEqual([]);
    expect(condition(h, 'Suspended')).toMatchObject({ reason: 'JobSuspended' });
    expect(job(h).status!.startTime).toBeUndefined();
    h.api.modify(r.jobs, 'default', 'work', (copy) => void (copy.spec!.suspend = false));
    await h.clock.advance(3000);
    expect(running(h)).toHaveLength(2);
    expect(h.events()).toEqual(expect.arrayContaining(['Suspended: Job suspended', 'Resumed: Job resumed']));
    expect(job(h).status!.failed).toBeUndefined();
  });

  test('a deadline ends it, and a time to live removes it', async () => {
    await using h = await withJob({ activeDeadlineSeconds: 10, ttlSecondsAfterFinished: 20 });
    await h.clock.advance(12_000);
    expect(condition(h, 'Failed')).toMatchObject({ reason: 'DeadlineExceeded' });
    await h.clock.advance(30_000);
    expect(h.api.get(r.jobs, 'default', 'work')).toBeUndefined();
    expect(h.pods()).toEqual([]);
  });

  test('deleted with its pods orphaned, none of them is held', async () => {
    await using h = await withJob({ parallelism: 1 });
    h.api.delete(r.jobs, 'default', 'work', { propagationPolicy: 'Orphan' });
    await h.clock.advance(3000);
    expect(h.pods().map((pod) => pod.metadata.finalizers)).toEqual([undefined]);
  });
});

test('a ReplicationController keeps its replicas, adopts, and releases', async () => {
  await using h = await harness();
  h.addNode('w1');
  const labels = { app: 'rc' };
  const spec = { containers: [{ name: 'c', image: 'nginx' }] };
  h.api.create(r.pods, { metadata: { name: 'orphan', namespace: 'default', labels }, spec });
  h.api.create(r.replicationControllers, {
    metadata: { name: 'rc', namespace: 'default' },
    spec: { replicas: 2, selector: labels, template: { metadata: { labels }, spec } },
  });
  await h.clock.advance(3000);
  expect(h.pods().map((pod) => pod.metadata.ownerReferences?.[0]?.kind)).toEqual(['ReplicationController', 'ReplicationController']);
  expect(h.api.get(r.replicationControllers, 'default', 'rc')!.status).toMatchObject({
    replicas: 2,
    readyReplicas: 2,
    availableReplicas: 2,
  });
  h.api.modify(r.pods, 'default', 'orphan', (copy) => void (copy.metadata.labels = { app: 'other' }));
  await h.clock.advance(3000);
  expect(h.api.get(r.pods, 'default', 'orphan')!.metadata.ownerReferences).toBeUndefined();
  expect(h.pods()).toHaveLength(3);
});
