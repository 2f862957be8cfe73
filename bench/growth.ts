/**
 * How the simulated API server's figures grow from 1,000 to 100,000 objects: node bench/growth.ts [RUNS]
 * Writes docs/scale.svg and docs/scale.md. Build first (./kindlab --version makes one).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, totalmem } from 'node:os';
import { load, startSimulated } from './peer/servers.ts';
import { plot, type Series } from './peer/plot.ts';
import { median } from './peer/table.ts';

const runs = Number(process.argv[2] ?? 3);
const sizes = [1000, 3000, 10_000, 30_000, 100_000];
const clients = 16;

const figures = {
  create: { title: 'ConfigMaps created', unit: '/s' },
  list: { title: 'all listed as JSON', unit: 'ms' },
  get: { title: 'GET, p99 of 16 clients', unit: 'ms' },
  memory: { title: 'memory of the process', unit: 'MB' },
  snapshot: { title: 'snapshot', unit: 'ms' },
  rewind: { title: 'rewind of 1,000 changes', unit: 'ms' },
} as const;
type Figure = keyof typeof figures;

const measured = Object.fromEntries(Object.keys(figures).map((name) => [name, sizes.map((): number[] => [])])) as unknown as Record<
  Figure,
  number[][]
>;

for (let run = 0; run < runs; run++) {
  using peer = await startSimulated();
  const create = (from: number, count: number) =>
    load(peer, { job: 'create', kind: 'configmaps', namespace: 'default', from, count, clients });
  let there = 0;
  for (const [i, size] of sizes.entries()) {
    const note = (figure: Figure, value: number): void => void measured[figure][i]!.push(value);
    note('create', (await create(there, size - there)).perSecond);
    there = size;
    const path = '/api/v1/namespaces/default/configmaps';
    note('list', (await load(peer, { job: 'list', path, table: false, times: 3 })).p50);
    note('get', (await load(peer, { job: 'get', path: `${path}/bench-7`, count: 3000, clients })).p99);
    note('memory', await peer.memory());
    note('snapshot', await peer.snapshot());
    await create(10_000_000, 1000);
    note('rewind', await peer.rewind());
    console.error(`run ${run + 1} of ${runs}: ${size} objects`);
  }
}

const medians = (figure: Figure): number[] => measured[figure].map((values) => median(values));
const series = (Object.keys(figures) as Figure[]).map((name): Series => ({ ...figures[name], values: medians(name) }));
const docs = (name: string): URL => new URL(`../docs/${name}`, import.meta.url);
writeFileSync(docs('scale.svg'), plot(sizes, series));

const shown = (value: number): string => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1));
const table = [
  `| objects | ${series.map(({ title, unit }) => `${title}, ${unit}`).join(' | ')} |`,
  `|${' --- |'.repeat(series.length + 1)}`,
  ...sizes.map((size, i) => `| ${size.toLocaleString('en')} | ${series.map(({ values }) => shown(values[i]!)).join(' | ')} |`),
];
const machine = `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GB of memory; load average ${loadavg()[1]!.toFixed(1)} over the five minutes before the end, other work included`;
const page = readFileSync(docs('scale.md'), 'utf8');
const [before, after] = [page.indexOf('<!-- growth -->'), page.indexOf('<!-- /growth -->')];
if (before === -1 || after === -1) throw new Error('docs/scale.md has no place for the table of growth');
const text = `<!-- growth -->\n${table.join('\n')}\n\nMedians of ${runs} run${runs === 1 ? '' : 's'}; ${machine}.\n`;
writeFileSync(docs('scale.md'), page.slice(0, before) + text + page.slice(after));
