import { runTool, type ToolContext } from '../../../src/sim/tools/index.ts';
import type { NodeFiles, Slots } from '../../../src/sim/node/machine.ts';
import type { ProgramIo } from '../../../src/sim/node/image.ts';
import { harness, type Harness } from '../controllers/harness.ts';

export interface FakeMachine {
  name: string;
  role: 'control-plane' | 'worker';
  running: boolean;
  events: string[];
}

export interface LabShell extends AsyncDisposable {
  cluster: Harness;
  machines: FakeMachine[];
  /** Commands that reached a node by `docker exec`. */
  executed: { node: string; io: ProgramIo }[];
  run(
    command: readonly string[],
    options?: { stdin?: string; cwd?: string; tty?: boolean; signal?: AbortSignal },
  ): Promise<{ code: number | undefined; stdout: string; stderr: string }>;
}

/** The tools on the real API and controllers, with machines that only say what was done to them. */
export async function labShell(): Promise<LabShell> {
  const cluster = await harness();
  for (const name of ['mig-control-plane', 'mig-worker']) cluster.addNode(name, { labels: { 'kubernetes.io/os': 'linux' } });
  const priorityClasses = cluster.api.resource('scheduling.k8s.io', 'priorityclasses')!;
  for (const [name, value] of [
    ['system-node-critical', 2_000_001_000],
    ['system-cluster-critical', 2_000_000_000],
  ] as const) {
    cluster.api.create(priorityClasses, { metadata: { name }, value });
  }
  const machines = [fakeMachine('mig-control-plane', 'control-plane'), fakeMachine('mig-worker', 'worker')];
  const executed: { node: string; io: ProgramIo }[] = [];
  const context: ToolContext = {
    cluster: 'mig',
    kubeconfigPath: '/nonexistent/kubeconfig',
    api: cluster.api,
    clock: cluster.clock,
    random: () => 0.5,
    machines: () => machines,
    async nodeExec(node, io) {
      executed.push({ node, io });
      io.stdout(`${io.argv.join(' ')}\n`);
      return 3;
    },
    podExec: () => Promise.reject(new Error('no pod is there')),
  };
  return {
    cluster,
    machines,
    executed,
    async run([name = '', ...argv], options = {}) {
      let [stdout, stderr] = ['', ''];
      const code = await runTool(
        name,
        {
          argv,
          stdout: (text) => void (stdout += text),
          stderr: (text) => void (stderr += text),
          signal: options.signal ?? new AbortController().signal,
          tty: options.tty ?? false,
          cwd: options.cwd ?? '/',
          env: {},
          ...(options.stdin !== undefined && { stdin: once(options.stdin) }),
        },
        context,
      );
      return { code, stdout, stderr };
    },
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}

async function* once(text: string) {
  yield Buffer.from(text);
}

function fakeMachine(name: string, role: 'control-plane' | 'worker') {
  const slots = new Map<string, unknown>();
  const disk: Slots = {
    get: <T>(key: string) => slots.get(key) as T | undefined,
    set: (key, value) => void slots.set(key, value),
  };
  const events: string[] = [];
  return {
    name,
    role,
    events,
    address: '172.18.0.2',
    bootId: '1',
    running: true,
    disk,
    kernel: disk,
    files: {} as NodeFiles,
    async restart() {
      events.push('restart');
    },
    async stop() {
      events.push('stop');
      this.running = false;
    },
    async start() {
      events.push('start');
      this.running = true;
    },
    on: () => () => {},
  };
}
