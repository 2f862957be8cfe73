/**
 * The simulated API server against kube-apiserver and etcd v1.36.3 on the same machine, one after the other in one run:
 *
 *   node bench/scale.ts [RUNS]     medians; the real one needs `test/real/real-kind.sh binaries`, and is left out where it is not built
 *
 * Validation, defaulting, admission and managedFields are on in both. Build first (./kindlab --version makes one).
 */
import { load, startReal, startSimulated, type Peer, type SimulatedPeer } from './peer/servers.ts';
import { median, printTable, type Row } from './peer/table.ts';

const runs = Number(process.argv[2] ?? 3);
const clients = 16;
const objects = 10_000;
const rows: Row[] = [];

interface Figures {
  configMaps: number;
  pods: number;
  list: number;
  table: number;
  events: number;
  get: number;
}

const repeat = async (measure: (run: number) => Promise<number>): Promise<number> => {
  const values: number[] = [];
  for (let run = 0; run < runs; run++) values.push(await measure(run));
  return median(values);
};

async function figuresOf(peer: Peer): Promise<Figures> {
  const each = Math.ceil(objects / runs);
  const create = (kind: 'pods' | 'configmaps', namespace: string, count: number) =>
    repeat(async (run) => (await load(peer, { job: 'create', kind, namespace, from: run * count, count, clients })).perSecond);
  await load(peer, { job: 'create', kind: 'configmaps', namespace: 'kube-public', from: 1_000_000, count: 500, clients });
  const configMaps = await create('configmaps', 'kube-public', 3000);
  const pods = await create('pods', 'default', each);
  const path = '/api/v1/namespaces/default/pods';
  const list = await repeat(async () => (await load(peer, { job: 'list', path, table: false, times: 5 })).p50);
  const table = await repeat(async () => (await load(peer, { job: 'list', path, table: true, times: 5 })).p50);
  const get = await repeat(async () => (await load(peer, { job: 'get', path: `${path}/bench-7`, count: 10_000, clients })).p99);
  const events = await repeat(async (run) => {
    const job = { job: 'watch', namespace: 'kube-node-lease', watchers: 50, writers: 16, from: run * 4000, count: 4000 } as const;
    return (await load(peer, job)).perSecond;
  }).catch((error: unknown) => {
    // kube-apiserver cuts off watchers that do not keep up.
    console.error(`${peer.title}: ${String(error)}`);
    return Number.NaN;
  });
  return { configMaps, pods, list, table, get, events };
}

async function ofSimulatorAlone(): Promise<void> {
  const ready: number[] = [];
  const idle: number[] = [];
  for (let run = 0; run < runs; run++) {
    using fresh = await startSimulated();
    ready.push(fresh.readyMs);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    idle.push(await fresh.memory());
  }
  rows.push(row('ready, from the start of the process', median(ready), 'ms', 300));
  rows.push(row('idle memory', median(idle), 'MB', 110));
  using thousand = await startSimulated();
  await load(thousand, { job: 'create', kind: 'configmaps', namespace: 'default', from: 0, count: 1000, clients });
  rows.push(row('snapshot at 1,000 objects', await snapshots(thousand), 'ms', 5));
  await load(thousand, { job: 'create', kind: 'configmaps', namespace: 'default', from: 1000, count: 1000, clients });
  rows.push(row('rewind of 1,000 objects', await thousand.rewind(), 'ms', 100));
}

const snapshots = (peer: SimulatedPeer): Promise<number> => repeat(() => peer.snapshot());

const row = (figure: string, value: number, unit: string, goal: number): Row => ({
  figure,
  simulated: `${value.toFixed(1)} ${unit}`,
  goal: `≤ ${goal} ${unit}`,
  met: value <= goal,
});

await ofSimulatorAlone();
console.error('the simulated server alone is measured; now under load');
let ours: Figures;
{
  using peer = await startSimulated();
  ours = await figuresOf(peer);
}
console.error('and the real one');
let theirs: Figures | undefined;
{
  using peer = startReal();
  theirs = peer && (await figuresOf(peer));
}
const compared = (
  figure: string,
  name: keyof Figures,
  unit: string,
  goal: string,
  met: (ours: number, theirs: number) => boolean,
): Row => ({
  figure,
  simulated: `${ours[name].toFixed(0)} ${unit}`,
  ...(theirs && { peer: Number.isNaN(theirs[name]) ? 'cut off' : `${theirs[name].toFixed(0)} ${unit}` }),
  goal,
  met: theirs && met(ours[name], theirs[name]),
});
rows.push(
  compared(`ConfigMaps created, ${clients} clients`, 'configMaps', '/s', '≥ 4 ×', (a, b) => a >= 4 * b),
  compared(`Pods created, ${clients} clients`, 'pods', '/s', '≥ 4 ×', (a, b) => a >= 4 * b),
  compared('10,000 pods listed as JSON', 'list', 'ms', '≤ half', (a, b) => a <= b / 2),
  compared('10,000 pods listed as Table', 'table', 'ms', '≤ half', (a, b) => a <= b / 2),
  { ...compared(`GET, p99 with ${clients} clients`, 'get', 'ms', '≤ 5 ms', () => true), met: ours.get <= 5 },
  { ...compared('watch events to 50 watchers', 'events', '/s', '≥ 100,000 /s', () => true), met: ours.events >= 100_000 },
);
printTable(rows);
if (!theirs) console.log('\nThe real API server is not built here: test/real/real-kind.sh binaries');
process.exitCode = rows.some(({ met }) => met === false) ? 1 : 0;
