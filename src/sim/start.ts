import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { VariableClock } from '../base/variable-clock.ts';
import { messageOf } from '../base/errors.ts';
import { createApiServer } from './api/server.ts';
import type { ReconcileFailure } from './controllers/manager.ts';
import { assemble, type Assembly } from './assembly.ts';
import { asApplied, bootstrap, createAll, installCni, parseManifests, type ClusterFacts } from './bootstrap/index.ts';
import type { SimulatedCluster, SimulatedClusterOptions } from './cluster.ts';
import { RunningCluster } from './running-cluster.ts';
import { Store } from './store/store.ts';

const defaultPodCidr = '192.168.0.0/16';
const defaultBornBeforeMs = 90_000;
/** Simulated time between a new cluster's control plane, its CNI, its workers, and what is applied to it then. */
const settleMs = 12_000;

/** Settings of the store: drawn or given once, kept with the cluster. */
const seedSetting = 'seed';
/** Written when a new cluster is complete: a store without it is of a creation that was cut short. */
const completeSetting = 'complete';

/**
 * Creates a cluster in `folder`, or resumes the one that is there. A new one is born in the past and lives through its
 * first moments as fast as it can, so that everything is ready when it is handed over.
 */
export async function startSimulatedCluster(options: SimulatedClusterOptions): Promise<SimulatedCluster> {
  const { folder, signal } = options;
  signal?.throwIfAborted();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  /** What to undo when creation fails, last first. */
  const undo: (() => void | Promise<void>)[] = [];
  try {
    const { store, resumed } = await openStore(join(folder, 'store.sqlite'));
    if (!resumed) undo.push(() => removeCluster(folder));
    undo.push(() => store.close());
    const now = options.now ?? systemClock.now();
    const born = now - (options.bornBeforeMs ?? defaultBornBeforeMs);
    const clock = new VariableClock(resumed ? Math.max(now, store.lastTime ?? now) : born);
    store.keepTime(clock);
    undo.push(() => clock.pause());
    const { name, workers, port, podCidr = defaultPodCidr } = options;
    const assembly = assemble({
      store,
      clock,
      topology: { name, workers, podCidr },
      seed: seedOf(store, options.seed ?? now),
      onFailure: warn,
    });
    undo.push(() => assembly.stop());
    const server = createApiServer({ core: assembly.core, folder, name, ...(port !== undefined && { port }) });
    undo.push(() => server.close());
    server.useNodes(assembly.nodes.nodeAccess);
    assembly.usePodApi(server.podApi);
    await server.listen();
    if (resumed) assembly.start(server.pki.ca);
    else await create(assembly, server.pki.ca, options, now);
    store.setSetting(completeSetting, 'true');
    if (resumed || !options.paused) clock.play(1);
    return new RunningCluster({ name, store, assembly, server });
  } catch (error) {
    for (const step of undo.reverse()) await step();
    throw error;
  }
}

async function create(assembly: Assembly, caPem: string, options: SimulatedClusterOptions, until: number): Promise<void> {
  const { api, clock } = assembly;
  const { cni, onProgress = () => {}, signal = new AbortController().signal } = options;
  const settle = () => clock.advance(Math.min(settleMs, (until - clock.now()) / 2), signal);
  onProgress('Starting the control plane');
  const facts: ClusterFacts = { ...assembly.topology, caPem, address: assembly.nodes.machines[0]!.address };
  bootstrap(api, facts, cni !== 'netkit');
  // As Kind does it: the control plane, the network, and then the workers join. So CoreDNS is where the first ready node is.
  assembly.start(caPem, { anew: true });
  await settle();
  if (cni !== 'none') onProgress(`Installing ${cni === 'calico' ? 'Calico' : 'Cilium'}`);
  await installCni(assembly, cni, facts, signal);
  await settle();
  assembly.nodes.join();
  await settle();
  const manifests = (options.manifests ?? []).flatMap(parseManifests);
  if (manifests.length > 0) onProgress('Applying manifests');
  createAll(api, manifests.map(asApplied));
  onProgress('Waiting for pods');
  await clock.advance(Math.max(0, until - clock.now()), signal);
  // What this took of real time is lived through as well.
  if (!options.paused) await clock.advance(Math.max(0, systemClock.now() - clock.now()), signal);
  assembly.nodes.flush();
}

/** A store whose creation was cut short is begun anew. */
async function openStore(path: string): Promise<{ store: Store; resumed: boolean }> {
  const store = Store.open(path);
  if (store.setting(completeSetting) !== undefined) return { store, resumed: true };
  if (store.revision === 0) return { store, resumed: false };
  store.close();
  await removeStore(path);
  return { store: Store.open(path), resumed: false };
}

function seedOf(store: Store, wanted: number): number {
  const seed = Number(store.setting(seedSetting) ?? wanted % 2 ** 32);
  store.setSetting(seedSetting, String(seed));
  return seed;
}

/** A defect in a controller must not go unseen; the controller tries again by itself. */
const warn = ({ controller, key, error }: ReconcileFailure): void =>
  process.emitWarning(`${controller}: ${key}: ${messageOf(error)}`, {
    type: 'SimulatedControllerFailure',
    detail: (error as Error).stack ?? '',
  });

/** What creation has put into the folder. */
async function removeCluster(folder: string): Promise<void> {
  await removeStore(join(folder, 'store.sqlite'));
  await rm(join(folder, 'kubeconfig'), { force: true });
  await rm(join(folder, 'pki'), { recursive: true, force: true });
}

async function removeStore(path: string): Promise<void> {
  for (const suffix of ['', '-wal', '-shm']) await rm(path + suffix, { force: true });
}
