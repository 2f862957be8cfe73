// The figures of the first end-to-end kindlab, as a report: node bench/figures.ts [RUNS]. Needs a build (./kindlab --version makes one).
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SessionClient } from '../src/lab/client.ts';
import type { ProcessInfo } from '../src/lab/state.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const main = join(root, 'dist', 'main.js');
const runs = Number(process.argv[2] ?? 7);
const state = mkdtempSync(join(tmpdir(), 'kindlab-bench-'));
const env = { ...process.env, XDG_STATE_HOME: state };
const session = join(state, 'kindlab', 'clusters', 'mig');

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const repeat = async (measure: () => number | Promise<number>): Promise<number> => {
  const values: number[] = [];
  for (let i = 0; i < runs; i++) values.push(await measure());
  return median(values);
};
const rows: [string, string, string][] = [];
const report = (figure: string, measured: number, unit: string, goal: number) =>
  rows.push([figure, `${measured.toFixed(unit === 'MB' ? 0 : 1)} ${unit}`, `≤ ${goal} ${unit} ${measured <= goal ? '✓' : '✗'}`]);

const time = (command: string, args: string[]): number => {
  const begun = performance.now();
  spawnSync(command, args, { env, stdio: 'ignore' });
  return performance.now() - begun;
};
const kindlab = (...args: string[]) => {
  const result = spawnSync(process.execPath, [main, ...args], { env, encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`kindlab ${args.join(' ')}: ${result.stderr}${result.stdout}`);
  return result.stdout;
};
const client = () => new SessionClient(JSON.parse(readFileSync(join(session, 'process.json'), 'utf8')) as ProcessInfo);

/** Real time until a view satisfies, from now. */
async function until(satisfied: (view: Awaited<ReturnType<SessionClient['view']>>) => boolean): Promise<number> {
  const begun = performance.now();
  const ended = new AbortController();
  for await (const event of client().events(ended.signal))
    if (event.type === 'view' && satisfied(event.view)) {
      ended.abort();
      return performance.now() - begun;
    }
  throw new Error('the session ended');
}

async function kubernetes(kubeconfig: string, ...args: string[]): Promise<void> {
  const result = spawnSync('kubectl', ['--kubeconfig', kubeconfig, ...args], { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${result.stderr}`);
}

/** Milliseconds from starting a program in a pseudo-terminal to the first screen that shows `text`. */
const firstFrame = (text: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const begun = performance.now();
    const command = [process.execPath, main].map((word) => `'${word}'`).join(' ');
    const child = spawn('script', ['-qfc', command, '/dev/null'], {
      env: { ...env, TERM: 'xterm-256color' },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    let seen = '';
    child.stdout.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
      if (!seen.includes(text)) return;
      child.stdout.removeAllListeners('data');
      const took = performance.now() - begun;
      child.stdin.write('q');
      child.once('exit', () => resolve(took));
      setTimeout(() => child.kill(), 2_000).unref();
    });
    child.once('error', reject);
  });

try {
  const bare = await repeat(() => time(process.execPath, ['-e', '0']));
  const help = await repeat(() => time(process.execPath, [main, '--help']));
  report(`kindlab --help over bare Node (${bare.toFixed(0)} ms)`, help - bare, 'ms', 100);
  report('first TUI frame', await repeat(() => firstFrame('kindlab')), 'ms', 500);

  const ready: number[] = [];
  for (let i = 0; i < runs; i++) {
    kindlab('up', 'calico-to-cilium');
    const { provisioning } = await client().view();
    ready.push(provisioning.reduce((sum, action) => sum + (action.ms ?? 0), 0));
    if (i < runs - 1) kindlab('down', 'mig');
  }
  report('3 nodes and the demo application ready', median(ready) / 1000, 's', 1);

  const { pid } = client().info;
  const rss = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1000;
  const { kubeconfigPath } = await client().view();
  const config = ['-n', 'shop', 'create', 'configmap', 'lab-notes', '--from-literal=pod-cidr=192.168.0.0/16'];
  const passes = (count: number) => (view: Awaited<ReturnType<SessionClient['view']>>) =>
    view.checks.filter((c) => c.verdict.status === 'pass').length === count;
  const before = (await client().view()).checks.filter((c) => c.verdict.status === 'pass').length;
  const verdict = await repeat(async () => {
    await kubernetes(kubeconfigPath, ...config);
    // kubectl has returned: the change is in the API.
    const took = await until(passes(before + 1));
    await kubernetes(kubeconfigPath, '-n', 'shop', 'delete', 'configmap', 'lab-notes');
    await until(passes(before));
    return took;
  });
  report('change → verdict', verdict, 'ms', 200);

  const steps = (await client().view()).steps.slice(0, 5).map((s) => s.id);
  for (const step of steps.slice(0, -1)) {
    await client().solve(step);
    await until((view) => view.steps.find((s) => s.id === step)?.state === 'passed');
  }
  const resets: number[] = [];
  for (const step of steps.toReversed()) {
    const begun = performance.now();
    await client().reset(step);
    resets.push(performance.now() - begun);
  }
  report(`reset to a step (worst of ${resets.length})`, Math.max(...resets), 'ms', 300);
  report('cluster process', rss(), 'MB', 150);
} finally {
  spawnSync(process.execPath, [main, 'down', '--all'], { env });
  rmSync(state, { recursive: true, force: true });
}

const width = Math.max(...rows.map(([figure]) => figure.length));
for (const [figure, measured, goal] of rows) console.log(`${figure.padEnd(width)}  ${measured.padStart(9)}  ${goal}`);
