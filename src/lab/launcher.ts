import { readFile } from 'node:fs/promises';
import { sleep, systemClock } from '../base/clock.ts';
import { KindlabError } from '../base/errors.ts';
import { isAlive, startDetached } from '../base/process.ts';
import { SessionClient } from './client.ts';
import type { ClusterState } from './state.ts';

export interface LaunchOptions {
  /** Program and arguments that run `runHost` for this cluster, as [process.execPath, 'main.js', 'host', NAME]. */
  command: readonly [string, ...string[]];
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  signal?: AbortSignal;
  /** Until its control port answers, ms. Default: 20 s. */
  waitMs?: number;
}

/** One that is gone refuses the connection at once; one that is busy, as when it makes its cluster, is waited for. */
const answersWithinMs = 15_000;

/** The process of a cluster, if one runs and answers. */
export async function findRunning(state: ClusterState): Promise<SessionClient | undefined> {
  const { value } = await state.readProcess();
  // A pid may have been given to another program since: only the token's holder is ours.
  if (!value || !isAlive(value.pid)) return undefined;
  const client = new SessionClient(value);
  try {
    await client.view({ timeoutMs: answersWithinMs });
    return client;
  } catch (error) {
    if (error instanceof KindlabError) return undefined;
    throw error;
  }
}

/**
 * The process of a cluster: the one that runs, or a new one that resumes what is on the disk, as after `kill -9`.
 * Throws KindlabError `host-failed` with the end of its log when it does not come up.
 */
export async function ensureRunning(state: ClusterState, options: LaunchOptions): Promise<SessionClient> {
  const running = await findRunning(state);
  if (running) return running;
  const locked = options.signal ? { signal: options.signal } : {};
  return state.locked(async () => (await findRunning(state)) ?? start(state, options), locked);
}

async function start(state: ClusterState, { command, env, cwd, signal, waitMs = 20_000 }: LaunchOptions): Promise<SessionClient> {
  await state.removeProcess();
  const [program, ...args] = command;
  const child = await startDetached(program, args, { env, cwd, logFile: state.logFile });
  const ended: { code?: number } = {};
  void child.exited.then((code) => (ended.code = code));
  const deadline = systemClock.now() + waitMs;
  try {
    while (ended.code === undefined && systemClock.now() < deadline) {
      const { value } = await state.readProcess();
      if (value?.pid === child.pid) return new SessionClient(value);
      await sleep(systemClock, 15, signal);
    }
  } catch (error) {
    // Waited for, so that nothing it writes on its way out comes after what its caller removes.
    await endProcess(child.pid);
    throw error;
  }
  if (ended.code === undefined) await endProcess(child.pid);
  const why = ended.code === undefined ? `did not come up within ${waitMs / 1000} s` : `ended with exit code ${ended.code}`;
  throw new KindlabError({
    code: 'host-failed',
    message: [`the process of cluster ${state.name} ${why}`, ...(await lastLines(state.logFile))].join('\n'),
    fix: `see ${state.logFile}`,
  });
}

/** SIGTERM, and SIGKILL where that is not enough. */
async function endProcess(pid: number): Promise<void> {
  if (isAlive(pid)) process.kill(pid, 'SIGTERM');
  await untilGone(pid);
}

async function untilGone(pid: number, waitMs = 10_000, signal?: AbortSignal): Promise<void> {
  const deadline = systemClock.now() + waitMs;
  while (isAlive(pid) && systemClock.now() < deadline) await sleep(systemClock, 20, signal);
  if (isAlive(pid)) process.kill(pid, 'SIGKILL');
}

/** Asks the process to end and waits until it has; SIGKILL where it does not within `waitMs`. */
export async function stopRunning(state: ClusterState, options: { signal?: AbortSignal; waitMs?: number } = {}): Promise<void> {
  const client = await findRunning(state);
  if (!client) return;
  await client.stop();
  await untilGone(client.info.pid, options.waitMs, options.signal);
}

async function lastLines(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return text
    .trimEnd()
    .split('\n')
    .slice(-5)
    .map((line) => `  ${line}`);
}
