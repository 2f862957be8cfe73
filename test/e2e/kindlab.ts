import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const launcher = fileURLToPath(new URL('../../kindlab', import.meta.url));

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A person with a home of their own, who uses the real launcher. */
export class Person {
  readonly home = mkdtempSync(join(tmpdir(), 'kindlab e2e '));
  readonly env: NodeJS.ProcessEnv;

  constructor(extra: NodeJS.ProcessEnv = {}) {
    this.env = { PATH: process.env['PATH'], HOME: this.home, NO_COLOR: '1', ...extra };
  }

  kindlab(...args: string[]): Ran {
    return this.run(launcher, ...args);
  }

  /** Starts it in a process group of its own, to be signalled. */
  start(...args: string[]): ChildProcess {
    return spawn(launcher, args, { env: this.env, cwd: this.home, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  }

  run(command: string, ...args: string[]): Ran {
    const { status, stdout, stderr } = spawnSync(command, args, { env: this.env, cwd: this.home, encoding: 'utf8' });
    return { code: status, stdout, stderr };
  }

  folder(cluster: string): string {
    return join(this.home, '.local', 'state', 'kindlab', 'clusters', cluster);
  }

  pid(cluster: string): number {
    return (JSON.parse(readFileSync(join(this.folder(cluster), 'process.json'), 'utf8')) as { pid: number }).pid;
  }

  kubeconfig(cluster: string): string {
    return join(this.folder(cluster), 'cluster', 'kubeconfig');
  }

  [Symbol.dispose](): void {
    this.kindlab('down', '--all');
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** The kubectls to try: those that KINDLAB_TEST_KUBECTL names (separated as PATH is), or the one on PATH. */
export const kubectls = (): string[] => {
  const named = process.env['KINDLAB_TEST_KUBECTL'];
  if (named) return named.split(delimiter);
  const found = spawnSync('sh', ['-c', 'command -v kubectl'], { encoding: 'utf8' }).stdout.trim();
  return found ? [found] : [];
};

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
};

export const pathWith = (program: string): string => `${dirname(program)}${delimiter}${process.env['PATH']}`;
