/** A background process with a fake cluster, for tests that start and kill one: `node host-process.ts STATE NAME LABS`. */
import { messageOf } from '../../src/base/errors.ts';
import { runHost } from '../../src/lab/host.ts';
import { ClusterState } from '../../src/lab/state.ts';
import { FakeCluster, fakeProvider, node } from './fake-cluster.ts';

const [, , stateFolder = '', name = '', labsFolder = ''] = process.argv;
const ended = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => ended.abort());

const cluster = new FakeCluster(name);
// Cordoned from the start: the first step passes by itself.
cluster.apply(node(`${name}-worker`, { cordon: true }));
try {
  await runHost({
    state: new ClusterState(stateFolder, name),
    providers: [fakeProvider(cluster)],
    labsFolder,
    env: process.env,
    signal: ended.signal,
    log: (line) => console.error(line),
  });
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 2;
}
