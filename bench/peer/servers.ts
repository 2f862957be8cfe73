import { fork, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { Job, Measured, Target } from './load.ts';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** A server under load. */
export interface Peer extends Disposable {
  readonly title: string;
  readonly target: Target;
  /** Resident memory of all its processes, MB. */
  memory(): Promise<number>;
}

export interface SimulatedPeer extends Peer {
  readonly readyMs: number;
  readonly idleMb: number;
  /** Milliseconds, in the cluster's process. */
  snapshot(): Promise<number>;
  rewind(): Promise<number>;
}

interface Config {
  clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
  users: { user: { token?: string; 'client-certificate-data'?: string; 'client-key-data'?: string } }[];
}

const decode = (text: string): string => Buffer.from(text, 'base64').toString();

function targetOf(kubeconfig: string): Target {
  const { clusters, users } = parse(readFileSync(kubeconfig, 'utf8')) as Config;
  const { server, 'certificate-authority-data': ca } = clusters[0]!.cluster;
  const { token, 'client-certificate-data': cert, 'client-key-data': key } = users[0]!.user;
  return { server, ca: decode(ca), ...(token && { token }), ...(cert && key && { cert: decode(cert), key: decode(key) }) };
}

/** A simulated cluster in a process of its own. */
export async function startSimulated(workers = 0, cni = 'none'): Promise<SimulatedPeer> {
  const folder = mkdtempSync(join(tmpdir(), 'kindlab-bench-'));
  const child = fork(here('simulator.mjs'), ['bench', String(workers), cni, folder], {
    execArgv: ['--max-semi-space-size=4'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const told = await message<{ server: string; kubeconfig: string; readyMs: number; memory: number }>(child);
  const ask = async (verb: string): Promise<{ ms: number; value: unknown }> => {
    const answer = message<{ ms: number; value: unknown }>(child);
    child.send(verb);
    return answer;
  };
  return {
    title: 'simulated',
    target: targetOf(told.kubeconfig),
    readyMs: told.readyMs,
    idleMb: told.memory,
    memory: async () => (await ask('memory')).value as number,
    snapshot: async () => (await ask('snapshot')).ms,
    rewind: async () => (await ask('rewind')).ms,
    [Symbol.dispose]() {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const message = <T>(child: ChildProcess): Promise<T> =>
  new Promise((resolve, reject) => {
    const ended = () => reject(new Error('the simulator ended'));
    child.once('exit', ended);
    child.once('message', (value) => {
      child.off('exit', ended);
      resolve(value as T);
    });
  });

const realFolder = process.env['KINDLAB_REAL'] ?? join(homedir(), '.cache', 'kindlab-real');
const realKind = here('../../test/real/real-kind.sh');

/** kube-apiserver, etcd, controller-manager and scheduler v1.36.3; undefined where they have not been built. */
export function startReal(name = 'bench', port = 36580): (Peer & { kubeconfig: string }) | undefined {
  if (!existsSync(join(realFolder, 'bin', '.done-v1.36.3'))) return undefined;
  const started = spawnSync(realKind, ['control-plane', 'start', name, String(port)], { encoding: 'utf8' });
  const kubeconfig = /KUBECONFIG=(\S+)/.exec(started.stdout)?.[1];
  if (!kubeconfig) throw new Error(`the real control plane did not start: ${started.stderr}`);
  const pids = ['etcd', 'kube-apiserver'].map((program) =>
    readFileSync(join(realFolder, 'control-plane', name, `${program}.pid`), 'utf8').trim(),
  );
  return {
    title: 'kube-apiserver v1.36.3',
    target: targetOf(kubeconfig),
    kubeconfig,
    memory: async () =>
      pids.reduce((sum, pid) => sum + Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1000, 0),
    [Symbol.dispose]: () => void spawnSync(realKind, ['control-plane', 'stop', name]),
  };
}

type WithoutTarget<J> = J extends unknown ? Omit<J, keyof Target> : never;

/** Runs a job of the load generator in a process of its own. */
export function load(peer: Peer, job: WithoutTarget<Job>): Promise<Measured> {
  const child = spawn(process.execPath, [here('load.ts')], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify({ ...peer.target, ...job }));
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return new Promise((resolve, reject) =>
    child.once('close', (code) =>
      code === 0 ? resolve(JSON.parse(text) as Measured) : reject(new Error(`${job.job} on ${peer.title} failed`)),
    ),
  );
}
