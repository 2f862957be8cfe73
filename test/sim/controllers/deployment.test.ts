import { expect, test } from 'vitest';
import * as r from '../../../src/kube/resources.ts';
import { rolloutOf } from '../../../src/sim/controllers/deployment-revisions.ts';
import type { Deployment, ReplicaSet } from '../../../src/kube/types.ts';
import { harness, type Harness } from './harness.ts';
import { ascending, deployment } from './objects.ts';

async function cluster(): Promise<Harness> {
  const h = await harness();
  for (const name of ['w1', 'w2']) h.addNode(name);
  return h;
}

const setImage = (h: Harness, image: string) =>
  h.api.modify(r.deployments, 'default', 'web', (copy) => void (copy.spec!.template.spec!.containers[0]!.image = image));

const web = (h: Harness) => h.api.get(r.deployments, 'default', 'web')!;
const sets = (h: Harness) => h.api.list(r.replicaSets, { namespace: 'default' });

test('a new Deployment gets a ReplicaSet, its pods, and the conditions that kubectl rollout status waits for', async () => {
  await using h = await cluster();
  h.api.create(r.deployments, deployment('web', 2));
  await h.clock.advance(2000);
  const [set] = sets(h);
  expect(set!.metadata.name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{6,10}$/);
  expect(set!.metadata.labels!['pod-template-hash']).toBe(set!.metadata.name.slice(4));
  expect(h.pods().map((pod) => pod.metadata.name)).toEqual([
    expect.stringMatching(new RegExp(`^${set!.metadata.name}-[a-z0-9]{5}$`)),
    expect.stringMatching(new RegExp(`^${set!.metadata.name}-[a-z0-9]{5}$`)),
  ]);
  expect(web(h).metadata.annotations).toMatchObject({ 'deployment.kubernetes.io/revision': '1' });
  expect(web(h).status).toMatchObject({
    observedGeneration: 1,
    replicas: 2,
    updatedReplicas: 2,
    readyReplicas: 2,
    availableReplicas: 2,
    conditions: [
      { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable' },
      { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' },
    ],
  });
  expect(h.events()).toEqual(
    expect.arrayContaining([
      `ScalingReplicaSet: Scaled up replica set ${set!.metadata.name} from 0 to 2`,
      expect.stringMatching(/^SuccessfulCreate: Created pod: web-\w+-\w{5}$/),
      expect.stringMatching(/^Scheduled: Successfully assigned default\/web-\w+-\w{5} to w[12]$/),
    ]),
  );
  expect(h.failures).toEqual([]);
});

test('a rolling update never goes below the desired count less maxUnavailable, nor above it plus maxSurge', async () => {
  await using h = await cluster();
  h.api.create(r.deployments, deployment('web', 4));
  await h.clock.advance(2000);
  let [least, most] = [Infinity, 0];
  h.api.watch(r.pods, () => {
    const running = h.pods().filter((pod) => !pod.metadata.deletionTimestamp);
    most = Math.max(most, running.length);
    least = Math.min(least, running.filter((pod) => pod.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True')).length);
  });
  setImage(h, 'nginx:2');
  await h.clock.advance(20_000);
  expect(h.pods().every((pod) => pod.spec!.containers[0]!.image === 'nginx:2')).toBe(true);
  expect({ least, most }).toEqual({ least: 3, most: 5 });
  expect(
    sets(h)
      .map((set) => set.spec!.replicas)
      .sort(ascending),
  ).toEqual([0, 4]);
});

test('rolling back to an earlier template takes its ReplicaSet up again and counts a new revision', async () => {
  await using h = await cluster();
  h.api.create(r.deployments, deployment('web', 2));
  await h.clock.advance(3000);
  const first = sets(h)[0]!.metadata.name;
  setImage(h, 'nginx:2');
  await h.clock.advance(10_000);
  setImage(h, 'nginx:1');
  await h.clock.advance(10_000);
  expect(sets(h)).toHaveLength(2);
  const revived = h.api.get(r.replicaSets, 'default', first)!;
  expect(revived.spec!.replicas).toBe(2);
  expect(revived.metadata.annotations).toMatchObject({
    'deployment.kubernetes.io/revision': '3',
    'deployment.kubernetes.io/revision-history': '1',
  });
});

test('a rollout whose pods never become ready reports ProgressDeadlineExceeded after its deadline', async () => {
  await using h = await harness({ hollow: false });
  h.addNode('w1');
  h.api.create(r.deployments, deployment('web', 1, { progressDeadlineSeconds: 60 }));
  await h.clock.advance(59_000);
  const progressing = () => web(h).status!.conditions!.find((c) => c.type === 'Progressing')!;
  expect(progressing().status).toBe('True');
  await h.clock.advance(5000);
  expect(progressing()).toMatchObject({ status: 'False', reason: 'ProgressDeadlineExceeded' });
});

test('Recreate lets the old pods go before the new ones come', async () => {
  await using h = await cluster();
  h.api.create(r.deployments, deployment('web', 2, { strategy: { type: 'Recreate' } }));
  await h.clock.advance(3000);
  const images = new Set<string>();
  h.api.watch(r.pods, () => images.add([...new Set(h.pods().map((pod) => pod.spec!.containers[0]!.image))].sort(ascending).join('+')));
  setImage(h, 'nginx:2');
  await h.clock.advance(10_000);
  expect([...images]).toEqual(['nginx:1', '', 'nginx:2']);
});

test('a paused Deployment scales but does not roll out', async () => {
  await using h = await cluster();
  h.api.create(r.deployments, deployment('web', 1));
  await h.clock.advance(2000);
  h.api.modify(r.deployments, 'default', 'web', (copy) => {
    copy.spec!.paused = true;
    copy.spec!.replicas = 3;
    copy.spec!.template.spec!.containers[0]!.image = 'nginx:2';
  });
  await h.clock.advance(5000);
  expect(h.pods().map((pod) => pod.spec!.containers[0]!.image)).toEqual(['nginx:1', 'nginx:1', 'nginx:1']);
  expect(web(h).status!.conditions).toContainEqual(expect.objectContaining({ type: 'Progressing', reason: 'DeploymentPaused' }));
});

test('revisions are counted exactly, however large', async () => {
  await using h = await cluster();
  h.api.create(r.deployments, deployment('web', 1));
  await h.clock.advance(3000);
  h.api.modify(r.replicaSets, 'default', sets(h)[0]!.metadata.name, (copy) => {
    copy.metadata.annotations!['deployment.kubernetes.io/revision'] = '3546343826724305832';
  });
  setImage(h, 'nginx:2');
  await h.clock.advance(10_000);
  expect(web(h).metadata.annotations!['deployment.kubernetes.io/revision']).toBe('3546343826724305833');
});

test('old ReplicaSets beyond revisionHistoryLimit are deleted', async () => {
  await using h = await cluster();
  h.api.create(r.deployments, deployment('web', 1, { revisionHistoryLimit: 1 }));
  for (const image of ['nginx:2', 'nginx:3', 'nginx:4']) {
    await h.clock.advance(10_000);
    setImage(h, image);
  }
  await h.clock.advance(10_000);
  expect(
    sets(h)
      .map((set) => set.spec!.template!.spec!.containers[0]!.image)
      .sort(ascending),
  ).toEqual(['nginx:3', 'nginx:4']);
});

test('a ReplicaSet of the same template is the newest, whatever nulls either was stored with', () => {
  const labels = { app: 'web' };
  const metadata = { name: 'web', creationTimestamp: '', uid: '', resourceVersion: '' };
  const made = { metadata, spec: { template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'nginx' }] } } } };
  const old = {
    metadata,
    spec: {
      template: {
        metadata: { creationTimestamp: null, labels: { ...labels, 'pod-template-hash': 'x' } },
        spec: { containers: [{ name: 'c', image: 'nginx', resources: null }], volumes: undefined },
      },
    },
  };
  expect(rolloutOf(made as unknown as Deployment, [old as unknown as ReplicaSet]).newSet).toBe(old);
});
