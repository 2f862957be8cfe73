import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { VariableClock } from '../base/variable-clock.ts';
import { assemble, machinesOf, type Assembly, type Topology } from './assembly.ts';
import { asApplied, bootstrap, createAll, installCni, parseManifests, type ClusterFacts } from './bootstrap/index.ts';
import type { SimulatedCluster, SimulatedClusterOptions } from './cluster.ts';
import { RunningCluster } from './running-cluster.ts';
import { Store } from './store/store.ts';

const defaultPodCidr = '192.168.0.0/16';
const defaultBornBeforeMs = 90_000;
/** Simulated time between a new cluster's nodes, its CNI, and what is applied to it then. */
const settleMs = 15_000;

/** Settings of the store: drawn or given once, kept with the cluster. */
const seedSetting = 'seed';
/** Written when a new cluster is complete: a store without it is of a creation that was cut short. */
const completeSetting = 'complete';

/**
 * Creates a cluster in `folder`, or resumes the one that is there. A new one is born in the past and lives through its
 * first moments as fast as it can, so that everything is ready when it is handed over.
 */
export async function startSimulatedCluster(options: SimulatedClusterOptions): Promise<SimulatedCluster> {
  const { signal, onProgress = () => {} } = options;
  signal?.throwIfAborted();
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const path = join(options.folder, 'store.sqlite');
  let store = Store.open(path);
  const resumed = store.setting(completeSetting) !== undefined;
  if (!resumed && store.revision > 0) {
    store.close();
    await removeStore(path);
    store = Store.open(path);
  }
  const now = systemClock.now();
  const bornBeforeMs = options.bornBeforeMs ?? defaultBornBeforeMs;
  const clock = new VariableClock(resumed ? Math.max(now, store.lastTime ?? now) : now - bornBeforeMs);
  store.keepTime(clock);
  const seed = Number(store.setting(seedSetting) ?? options.seed ?? now % 2 ** 32);
  store.setSetting(seedSetting, String(seed));
  const topology = { name: options.name, workers: options.workers, podCidr: options.podCidr ?? defaultPodCidr };
  try {
    return await RunningCluster.open({ store, clock, seed, topology, options, begin: resumed ? resume : create });
  } catch (error) {
    store.close();
    if (!resumed) await removeStore(path);
    throw error;
  }

  async function resume(assembly: Assembly): Promise<void> {
    onProgress('Resuming');
    assembly.start();
    clock.play(1);
  }

  async function create(assembly: Assembly, caPem: string): Promise<void> {
    const facts = factsOf(topology, caPem);
    const { api } = assembly;
    onProgress('Starting the control plane');
    bootstrap(api, facts, options.cni !== 'netkit');
    assembly.start();
    await clock.advance(settleMs, signal);
    onProgress(options.cni === 'none' ? 'No CNI' : `Installing CNI ${options.cni}`);
    await installCni(assembly, options.cni, facts, signal ?? new AbortController().signal);
    await clock.advance(settleMs, signal);
    const manifests = (options.manifests ?? []).flatMap(parseManifests);
    if (manifests.length > 0) onProgress('Applying manifests');
    createAll(api, manifests.map(asApplied));
    onProgress('Waiting for pods');
    await clock.advance(Math.max(0, bornBeforeMs - 2 * settleMs), signal);
    // What creation took of real time is lived through as well.
    await clock.advance(Math.max(0, systemClock.now() - clock.now()), signal);
    assembly.nodes.flush();
    store.setSetting(completeSetting, 'true');
    clock.play(1);
  }
}

const factsOf = (topology: Topology, caPem: string): ClusterFacts => ({
  name: topology.name,
  podCidr: topology.podCidr,
  caPem,
  address: machinesOf(topology)[0]!.address,
});

async function removeStore(path: string): Promise<void> {
  for (const suffix of ['', '-wal', '-shm']) await rm(path + suffix, { force: true });
}
