import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadLab } from '../../src/lab/loader.ts';
import { play } from '../../src/lab/play.ts';
import { Session } from '../../src/lab/session.ts';
import { ClusterState } from '../../src/lab/state.ts';
import { FakeCluster, fakeProvider, node } from './fake-cluster.ts';
import { demoFault, demoLab, demoSpec, TemporaryFolder } from './fixture-lab.ts';

let folder: TemporaryFolder;
let cluster: FakeCluster;
let sessions: Session[] = [];

const field = () => cluster.peek('v1', 'Node', undefined, 'demo-worker')!.spec as Record<string, unknown>;
const set = (spec: Record<string, unknown>) => cluster.apply(node('demo-worker', spec));
const lab = () => loadLab(`${folder.path}/labs`, 'demo');

beforeEach(async () => {
  folder = await TemporaryFolder.make();
  await folder.write({ ...demoLab, ...demoFault });
  cluster = new FakeCluster('demo');
  set({});
});
afterEach(async () => {
  await Promise.all(sessions.map((session) => session.close()));
  sessions = [];
  await folder[Symbol.asyncDispose]();
});

async function open(): Promise<Session> {
  const state = new ClusterState(folder.path, 'demo');
  await state.create();
  const session = new Session({ spec: demoSpec, lab: await lab(), state, env: process.env, log: () => {} });
  sessions.push(session);
  // What a script prints, the cluster does.
  session.events.on((event) => {
    if (event.type !== 'output') return;
    const name = /^set (\w+) on demo$/.exec(event.line)?.[1];
    if (name) set({ ...field(), [name]: true });
    if (event.line === 'whole again') set(Object.fromEntries(Object.entries(field()).filter(([key]) => key !== 'broken')));
  });
  await session.open(fakeProvider(cluster), new AbortController().signal);
  return session;
}
const faultOf = (session: Session) => session.current().faults[0];
const sick = (session: Session) => vi.waitFor(() => expect(faultOf(session)?.checks[0]?.verdict.status).toBe('fail'));

describe('a fault', () => {
  it('is listed with what it does, and whether it is possible now', async () => {
    const session = await open();
    expect(await session.faults.list()).toEqual([
      { id: 'broken', title: 'A field is there', symptom: 'Nothing works.', source: 'a test', during: ['cordon'], possible: true },
    ]);
    set({ cordon: true });
    await vi.waitFor(() => expect(session.current().current).toBe('drain'));
    expect(await session.faults.list()).toMatchObject([{ possible: false }]);
    await expect(session.faults.inject('broken')).rejects.toMatchObject({ code: 'fault-not-now', exitCode: 1 });
    await expect(session.faults.inject()).rejects.toMatchObject({ code: 'fault-not-now' });
    await expect(session.faults.inject('nope')).rejects.toMatchObject({
      code: 'no-such-fault',
      message: expect.stringContaining('there are: broken'),
    });
  });

  it('is injected, seen by its symptom, and cured by whoever mends the cluster', async () => {
    const session = await open();
    expect(await session.faults.inject()).toEqual({ id: 'broken', symptom: 'Nothing works.' });
    await sick(session);
    expect(faultOf(session)).toMatchObject({ state: 'injected' });
    await expect(session.faults.inject('broken')).rejects.toMatchObject({ code: 'fault-injected' });
    expect(await session.faults.diagnose()).toMatchObject({ id: 'broken', diagnosis: 'Look at demo-worker.\n' });
    set({});
    await vi.waitFor(() => expect(faultOf(session)).toMatchObject({ state: 'cured', checks: [] }));
    expect(await session.faults.check()).toMatchObject({ step: 'broken', reports: [{ verdict: { status: 'pass' } }] });
  });

  it('is taken out by its own script, and forgotten', async () => {
    const session = await open();
    await session.faults.inject('broken');
    await sick(session);
    expect(await session.faults.clear()).toEqual({ cleared: ['broken'] });
    expect(field()).toEqual({});
    expect(session.current().faults).toEqual([]);
    expect(await session.faults.clear()).toEqual({ cleared: [] });
  });

  it('is not put into a cluster that shows it already', async () => {
    set({ broken: true });
    const session = await open();
    await expect(session.faults.inject('broken')).rejects.toMatchObject({
      code: 'fault-already-there',
      message: expect.stringContaining('the node is whole'),
    });
  });

  it('goes with a reset to the moment before it, and is known to a process that comes after', async () => {
    const session = await open();
    await session.faults.inject('broken');
    await sick(session);
    const resumed = await open();
    expect(faultOf(resumed)).toMatchObject({ id: 'broken', state: 'injected' });
    await resumed.reset('cordon');
    expect(field()).toEqual({});
    expect(resumed.current().faults).toEqual([]);
  });

  it('that a step names is there when the step begins, and again after a reset', async () => {
    const text = demoLab['labs/demo/steps/cordon.yaml']!.replace('timeLimit: 2s', 'timeLimit: 2s\nfault: broken');
    await folder.write({ 'labs/demo/steps/cordon.yaml': text });
    const session = await open();
    expect(field()).toEqual({ broken: true });
    set({});
    await session.reset('cordon');
    expect(field()).toEqual({ broken: true });
  });

  it('of a name or a step that does not exist makes the lab invalid', async () => {
    await folder.write({ 'labs/demo/faults/broken.yaml': demoFault['labs/demo/faults/broken.yaml']!.replace('[cordon]', '[cordn]') });
    await expect(lab()).rejects.toMatchObject({
      code: 'lab-invalid',
      message: expect.stringContaining('faults/broken.yaml: during: there is no cordn'),
    });
  });
});

describe('play --faults', () => {
  const played = async () => {
    const session = await open();
    const lines = [];
    for await (const line of play(session, await lab(), { faults: true, unsolvedMs: 300 })) lines.push(line);
    return lines.map((line) => (line.type === 'totals' ? [line.passed, line.faultsPassed] : [line.id, line.passed]));
  };

  it('sees each fault fail injected and pass taken out', async () => {
    expect(await played()).toEqual([
      ['broken', true],
      ['cordon', true],
      ['drain', true],
      ['finish', true],
      [3, 1],
    ]);
  });

  it('finds a fault that does nothing', async () => {
    await folder.write({ 'labs/demo/faults/broken.inject.mjs': "echo('nothing')\n" });
    expect(await played()).toContainEqual(['broken', false]);
  });

  it('finds one that is not taken out', async () => {
    await folder.write({ 'labs/demo/faults/broken.clear.mjs': "echo('nothing')\n" });
    expect(await played()).toContainEqual(['broken', false]);
  });
});
