import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import * as k8s from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../src/sim/cluster.ts';
import { startSimulatedCluster } from '../../src/sim/start.ts';

const namespace = 'default';
const pod = (name: string, image: string, command?: string[]): k8s.V1Pod => ({
  metadata: { name, labels: { app: name } },
  spec: { containers: [{ name: 'c', image, ...(command && { command }) }] },
});

/** What a program written with @kubernetes/client-node does. */
describe('client-node', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kindlab-client-'));
  const config = new k8s.KubeConfig();
  let cluster: SimulatedCluster;
  let core: k8s.CoreV1Api;

  const running = async (name: string) => {
    const phase = async () => (await core.readNamespacedPod({ name, namespace })).status?.phase;
    for (const end = Date.now() + 20_000; (await phase()) !== 'Running' && Date.now() < end;) await sleep(100);
  };

  beforeAll(async () => {
    cluster = await startSimulatedCluster({ name: 'client', workers: 1, cni: 'calico', folder, seed: 3 });
    config.loadFromFile(cluster.kubeconfigPath);
    core = config.makeApiClient(k8s.CoreV1Api);
    await core.createNamespacedPod({ namespace, body: pod('web', 'nginx') });
    await core.createNamespacedPod({ namespace, body: pod('box', 'busybox', ['sleep', '10000']) });
    await running('web');
    await running('box');
  });

  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  it('an informer holds what there is, and hears of what changes', async () => {
    const events: string[] = [];
    const informer = k8s.makeInformer(config, `/api/v1/namespaces/${namespace}/configmaps`, () =>
      core.listNamespacedConfigMap({ namespace }),
    );
    const tell =
      (verb: k8s.ADD | k8s.UPDATE | k8s.DELETE) =>
      ({ metadata }: k8s.V1ConfigMap) =>
        void events.push(`${verb} ${metadata!.name}`);
    for (const verb of [k8s.ADD, k8s.UPDATE, k8s.DELETE] as const) informer.on(verb as k8s.ADD, tell(verb as k8s.ADD));
    await informer.start();
    expect(informer.get('kube-root-ca.crt', namespace)?.data).toHaveProperty('ca.crt');
    await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'seen' }, data: { a: 'b' } } });
    await core.patchNamespacedConfigMap(
      { namespace, name: 'seen', body: { data: { a: 'c' } } },
      k8s.setHeaderOptions('Content-Type', k8s.PatchStrategy.MergePatch),
    );
    await core.deleteNamespacedConfigMap({ namespace, name: 'seen' });
    await expect.poll(() => events, { timeout: 5000 }).toEqual(['add kube-root-ca.crt', 'add seen', 'update seen', 'delete seen']);
    await informer.stop();
  });

  it('a watch tells each change with its object', async () => {
    const seen: string[] = [];
    const { metadata } = await core.listNamespacedConfigMap({ namespace });
    const watch = new k8s.Watch(config);
    const aborted = await watch.watch(
      `/api/v1/namespaces/${namespace}/configmaps`,
      { resourceVersion: metadata!.resourceVersion },
      (type, object: k8s.V1ConfigMap) => void seen.push(`${type} ${object.metadata!.name}`),
      () => seen.push('over'),
    );
    await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'watched' } } });
    await expect.poll(() => seen, { timeout: 5000 }).toEqual(['ADDED watched']);
    aborted.abort();
    await expect.poll(() => seen, { timeout: 5000 }).toEqual(['ADDED watched', 'over']);
  });

  const collected = () => {
    let text = '';
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        text += chunk.toString();
        done();
      },
    });
    return { stream, text: () => text };
  };

  it('exec passes standard input, output and the exit code', async () => {
    const [out, err, stdin] = [collected(), collected(), new PassThrough()];
    const status = new Promise<k8s.V1Status>((resolve) => {
      void new k8s.Exec(config).exec(
        namespace,
        'box',
        'c',
        ['sh', '-c', 'cat; echo wrong >&2; exit 5'],
        out.stream,
        err.stream,
        stdin,
        false,
        resolve,
      );
    });
    stdin.end('typed\n');
    expect(await status).toMatchObject({
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '5' }] },
    });
    expect([out.text(), err.text()]).toEqual(['typed\n', 'wrong\n']);
  });

  it('port-forward carries bytes both ways', async () => {
    const [out, err, input] = [collected(), collected(), new PassThrough()];
    const socket = await new k8s.PortForward(config).portForward(namespace, 'web', [80], out.stream, err.stream, input);
    input.write('GET / HTTP/1.1\r\nHost: web\r\n\r\n');
    await expect.poll(out.text, { timeout: 5000 }).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*Welcome to nginx!/);
    if ('close' in socket) socket.close();
  });

  it('port-forward to a port on which nothing listens tells so on the error channel', async () => {
    const [out, err, input] = [collected(), collected(), new PassThrough()];
    await new k8s.PortForward(config).portForward(namespace, 'web', [81], out.stream, err.stream, input);
    await expect.poll(err.text, { timeout: 5000 }).toContain('connect: connection refused');
    expect(out.text()).toBe('');
  });

  it('logs are followed until their container ends', async () => {
    await core.createNamespacedPod({ namespace, body: pod('talker', 'busybox', ['sh', '-c', 'echo one; sleep 1; echo two; sleep 1000']) });
    await running('talker');
    const out = collected();
    await new k8s.Log(config).log(namespace, 'talker', 'c', out.stream, { follow: true });
    await expect.poll(out.text, { timeout: 5000 }).toBe('one\ntwo\n');
    await core.deleteNamespacedPod({ namespace, name: 'talker', gracePeriodSeconds: 0 });
    await expect.poll(() => out.stream.writableFinished, { timeout: 5000 }).toBe(true);
  });

  it('metrics are there for pods and nodes', async () => {
    const metrics = new k8s.Metrics(config);
    expect((await metrics.getNodeMetrics()).items.map(({ metadata }) => metadata.name)).toEqual(['client-control-plane', 'client-worker']);
    const { items } = await metrics.getPodMetrics(namespace);
    expect(items.find(({ metadata }) => metadata.name === 'web')?.containers[0]?.usage.cpu).toMatch(/^\d+n$/);
  });

  it('an error is the API server’s Status', async () => {
    await expect(core.readNamespacedPod({ namespace, name: 'nosuch' })).rejects.toMatchObject({ code: 404 });
  });
});
