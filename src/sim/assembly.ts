import type { VariableClock } from '../base/variable-clock.ts';
import type { ApiClient } from './api/client.ts';
import type { PodApi } from './api/pod-api.ts';
import { createApiClient } from './api/in-process.ts';
import { Catalog } from './api/registry/catalog.ts';
import type { Core } from './api/registry/core.ts';
import { allResources } from './controllers/catalog.ts';
import { coreContext } from './controllers/core-context.ts';
import { coreControllers } from './controllers/index.ts';
import { ControllerManager, type ReconcileFailure } from './controllers/manager.ts';
import { createNetwork, type Network } from './net/network.ts';
import { cniImages, cniPlugins } from './net/cnis.ts';
import { createNodes, type NewMachine, type Nodes } from './node/nodes.ts';
import { seededRandom } from './random.ts';
import { scheduler } from './scheduler/scheduler.ts';
import type { Store } from './store/store.ts';

export interface Topology {
  name: string;
  workers: number;
  podCidr: string;
}

/** The parts of a simulated cluster, wired to one store and one clock; without sockets. */
export interface Assembly {
  topology: Topology;
  core: Core;
  api: ApiClient;
  clock: VariableClock;
  random: () => number;
  /** Others after a restart, as is `network`. */
  readonly nodes: Nodes;
  readonly network: Network;
  /**
   * Starts kubelets and controllers. What the store holds goes on from where it was. `caPem` is the cluster's CA.
   * `anew`: the workers wait for `nodes.join()`.
   */
  start(caPem: string, options?: { anew?: boolean }): void;
  /** Before the start. */
  usePodApi(served: PodApi): void;
  stop(): Promise<void>;
  /** Changes the store while nothing runs, and goes on from what it then holds, whether or not that succeeded. */
  restart(change: () => void): Promise<void>;
}

export interface AssemblyOptions {
  store: Store;
  clock: VariableClock;
  topology: Topology;
  seed: number;
  onFailure: (failure: ReconcileFailure) => void;
}

/** Names and addresses as Kind and Docker give them: the control plane last to get an address, as recorded. */
function machinesOf({ name, workers }: Topology): NewMachine[] {
  const address = (i: number): string => `172.18.${Math.floor(i / 256)}.${i % 256}`;
  const names = Array.from({ length: workers }, (_, i) => `${name}-worker${i === 0 ? '' : i + 1}`);
  return [
    { name: `${name}-control-plane`, role: 'control-plane', address: address(workers + 2) },
    ...names.map((worker, i): NewMachine => ({ name: worker, role: 'worker', address: address(workers + 1 - i) })),
  ];
}

export function assemble({ store, clock, topology, seed, onFailure }: AssemblyOptions): Assembly {
  // A resumed cluster must not draw the names that it has drawn before.
  const random = seededRandom(seed + store.revision);
  const catalog = new Catalog(store);
  const core: Core = { store, clock, random, catalog };
  const api = createApiClient(core);
  let podApi: PodApi | undefined;
  /** What has state in memory beside the store's. */
  const makeNodes = () => {
    const nodes = createNodes({
      api,
      clock,
      random,
      machines: machinesOf(topology),
      podApi: () => podApi,
      plugins: cniPlugins({ api, clock, random }),
      images: cniImages,
    });
    const network = createNetwork({ api, clock, sandboxes: nodes.sandboxTable, machines: () => nodes.machines, random });
    nodes.useNetwork(network);
    return { nodes, network };
  };
  let made = makeNodes();
  let stopControllers = async () => {};
  let startAgain = () => {};

  const start: Assembly['start'] = (caPem, { anew = false } = {}) => {
    const context = coreContext({ api, clock, random });
    const manager = new ControllerManager({
      api,
      clock,
      controllers: [
        ...coreControllers(context, { catalog: allResources(catalog), podCidr: topology.podCidr, caPem }),
        scheduler(context, `default-scheduler-${topology.name}-control-plane`),
      ],
      onFailure,
    });
    stopControllers = async () => {
      await manager.stop();
      context.close();
    };
    startAgain = () => start(caPem);
    made.nodes.start(({ role }) => anew && role === 'worker');
  };

  const stop = async (): Promise<void> => {
    await stopControllers();
    made.nodes.stop();
    made.network.stop();
  };

  return {
    topology,
    core,
    api,
    clock,
    random,
    get nodes() {
      return made.nodes;
    },
    get network() {
      return made.network;
    },
    usePodApi(served) {
      podApi = served;
    },
    start,
    stop,
    async restart(change) {
      await stop();
      try {
        change();
      } finally {
        made = makeNodes();
        startAgain();
      }
    },
  };
}
