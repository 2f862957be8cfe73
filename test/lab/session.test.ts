import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadLab } from '../../src/lab/loader.ts';
import { play } from '../../src/lab/play.ts';
import { Session } from '../../src/lab/session.ts';
import { ClusterState } from '../../src/lab/state.ts';
import { FakeCluster, fakeProvider, node, pod } from './fake-cluster.ts';
import { demoLab, demoSpec, TemporaryFolder } from './fixture-lab.ts';

let folder: TemporaryFolder;
let cluster: FakeCluster;
let sessions: Session[] = [];

beforeEach(async () => {
  folder = await TemporaryFolder.make();
  await folder.write(demoLab);
  cluster = new FakeCluster('demo');
  cluster.apply(node('demo-worker'));
});
afterEach(async () => {
  await Promise.all(sessions.map((session) => session.close()));
  sessions = [];
  await folder[Symbol.asyncDispose]();
});

const set = (spec: Record<string, unknown>) => cluster.apply(node('demo-worker', spec));

async function open(): Promise<Session> {
  const state = new ClusterState(folder.path, 'demo');
  await state.create();
  const lab = await loadLab(`${folder.path}/labs`, 'demo');
  const session = new Session({ spec: demoSpec, lab, state, env: process.env, log: () => {} });
  sessions.push(session);
  // What a solution prints, the cluster does.
  session.events.on((event) => {
    const field = event.type === 'output' && /^set (\w+) on demo$/.exec(event.line)?.[1];
    if (field) set({ ...(cluster.peek('v1', 'Node', undefined, 'demo-worker')!.spec as object), [field]: true });
  });
  await session.open(fakeProvider(cluster), new AbortController().signal);
  return session;
}

async function until(what: string, holds: () => boolean, withinMs = 2000): Promise<void> {
  const begun = performance.now();
  while (!holds()) {
    if (performance.now() - begun > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
const states = (session: Session) => session.current().steps.map((step) => step.state);

describe('a session', () => {
  it('begins with the first step and shows its failing check', async () => {
    const session = await open();
    await until('the check fails', () => session.current().checks[0]?.verdict.status === 'fail');
    expect(session.current()).toMatchObject({ name: 'demo', phase: 'ready', current: 'cordon', simulated: true, lab: { id: 'demo' } });
    expect(states(session)).toEqual(['current', 'todo', 'todo']);
    expect(await cluster.checkpoints()).toEqual(['before-cordon']);
  });

  it('passes a step by itself when its checks pass, keeps it passed, and begins the next', async () => {
    const session = await open();
    set({ cordon: true });
    await until('the first step has passed', () => session.current().current === 'drain');
    set({});
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(states(session)).toEqual(['passed', 'current', 'todo']);
    expect(await cluster.checkpoints()).toEqual(['before-cordon', 'before-drain']);
  });

  it('passes through steps whose checks hold already, to the end of the lab', async () => {
    const session = await open();
    set({ cordon: true, drain: true, finish: true });
    await until('the lab is finished', () => session.current().current === undefined);
    expect(states(session)).toEqual(['passed', 'passed', 'passed']);
    expect(session.current().checks).toEqual([]);
  });

  it('has saved a passed step before it shows it, and resumes there', async () => {
    const session = await open();
    set({ cordon: true });
    await until('the first step has passed', () => session.current().current === 'drain');
    // As after kill -9: the next process finds only what is on the disk.
    const resumed = await open();
    expect(resumed.current().current).toBe('drain');
    expect(resumed.current().steps[0]).toMatchObject({ state: 'passed', solved: false });
  });

  it('goes on with a warning when its progress file is corrupt', async () => {
    await folder.write({ 'clusters/demo/progress.json': '{' });
    const session = await open();
    expect(states(session)).toEqual(['current', 'todo', 'todo']);
  });

  it('answers a check of any step, and refuses one that is not there', async () => {
    const session = await open();
    expect(await session.check()).toMatchObject({
      step: 'cordon',
      reports: [{ id: 'done', verdict: { status: 'fail', hint: 'Set cordon.' } }],
    });
    expect(await session.check('finish')).toMatchObject({ step: 'finish', reports: [{ verdict: { status: 'fail' } }] });
    await expect(session.check('nope')).rejects.toMatchObject({
      code: 'no-such-step',
      message: expect.stringContaining('cordon, drain, finish'),
    });
  });

  it('gives hints one by one and counts them', async () => {
    const session = await open();
    expect(await session.hint()).toEqual({ step: 'cordon', hint: 'Think.', number: 1, of: 2, exhausted: false });
    expect(await session.hint()).toMatchObject({ number: 2, exhausted: true });
    expect(await session.hint()).toMatchObject({ number: 2, exhausted: true });
    expect(session.current().hints).toEqual(['Think.', 'Do it on demo-worker.']);
  });

  it('solves a later step by solving those before it first', async () => {
    const session = await open();
    const { output } = await session.solve('drain');
    expect(output.filter((line) => line.startsWith('set'))).toEqual(['set cordon on demo', 'set drain on demo']);
    await until('both have passed', () => session.current().current === 'finish');
    expect(session.current().steps.map((s) => s.solved)).toEqual([true, true, false]);
    await expect(session.solve('cordon')).rejects.toMatchObject({ code: 'already-passed' });
  });

  it('tells of a solution that fails with what it printed', async () => {
    await folder.write({ 'labs/demo/steps/cordon.solution.mjs': "echo('half way'); await $`false`" });
    const session = await open();
    await expect(session.solve()).rejects.toMatchObject({ code: 'script-failed', message: expect.stringContaining('half way') });
    expect(session.current().activity).toBeUndefined();
  });

  it('goes back to the moment before a step, with the progress', async () => {
    const session = await open();
    set({ cordon: true });
    await until('cordon has passed', () => session.current().current === 'drain');
    set({ cordon: true, drain: true });
    await until('drain has passed', () => session.current().current === 'finish');
    const begun = performance.now();
    await session.reset('drain');
    expect(performance.now() - begun).toBeLessThan(300);
    expect(states(session)).toEqual(['passed', 'current', 'todo']);
    expect(await cluster.get({ apiVersion: 'v1', kind: 'Node', name: 'demo-worker' })).toMatchObject({ spec: { cordon: true } });
    await until('drain fails again', () => session.current().checks[0]?.verdict.status === 'fail');
    await expect(session.reset('finish')).rejects.toMatchObject({
      code: 'step-not-reached',
      fix: expect.stringContaining('kindlab solve'),
    });
  });

  it('ends a reset that was killed half way', async () => {
    const session = await open();
    set({ cordon: true });
    await until('cordon has passed', () => session.current().current === 'drain');
    set({ cordon: true, drain: true });
    await until('drain has passed', () => session.current().current === 'finish');
    await session.close();
    const state = new ClusterState(folder.path, 'demo');
    await state.writeProgress({ ...(await state.readProgress()).value!, resetting: 'drain' });
    const resumed = await open();
    expect(states(resumed)).toEqual(['passed', 'current', 'todo']);
    expect(cluster.peek('v1', 'Node', undefined, 'demo-worker')!.spec).toEqual({ cordon: true });
    expect((await state.readProgress()).value!.resetting).toBeUndefined();
  });

  it('goes on with the step when the cluster cannot go back', async () => {
    const session = await open();
    cluster.restore = async () => Promise.reject(new Error('no room'));
    await expect(session.reset()).rejects.toThrow('no room');
    set({ cordon: true });
    await until('cordon has passed', () => session.current().current === 'drain');
    await session.close();
    expect((await new ClusterState(folder.path, 'demo').readProgress()).value!.resetting).toBeUndefined();
  });

  it('never holds an unreachable cluster against the learner', async () => {
    const session = await open();
    cluster.trouble = new Error('connect ECONNREFUSED');
    expect(await session.check()).toMatchObject({ reports: [{ verdict: { status: 'unevaluable' } }] });
  });

  it('without a lab is a cluster without steps', async () => {
    const bare = new Session({ spec: demoSpec, state: new ClusterState(folder.path, 'demo'), env: {}, log: () => {} });
    sessions.push(bare);
    await bare.open(fakeProvider(cluster), new AbortController().signal);
    expect(bare.current()).toMatchObject({ steps: [], checks: [], phase: 'ready' });
    await expect(bare.check()).rejects.toMatchObject({ code: 'no-such-step' });
  });

  it('says why provisioning failed', async () => {
    const session = new Session({ spec: demoSpec, state: new ClusterState(folder.path, 'demo'), env: {}, log: () => {} });
    sessions.push(session);
    const failing = { ...fakeProvider(cluster), open: async () => Promise.reject(new Error('no room')) };
    await expect(session.open(failing, new AbortController().signal)).rejects.toThrow('no room');
    expect(session.current()).toMatchObject({ phase: 'failed', failure: { message: 'no room' } });
    await expect(session.check()).rejects.toMatchObject({ code: 'cluster-failed', message: 'no room' });
  });

  it("gives the person a copy of the lab's files with the cluster's name in them, and keeps their edits", async () => {
    await open();
    const path = 'clusters/demo/lab/manifests/app.yaml';
    const { readFile } = await import('node:fs/promises');
    expect(await readFile(`${folder.path}/${path}`, 'utf8')).toContain('demo-shop');
    await folder.write({ [path]: 'mine' });
    await open();
    expect(await readFile(`${folder.path}/${path}`, 'utf8')).toBe('mine');
  });
});

describe("a session's view", () => {
  it('tells each pod’s CNI by its address and each node’s by its first CNI file', async () => {
    cluster.apply({
      apiVersion: 'crd.projectcalico.org/v1',
      kind: 'IPPool',
      metadata: { name: 'default' },
      spec: { cidr: '192.168.0.0/16' },
    });
    cluster.apply({
      apiVersion: 'cilium.io/v2',
      kind: 'CiliumNode',
      metadata: { name: 'demo-worker' },
      spec: { ipam: { podCIDRs: ['10.245.1.0/24'] } },
    });
    cluster.apply(pod('shop', 'a', { status: { podIP: '192.168.213.199' } }));
    cluster.apply(pod('shop', 'b', { status: { podIP: '10.245.1.7' } }));
    cluster.apply(pod('kube-system', 'c', { status: { podIP: '172.18.0.3' }, spec: { hostNetwork: true } }));
    cluster.writeFile('demo-worker', '/etc/cni/net.d/10-calico.conflist', '');
    cluster.writeFile('demo-worker', '/etc/cni/net.d/calico-kubeconfig', '');
    const session = await open();
    expect(session.current().pods.map((p) => [p.name, p.cni])).toEqual([
      ['c', 'host'],
      ['a', 'calico'],
      ['b', 'cilium'],
    ]);
    await until('the node is Calico’s', () => session.current().nodes[0]?.cni === 'calico');
    cluster.writeFile('demo-worker', '/etc/cni/net.d/05-cilium.conflist', '');
    cluster.apply(pod('shop', 'a', { status: { podIP: '192.168.213.200' } }));
    await until('the node is Cilium’s', () => session.current().nodes[0]?.cni === 'cilium');
  });

  it('shows what the demo clients lost, in all and since the step began', async () => {
    cluster.apply(pod('shop', 'client', { spec: { containers: [{ name: 'c', image: 'kindlab/probe:1' }] } }));
    const stamp = (ms: number) => new Date(Date.now() + ms).toISOString();
    const line = (ms: number, counts: string) => `${stamp(ms)} 17:00:00.000 demo-worker http://web.shop ${counts}`;
    cluster.writeLog('shop', 'client', line(-60_000, 'ok=1 lost=2 ok'));
    const session = await open();
    await until('traffic is seen', () => session.current().traffic.length === 1);
    expect(session.current().traffic[0]).toMatchObject({
      pod: 'client',
      target: 'http://web.shop',
      lost: 2,
      lostSinceStep: 0,
      state: 'ok',
    });
    cluster.writeLog('shop', 'client', [line(-60_000, 'ok=1 lost=2 ok'), line(500, 'ok=1 lost=3 LOST timeout')].join('\n'));
    await until('the loss is seen', () => session.current().traffic[0]?.lostSinceStep === 1);
    expect(session.current().traffic[0]).toMatchObject({ lost: 3, state: 'lost' });
  });

  it('is sent within 200 ms of a change, but not more often than ten times a second', async () => {
    const session = await open();
    await until('the check fails', () => session.current().checks[0]?.verdict.status === 'fail');
    await new Promise((resolve) => setTimeout(resolve, 150));
    let sent = 0;
    let passed: number | undefined;
    const begun = performance.now();
    session.events.on((event) => {
      if (event.type !== 'view') return;
      sent++;
      if (event.view.current === 'drain') passed ??= performance.now() - begun;
    });
    set({ cordon: true });
    for (let i = 0; i < 40; i++) {
      cluster.apply(pod('shop', `p${i}`));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(passed).toBeLessThan(200);
    expect(sent).toBeLessThan(10);
  });
});

describe('play', () => {
  const playAll = async (session: Session) => {
    const lab = await loadLab(`${folder.path}/labs`, 'demo');
    const lines = [];
    for await (const line of play(session, lab, { clockSpeed: 10, unsolvedMs: 300 })) lines.push(line);
    return lines;
  };

  it('sees each step fail unsolved and pass solved', async () => {
    const session = await open();
    const lines = await playAll(session);
    expect(
      lines.map((l) => (l.type === 'step' ? [l.id, l.failedUnsolved, l.passedSolved] : [l.passed, l.type === 'totals' ? l.steps : l.id])),
    ).toEqual([
      ['cordon', true, true],
      ['drain', true, true],
      ['finish', true, true],
      [3, 3],
    ]);
    expect(cluster.clockSpeed).toBe(1);
  });

  it('finds a check that passes without any work', async () => {
    set({ cordon: true });
    const lines = await playAll(await open());
    expect(lines[0]).toMatchObject({ id: 'cordon', passed: false, failedUnsolved: false });
    expect(lines.at(-1)).toMatchObject({ type: 'totals', steps: 3, passed: 2 });
  });

  it('stops at a solution that does not solve, and says what is still wrong', async () => {
    await folder.write({ 'labs/demo/steps/drain.solution.mjs': "echo('nothing')" });
    const lines = await playAll(await open());
    expect(lines[1]).toMatchObject({
      id: 'drain',
      passed: false,
      failedUnsolved: true,
      passedSolved: false,
      reports: [{ verdict: { status: 'fail' } }],
    });
    expect(lines[2]).toMatchObject({ type: 'totals', passed: 1 });
  });
});
