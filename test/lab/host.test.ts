import { spawn } from 'node:child_process';
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isAlive } from '../../src/base/process.ts';
import type { SessionClient } from '../../src/lab/client.ts';
import { ensureRunning, findRunning, stopRunning, type LaunchOptions } from '../../src/lab/launcher.ts';
import type { SessionView } from '../../src/lab/session-view.ts';
import { ClusterState } from '../../src/lab/state.ts';
import { demoLab, demoSpec, TemporaryFolder } from './fixture-lab.ts';

let folder: TemporaryFolder;
let state: ClusterState;
const hostProcess = fileURLToPath(new URL('./host-process.ts', import.meta.url));
const launch = (): LaunchOptions => ({
  command: [process.execPath, hostProcess, folder.path, 'demo', join(folder.path, 'labs')],
  env: process.env,
  cwd: folder.path,
});

beforeEach(async () => {
  folder = await TemporaryFolder.make();
  await folder.write(demoLab);
  state = new ClusterState(folder.path, 'demo');
  await state.create();
  await state.writeSpec({ spec: demoSpec, lab: 'demo' });
});
afterEach(async () => {
  await stopRunning(state);
  await folder[Symbol.asyncDispose]();
});

async function viewWhen(client: SessionClient, holds: (view: SessionView) => boolean): Promise<SessionView> {
  for await (const event of client.events(AbortSignal.timeout(10_000))) if (event.type === 'view' && holds(event.view)) return event.view;
  throw new Error('no such view came');
}
const gone = async (pid: number) => {
  const deadline = Date.now() + 5000;
  while (isAlive(pid) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  return !isAlive(pid);
};

describe('the process of a session', () => {
  it('is started once and found again by any later command', async () => {
    const [first, second] = await Promise.all([ensureRunning(state, launch()), ensureRunning(state, launch())]);
    expect(second.info.pid).toBe(first.info.pid);
    expect((await findRunning(state))?.info.pid).toBe(first.info.pid);
    expect((await stat(state.processFile)).mode & 0o777).toBe(0o600);
  });

  it('loses no passed step to kill -9, and is started again by the next command', async () => {
    const client = await ensureRunning(state, launch());
    await viewWhen(client, (view) => view.current === 'drain');
    process.kill(client.info.pid, 'SIGKILL');
    expect(await gone(client.info.pid)).toBe(true);
    expect(await findRunning(state)).toBeUndefined();
    const again = await ensureRunning(state, launch());
    expect(again.info.pid).not.toBe(client.info.pid);
    const view = await viewWhen(again, (v) => v.phase === 'ready');
    expect(view.steps.map((step) => step.state)).toEqual(['passed', 'current', 'todo']);
  });

  it('takes nobody else for ours: a process of that id without the token is not it', async () => {
    await state.writeProcess({ pid: process.pid, port: 1, token: 'x', startedAt: '' });
    expect(await findRunning(state)).toBeUndefined();
  });

  it('ends on stop, on SIGTERM, and when its folder is gone', async () => {
    const one = await ensureRunning(state, launch());
    await one.stop();
    expect(await gone(one.info.pid)).toBe(true);
    const two = await ensureRunning(state, launch());
    process.kill(two.info.pid, 'SIGTERM');
    expect(await gone(two.info.pid)).toBe(true);
    expect((await state.readProcess()).value).toBeUndefined();
    const three = await ensureRunning(state, launch());
    await state.remove();
    expect(await gone(three.info.pid)).toBe(true);
  });

  it('writes its process.json again when that was lost, and gives way to another process', async () => {
    const { info } = await ensureRunning(state, launch());
    await rm(state.processFile);
    await vi.waitFor(async () => expect((await state.readProcess()).value?.pid).toBe(info.pid), 5000);
    await state.writeProcess({ ...info, pid: process.pid });
    expect(await gone(info.pid)).toBe(true);
    await state.removeProcess();
  });

  it('loses no passed step to kill -9 at any moment', async () => {
    let passed: string[] = [];
    for (const delay of [0, 20, 60, 120]) {
      const { info } = await ensureRunning(state, launch());
      await new Promise((resolve) => setTimeout(resolve, delay));
      process.kill(info.pid, 'SIGKILL');
      await gone(info.pid);
      const { value, warning } = await state.readProgress();
      expect(warning).toBeUndefined();
      const now = Object.keys(value?.passed ?? {});
      expect(now).toEqual(expect.arrayContaining(passed));
      passed = now;
    }
  });

  it('that cannot start is told with the end of its log', async () => {
    await folder.write({ 'labs/demo/lab.yaml': 'id: demo\n' });
    await expect(ensureRunning(state, launch())).rejects.toMatchObject({
      code: 'host-failed',
      message: expect.stringContaining('labs/demo/lab.yaml'),
    });
  });

  it('answers nobody without the token', async () => {
    const { info } = await ensureRunning(state, launch());
    for (const token of ['', 'wrong', `${info.token}x`]) {
      const response = await fetch(`http://127.0.0.1:${info.port}/view`, { headers: { authorization: `Bearer ${token}` } });
      expect(response.status).toBe(401);
      await response.body?.cancel();
    }
  });

  it('passes errors on with code and fix', async () => {
    const client = await ensureRunning(state, launch());
    await viewWhen(client, (view) => view.phase === 'ready');
    await expect(client.check('nope')).rejects.toMatchObject({ name: 'KindlabError', code: 'no-such-step', fix: 'kindlab status' });
    await expect(client.reset('finish')).rejects.toMatchObject({ code: 'step-not-reached' });
    await client.setClockSpeed(7);
    expect((await client.view()).clock.speed).toBe(7);
  });

  it('that is gone is one clear error, also in the middle of a stream', async () => {
    const client = await ensureRunning(state, launch());
    const never = viewWhen(client, () => false);
    await new Promise((resolve) => setTimeout(resolve, 200));
    process.kill(client.info.pid, 'SIGKILL');
    await expect(never).rejects.toMatchObject({ code: 'session-unreachable' });
    await gone(client.info.pid);
    await expect(client.view()).rejects.toMatchObject({ code: 'session-unreachable' });
  });
});

describe('a tool of the lab shell', () => {
  const ready = async () => {
    const client = await ensureRunning(state, launch());
    await viewWhen(client, (view) => view.phase === 'ready');
    const helm = join(state.binFolder, 'helm');
    const deadline = Date.now() + 2000;
    while (!(await stat(helm).catch(() => undefined)) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
    return { client, helm };
  };
  const shell = (command: string, args: string[], input = '') =>
    new Promise<{ stdout: string; stderr: string; code: number | null }>((resolve) => {
      const child = spawn(command, args);
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (chunk) => (stdout += chunk));
      child.stderr.on('data', (chunk) => (stderr += chunk));
      child.on('close', (code) => resolve({ stdout, stderr, code }));
      child.stdin.end(input);
    });

  it('gets arguments and input, and gives output and exit code', async () => {
    const { helm } = await ready();
    expect((await stat(helm)).mode & 0o777).toBe(0o700);
    expect(await shell(helm, ['install', "it's", '-f', '-', 'fail'], 'values')).toEqual({
      stdout: "helm install it's -f - fail\nin: values",
      stderr: 'done\n',
      code: 3,
    });
  });

  it('leaves to the shell what it does not read, as the next of the lines that were pasted', async () => {
    const { helm } = await ready();
    const read = await shell('sh', ['-c', `"$0" list && cat`, helm], 'the next line');
    expect(read.stdout).toMatch(/^helm list\n[^]*the next line$/);
  });

  it('ends in the session when the person presses Ctrl-C', async () => {
    const { helm } = await ready();
    const child = spawn(helm, ['sleep'], { stdio: ['ignore', 'pipe', 'pipe'] });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const begun = performance.now();
    child.kill('SIGINT');
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code).toBe(130);
    expect(performance.now() - begun).toBeLessThan(1000);
  });

  it('finds the session again after its process was started anew', async () => {
    const { client, helm } = await ready();
    process.kill(client.info.pid, 'SIGKILL');
    await gone(client.info.pid);
    expect(await shell(helm, ['list'])).toMatchObject({ code: 1, stderr: expect.stringContaining('kindlab status') });
    await viewWhen(await ensureRunning(state, launch()), (view) => view.phase === 'ready');
    expect(await shell(helm, ['list'])).toMatchObject({ code: 0 });
  });

  it('says so where the backend has no such tool', async () => {
    const { client } = await ready();
    const out: string[] = [];
    const io = { argv: ['x'], stdout: (t: string) => out.push(t), stderr: (t: string) => out.push(t), signal: AbortSignal.timeout(5000) };
    expect(await client.runTool('helm', io)).toBe(0);
    expect(out).toEqual(['helm x\n', 'done\n']);
    expect(await readFile(join(state.binFolder, 'helm'), 'utf8')).toContain('tool-shim.mjs');
  });
});
