import { chmod, mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { noProgress, progressBefore } from '../../src/lab/progress.ts';
import { clusterNames, ClusterState } from '../../src/lab/state.ts';
import { demoSpec, TemporaryFolder } from './fixture-lab.ts';

const progress = { ...noProgress, passed: { a: { at: 1 }, b: { at: 2 } }, started: { a: 0, b: 1, c: 2 }, hints: { c: 1 }, solved: ['b'] };

describe("a cluster's state", () => {
  it('is for its owner only', async () => {
    await using folder = await TemporaryFolder.make();
    const state = new ClusterState(folder.path, 'one');
    await state.create();
    await state.writeProgress(progress);
    expect((await stat(state.folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(state.folder, 'progress.json'))).mode & 0o777).toBe(0o600);
    expect((await state.readProgress()).value).toEqual(progress);
  });

  it('survives many writes at once, and leaves no temporary file', async () => {
    await using folder = await TemporaryFolder.make();
    const state = new ClusterState(folder.path, 'one');
    await state.create();
    await Promise.all(Array.from({ length: 50 }, (_, i) => state.writeProgress({ ...noProgress, hints: { a: i } })));
    expect((await state.readProgress()).value?.hints['a']).toBeTypeOf('number');
    expect(await readdir(state.folder)).toEqual(['progress.json']);
  });

  it.each(['{"version": 1, "pas', '', '{"version": 2}', 'null'])('that is corrupt (%j) is kept aside and told', async (text) => {
    await using folder = await TemporaryFolder.make();
    const state = new ClusterState(folder.path, 'one');
    await state.create();
    await writeFile(join(state.folder, 'progress.json'), text);
    const { value, warning } = await state.readProgress();
    expect(value).toBeUndefined();
    expect(warning).toContain('progress.json was corrupt');
    const [aside] = await readdir(state.folder);
    expect(aside).toMatch(/^progress\.json\.corrupt-/);
    expect(await readFile(join(state.folder, aside!), 'utf8')).toBe(text);
  });

  it.each(['Upper', '-a', 'a-', 'a/b', '..', '', 'a'.repeat(41)])('has no name like %j', (name) => {
    expect(() => new ClusterState('/nowhere', name)).toThrow(/cluster name/);
  });

  it('that cannot be written is one clear error', async () => {
    await using folder = await TemporaryFolder.make();
    await folder.write({ clusters: 'a file where the folder should be' });
    await expect(new ClusterState(folder.path, 'one').create()).rejects.toMatchObject({
      code: 'state-not-writable',
      fix: expect.stringContaining('XDG_STATE_HOME'),
    });
  });

  it.skipIf(process.getuid?.() === 0)('on a read-only disk is one clear error (root may write anywhere: skipped for root)', async () => {
    await using folder = await TemporaryFolder.make();
    await chmod(folder.path, 0o500);
    await expect(new ClusterState(folder.path, 'one').create()).rejects.toMatchObject({ code: 'state-not-writable' });
    await chmod(folder.path, 0o700);
  });

  it('lists clusters by their folders', async () => {
    await using folder = await TemporaryFolder.make();
    expect(await clusterNames(folder.path)).toEqual([]);
    for (const name of ['b', 'a']) {
      const state = new ClusterState(folder.path, name);
      await state.create();
      await state.writeSpec({ spec: { ...demoSpec, name }, lab: 'demo' });
    }
    expect(await clusterNames(folder.path)).toEqual(['a', 'b']);
    expect((await new ClusterState(folder.path, 'a').readSpec()).value?.lab).toBe('demo');
  });
});

describe('the lock of a cluster', () => {
  it('lets one command work at a time', async () => {
    await using folder = await TemporaryFolder.make();
    const state = new ClusterState(folder.path, 'one');
    let inside = 0;
    let most = 0;
    const work = () =>
      state.locked(async () => {
        most = Math.max(most, ++inside);
        await new Promise((resolve) => setTimeout(resolve, 20));
        inside--;
      });
    await Promise.all([work(), work(), work()]);
    expect(most).toBe(1);
  });

  it('is taken over from a process that has ended or a pid that was given anew, and names one that has not', async () => {
    await using folder = await TemporaryFolder.make();
    const state = new ClusterState(folder.path, 'one');
    await mkdir(join(folder.path, 'clusters'));
    await writeFile(join(folder.path, 'clusters', '.one.lock'), '999999999');
    expect(await state.locked(async () => 'mine')).toBe('mine');
    await writeFile(join(folder.path, 'clusters', '.one.lock'), String(process.pid));
    const old = new Date(Date.now() - 600_000);
    await utimes(join(folder.path, 'clusters', '.one.lock'), old, old);
    expect(await state.locked(async () => 'mine')).toBe('mine');
    await writeFile(join(folder.path, 'clusters', '.one.lock'), String(process.pid));
    await expect(state.locked(async () => 'mine', { waitMs: 60 })).rejects.toMatchObject({
      code: 'locked',
      message: expect.stringContaining(String(process.pid)),
    });
  });
});

it('progress before a step forgets that step and those after it, but not the hints that were read', () => {
  expect(progressBefore(progress, 'b', ['a', 'b', 'c'])).toEqual({
    ...noProgress,
    passed: { a: { at: 1 } },
    started: { a: 0 },
    hints: { c: 1 },
    solved: [],
  });
});
