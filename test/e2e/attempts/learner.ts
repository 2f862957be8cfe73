import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { simulatedProvider } from '../../../src/cluster/simulated.ts';
import type { CheckReport } from '../../../src/grade/verdict.ts';
import { SessionClient } from '../../../src/lab/client.ts';
import { runHost } from '../../../src/lab/host.ts';
import { loadLab, type Lab } from '../../../src/lab/loader.ts';
import { shellEnvironment } from '../../../src/lab/shell-environment.ts';
import { ClusterState } from '../../../src/lab/state.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const name = 'mig';

/** A session of the lab in this process, and somebody who types. */
export class Learner implements AsyncDisposable {
  readonly lab: Lab;
  readonly session: SessionClient;
  readonly #folder: string;
  readonly #state: ClusterState;
  readonly #host: Promise<void>;
  readonly #ended: AbortController;

  private constructor(parts: {
    lab: Lab;
    session: SessionClient;
    folder: string;
    state: ClusterState;
    host: Promise<void>;
    ended: AbortController;
  }) {
    this.lab = parts.lab;
    this.session = parts.session;
    this.#folder = parts.folder;
    this.#state = parts.state;
    this.#host = parts.host;
    this.#ended = parts.ended;
  }

  static async begin(id: string, clockSpeed: number): Promise<Learner> {
    const folder = await mkdtemp(join(tmpdir(), 'kindlab-learner-'));
    const ended = new AbortController();
    const state = new ClusterState(folder, name);
    await state.create();
    const lab = await loadLab(`${root}labs`, id, name);
    const { cni, workers, kindConfig } = lab.cluster;
    await state.writeSpec({ spec: { name, backend: 'simulated', cni, workers, kindConfig, manifests: lab.manifests }, lab: id });
    const providers = [simulatedProvider(`${root}kind-configs`)];
    const host = runHost({ state, providers, labsFolder: `${root}labs`, env: process.env, signal: ended.signal, log: () => {} });
    const session = new SessionClient(await until(5000, async () => (await state.readProcess()).value));
    const learner = new Learner({ lab, session, folder, state, host, ended });
    await until(30_000, async () => (await session.view()).phase === 'ready');
    await session.setClockSpeed(clockSpeed);
    return learner;
  }

  /** Solves what comes before the step, or goes back to its beginning; either way nothing of an attempt remains. */
  async goTo(step: string): Promise<void> {
    const { steps, current } = await this.session.view();
    const index = (id: string | undefined) => (id === undefined ? steps.length : steps.findIndex((s) => s.id === id));
    if (index(current) < index(step)) {
      // What an attempt has left behind is not what a solution begins with.
      await this.session.reset(current!);
      const before = steps[index(step) - 1]!.id;
      await this.session.solve(before);
      await until(60_000, async () => (await this.session.view()).current === step);
    } else await this.session.reset(step);
  }

  /** What bash printed, and how it ended. */
  async types(commands: string): Promise<string> {
    const { kubeconfigPath } = await this.session.view();
    const labFolder = join(this.#state.folder, 'lab');
    const desk = await mkdtemp(join(this.#folder, 'desk-'));
    const env = shellEnvironment({ name, folder: this.#state.folder, kubeconfigPath, labFolder }, process.env);
    await mkdir(desk, { recursive: true });
    return new Promise((resolve, reject) => {
      const shell = spawn('bash', ['-c', commands], { cwd: desk, env, stdio: ['ignore', 'pipe', 'pipe'] });
      const printed: string[] = [];
      for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (chunk: Buffer) => printed.push(chunk.toString()));
      shell.once('error', reject);
      shell.once('close', (code) => resolve(`${printed.join('')}(exit ${code})`));
    });
  }

  async hasPassed(step: string): Promise<boolean> {
    const { steps } = await this.session.view();
    return steps.find((s) => s.id === step)?.state === 'passed';
  }

  /** The reports once nothing is on its way any more, or as they are after the time. */
  async settled(step: string, withinMs: number): Promise<CheckReport[]> {
    const end = performance.now() + withinMs;
    for (;;) {
      const { reports } = await this.session.check(step);
      const moving = reports.some(({ verdict }) => verdict.status === 'pending' || verdict.status === 'unevaluable');
      if (!moving || performance.now() > end) return reports;
      await sleep(200);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#host;
    await rm(this.#folder, { recursive: true, force: true });
  }
}

export async function until<T>(withinMs: number, look: () => Promise<T>): Promise<NonNullable<T>> {
  const end = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (performance.now() > end) throw new Error(`not within ${withinMs / 1000} s`);
    await sleep(50);
  }
}
