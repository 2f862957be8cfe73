import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { simulatedProvider } from '../../src/cluster/simulated.ts';
import { SessionClient } from '../../src/lab/client.ts';
import { runHost } from '../../src/lab/host.ts';
import { loadLab } from '../../src/lab/loader.ts';
import type { SessionView } from '../../src/lab/session-view.ts';
import { ClusterState } from '../../src/lab/state.ts';
import { TemporaryFolder } from './fixture-lab.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const hasKubectl = (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, 'kubectl')));

describe('labs/calico-to-cilium on the simulated cluster', () => {
  const ended = new AbortController();
  let folder: TemporaryFolder;
  let host: Promise<void>;
  let client: SessionClient;

  beforeAll(async () => {
    folder = await TemporaryFolder.make();
    const state = new ClusterState(folder.path, 'test');
    await state.create();
    const lab = await loadLab(`${root}labs`, 'calico-to-cilium', 'test');
    const { cni, workers, kindConfig } = lab.cluster;
    await state.writeSpec({
      spec: { name: 'test', backend: 'simulated', cni, workers, kindConfig, manifests: lab.manifests },
      lab: lab.id,
    });
    const providers = [simulatedProvider(`${root}kind-configs`)];
    host = runHost({ state, providers, labsFolder: `${root}labs`, env: process.env, signal: ended.signal, log: () => {} });
    await vi.waitFor(async () => expect(await state.readProcess()).toHaveProperty('value.port'), 5000);
    client = new SessionClient((await state.readProcess()).value!);
    await viewWhen((view) => view.phase === 'ready');
  }, 60_000);
  afterAll(async () => {
    ended.abort();
    await host;
    await folder[Symbol.asyncDispose]();
  });

  async function viewWhen(holds: (view: SessionView) => boolean): Promise<SessionView> {
    for await (const event of client.events(AbortSignal.timeout(30_000))) if (event.type === 'view' && holds(event.view)) return event.view;
    throw new Error(`no such view came; the last: ${JSON.stringify({ ...(await client.view()), steps: [] })}`);
  }

  it('shows every node and client pod on Calico, and traffic that is not lost', async () => {
    const view = await viewWhen(({ nodes, traffic }) => nodes.every((n) => n.cni !== '') && traffic.length > 0);
    expect(view.nodes.map((n) => [n.name, n.cni, n.ready])).toEqual([
      ['test-control-plane', 'calico', true],
      ['test-worker', 'calico', true],
      ['test-worker2', 'calico', true],
    ]);
    expect(view.pods.filter((p) => p.namespace === 'shop').map((p) => p.cni)).toEqual(Array(5).fill('calico'));
    expect(view.traffic.map((t) => [t.state, t.lostSinceStep])).toEqual(view.traffic.map(() => ['ok', 0]));
  });

  it('has no step that passes without work', async () => {
    const { steps } = await client.view();
    const verdicts = await Promise.all(steps.map((step) => client.check(step.id)));
    const passing = verdicts.filter(({ reports }) => reports.every((r) => r.verdict.status === 'pass')).map(({ step }) => step);
    expect(passing).toEqual([]);
  });

  it.skipIf(!hasKubectl)('passes the first step by its solution, and a reset takes it back (skipped without kubectl)', async () => {
    await client.solve();
    await viewWhen((view) => view.steps[0]!.state === 'passed');
    await client.reset('01-know-the-cluster');
    expect((await client.view()).current).toBe('01-know-the-cluster');
    const { reports } = await client.check();
    expect(reports.filter((r) => r.verdict.status === 'fail').map((r) => r.id)).toEqual(['pod-cidr', 'cni-config']);
  });
});
