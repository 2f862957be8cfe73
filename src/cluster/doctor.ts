import { access, constants, mkdir, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { freemem, totalmem } from 'node:os';
import { KindlabError, messageOf } from '../base/errors.ts';
import { run } from '../base/process.ts';
import { findEngine } from './kind/engine.ts';
import { findKubectl } from './kubectl.ts';

export interface Finding {
  subject: string;
  /** ok; missing: the simulated backend cannot do without; limited: something else cannot be done. */
  state: 'ok' | 'limited' | 'missing';
  found: string;
  /** A command or a sentence that cures it. */
  fix?: string;
}

export interface DoctorOptions {
  env: Readonly<Record<string, string | undefined>>;
  stateFolder: string;
  cacheFolder: string;
  signal?: AbortSignal | undefined;
}

/** Looks at the machine without changing it, but for making its own state folder. */
export const examine = (options: DoctorOptions): Promise<Finding[]> =>
  Promise.all([node(), kubectl(options), state(options), memory(), engine(), kind(options)]);

async function node(): Promise<Finding> {
  return { subject: 'Node.js', state: 'ok', found: process.version };
}

async function kubectl({ env, cacheFolder, signal }: DoctorOptions): Promise<Finding> {
  const refuse = (() => Promise.reject(new Error('not fetched by doctor'))) as typeof fetch;
  try {
    const found = await findKubectl({ env, cache: cacheFolder, signal, fetch: refuse });
    return { subject: 'kubectl', state: 'ok', found: `${found.version} (${found.path})` };
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof KindlabError)) throw error;
    const seen = error.message.slice(0, error.message.indexOf(', and the official release'));
    return {
      subject: 'kubectl',
      state: 'limited',
      found: `${seen}; \`kindlab shell\` fetches the official release once`,
      ...(error.fix && { fix: error.fix }),
    };
  }
}

async function state({ stateFolder }: DoctorOptions): Promise<Finding> {
  try {
    await mkdir(stateFolder, { recursive: true, mode: 0o700 });
    await access(stateFolder, constants.W_OK);
    const { bavail, bsize } = await statfs(stateFolder);
    const free = Math.round((bavail * bsize) / 2 ** 20);
    const enough = free >= 100;
    return {
      subject: 'state folder',
      state: enough ? 'ok' : 'limited',
      found: `${stateFolder}, ${free} MiB free`,
      ...(!enough && { fix: `free some space: df -h ${dirname(stateFolder)}` }),
    };
  } catch (error) {
    return {
      subject: 'state folder',
      state: 'missing',
      found: messageOf(error),
      fix: 'export XDG_STATE_HOME=/a/folder/that/can/be/written',
    };
  }
}

const gib = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);

async function memory(): Promise<Finding> {
  const enough = totalmem() >= 4 * 2 ** 30;
  const found = `${gib(freemem())} of ${gib(totalmem())} GiB free`;
  return enough
    ? { subject: 'memory', state: 'ok', found }
    : { subject: 'memory', state: 'limited', found, fix: 'real Kind with three nodes wants 4 GiB; use the simulated backend' };
}

async function engine(): Promise<Finding> {
  const found = await findEngine();
  if ('problem' in found)
    return {
      subject: 'container engine',
      state: 'limited',
      found: found.problem,
      fix: 'only real Kind needs one: start Docker or Podman, or stay with --backend simulated',
    };
  return {
    subject: 'container engine',
    state: 'ok',
    found: `${found.version} on ${found.system}, ${found.cpus} CPUs, ${gib(found.memory)} GiB`,
  };
}

async function kind({ env, signal }: DoctorOptions): Promise<Finding> {
  const answer = await version('kind', ['version'], env, signal);
  return answer.ok
    ? { subject: 'kind', state: 'ok', found: answer.text }
    : {
        subject: 'kind',
        state: 'limited',
        found: answer.text,
        fix: 'only real Kind needs it: https://kind.sigs.k8s.io/docs/user/quick-start/#installation',
      };
}

async function version(
  command: string,
  args: string[],
  env: DoctorOptions['env'],
  signal?: AbortSignal,
): Promise<{ ok: boolean; text: string }> {
  try {
    const answer = await run(command, args, { env, signal });
    const text = (answer.stdout.trim() || answer.stderr.trim()).split('\n').at(-1) ?? '';
    return { ok: answer.exitCode === 0 && answer.stdout.trim() !== '', text };
  } catch (error) {
    signal?.throwIfAborted();
    return { ok: false, text: messageOf(error) };
  }
}
