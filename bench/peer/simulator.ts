// A process that runs one simulated cluster and nothing else, for its memory to be told: simulator.ts NAME WORKERS CNI FOLDER
import { existsSync } from 'node:fs';

const begun = performance.now();
const built = new URL('../../dist/sim/start.js', import.meta.url);
const source = new URL('../../src/sim/start.ts', import.meta.url);
const { startSimulatedCluster } = (await import((existsSync(built) ? built : source).href)) as typeof import('../../src/sim/start.ts');
const [name = 'bench', workers = '0', cni = 'none', folder = ''] = process.argv.slice(2);
const cluster = await startSimulatedCluster({ name, workers: Number(workers), cni: cni as 'none', folder, seed: 1 });
const rss = (): number => process.memoryUsage().rss / 1e6;

/** What the benchmark asks over the process's channel; each answer has the time it took. */
const asked: Record<string, () => unknown> = {
  memory: rss,
  snapshot: () => cluster.snapshot('bench'),
  rewind: () => cluster.rewind('bench'),
  cpu: () => process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6,
};
async function answer(verb: string): Promise<void> {
  const start = performance.now();
  const value = await asked[verb]?.();
  process.send!({ ms: performance.now() - start, value });
}
process.on('message', (verb: string) => void answer(verb));
process.on('disconnect', () => process.exit());
process.send!({ server: cluster.server, kubeconfig: cluster.kubeconfigPath, readyMs: performance.now() - begun, memory: rss() });
