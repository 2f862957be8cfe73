import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Result } from 'execa';
import { KindlabError } from './errors.ts';

/** It takes 0.1 s to load, and most commands run no program. */
const loadExeca = () => import('execa');

export interface RunOptions {
  env?: Readonly<Record<string, string | undefined>>;
  cwd?: string;
  /** SIGTERM when it is aborted, SIGKILL 5 s later; the promise then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Each line of either stream as it comes. */
  onLine?: ((line: string, stream: 'stdout' | 'stderr') => void) | undefined;
  input?: string;
}

export interface RunResult {
  stdout: string;
  stderr: string;
  /** 128 + the signal's number where a signal ended it. */
  exitCode: number;
}

/** The program itself could not be started because there is none of that name. */
const isMissing = (result: Result): boolean => result.code === 'ENOENT' && result.exitCode === undefined;

const missing = (command: string, cause: unknown) =>
  new KindlabError({ code: 'command-not-found', message: `${command} is not installed, or not on PATH`, cause });

/** Runs a program without a shell, to its end. A failure of the program is a result, not an error. Throws KindlabError `command-not-found`. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { execa } = await loadExeca();
  const child = execa(command, args, {
    ...(options.env && { env: options.env, extendEnv: false }),
    ...(options.cwd && { cwd: options.cwd }),
    ...(options.signal && { cancelSignal: options.signal }),
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    reject: false,
    forceKillAfterDelay: 5_000,
  });
  const streams: Promise<void>[] = [];
  const { onLine } = options;
  if (onLine)
    for (const from of ['stdout', 'stderr'] as const)
      streams.push(
        (async () => {
          for await (const line of child.iterable({ from })) onLine(line, from);
        })(),
      );
  const result = await child;
  // The iterables fail with the process; its result already tells how.
  await Promise.allSettled(streams);
  options.signal?.throwIfAborted();
  if (isMissing(result)) throw missing(command, result);
  if (result.exitCode === undefined && result.signal === undefined) throw result;
  return { stdout: result.stdout, stderr: result.stderr, exitCode: result.exitCode ?? 128 };
}

/** Runs a program on this terminal and waits for its end; returns its exit code. */
export async function runAttached(
  command: string,
  args: readonly string[],
  options: Pick<RunOptions, 'env' | 'cwd'> = {},
): Promise<number> {
  const { execa } = await loadExeca();
  const result = await execa(command, args, {
    ...(options.env && { env: options.env, extendEnv: false }),
    ...(options.cwd && { cwd: options.cwd }),
    stdio: 'inherit',
    reject: false,
  });
  if (isMissing(result)) throw missing(command, result);
  return result.exitCode ?? 128;
}

/** Whether a process of this id runs (also one of another user). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

export interface DetachedProcess {
  pid: number;
  /** Its exit code (1 where a signal ended it), while this process is there to see it. */
  exited: Promise<number>;
}

/** Starts a program that outlives this process; what it prints goes to the end of `logFile`. Throws KindlabError `command-not-found`. */
export async function startDetached(
  command: string,
  args: readonly string[],
  options: { env: Readonly<Record<string, string | undefined>>; cwd: string; logFile: string },
): Promise<DetachedProcess> {
  const log = openSync(options.logFile, 'a', 0o600);
  try {
    const child = spawn(command, args, { detached: true, stdio: ['ignore', log, log], env: options.env, cwd: options.cwd });
    const exited = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => reject(missing(command, error)));
    });
    child.unref();
    return { pid: child.pid!, exited };
  } finally {
    closeSync(log);
  }
}
