/**
 * How long a simulated cluster takes: three nodes with Calico and a demo application, created and resumed.
 *
 *   node bench/startup.ts [runs]      medians in milliseconds; compile first (npm run build) to measure what people get
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { existsSync } from 'node:fs';

const runs = Number(process.argv[2] ?? 5);
const built = new URL('../dist/sim/start.js', import.meta.url);
const source = new URL('../src/sim/start.ts', import.meta.url);
const imported = performance.now();
const { startSimulatedCluster } = (await import((existsSync(built) ? built : source).href)) as typeof import('../src/sim/start.ts');
const importMs = performance.now() - imported;
const shop = await readFile(new URL('../labs/calico-to-cilium/manifests/shop.yaml', import.meta.url), 'utf8');

const created: number[] = [];
const resumed: number[] = [];
for (let run = 0; run < runs; run++) {
  const folder = await mkdtemp(join(tmpdir(), 'kindlab-bench-'));
  const options = { name: 'bench', workers: 2, cni: 'calico', folder, manifests: [shop] } as const;
  created.push(await timed(options));
  resumed.push(await timed(options));
  await rm(folder, { recursive: true });
}

async function timed(options: Parameters<typeof startSimulatedCluster>[0]): Promise<number> {
  const start = performance.now();
  const cluster = await startSimulatedCluster(options);
  const ms = performance.now() - start;
  await cluster[Symbol.asyncDispose]();
  return ms;
}

const median = (values: number[]): string => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!.toFixed(0);

console.log(`import   ${importMs.toFixed(0)} ms (${existsSync(built) ? 'compiled' : 'TypeScript stripped at load'})`);
console.log(`created  ${median(created)} ms (first ${created[0]!.toFixed(0)})`);
console.log(`resumed  ${median(resumed)} ms`);
console.log(`memory   ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`);
