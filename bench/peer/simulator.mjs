// A process that runs one simulated cluster as the product builds it, for its memory to be told: simulator.mjs NAME WORKERS CNI FOLDER
// Plain JavaScript: Node's own stripping of types would take 20 MB of what is measured. Build first.
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

const dist = new URL('../../dist/', import.meta.url);
enableCompileCache(fileURLToPath(new URL('.compiled', dist)));
const { startSimulatedCluster } = await import(new URL('sim/start.js', dist).href);
const [name = 'bench', workers = '0', cni = 'none', folder = ''] = process.argv.slice(2);
const cluster = await startSimulatedCluster({ name, workers: Number(workers), cni, folder, seed: 1 });
const rss = () => process.memoryUsage().rss / 1e6;

/** What the benchmark asks over the process's channel; each answer has the time it took. */
const asked = {
  memory: rss,
  snapshot: () => cluster.snapshot('bench'),
  rewind: () => cluster.rewind('bench'),
  cpu: () => process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6,
};
async function answer(verb) {
  const start = performance.now();
  const value = await asked[verb]?.();
  process.send({ ms: performance.now() - start, value });
}
process.on('message', (verb) => void answer(verb));
process.on('disconnect', () => process.exit());
process.send({ server: cluster.server, kubeconfig: cluster.kubeconfigPath, readyMs: process.uptime() * 1000, memory: rss() });
