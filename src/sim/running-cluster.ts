import type { Cancel } from '../base/clock.ts';
import type { VariableClock } from '../base/variable-clock.ts';
import type { ApiServer } from './api/server.ts';
import type { ApiClient } from './api/client.ts';
import type { Assembly } from './assembly.ts';
import { followControlPlane } from './control-plane-power.ts';
import type { SimulatedCluster } from './cluster.ts';
import type { ProgramIo } from './node/image.ts';
import type { Network } from './net/network.ts';
import type { Machine } from './node/machine.ts';
import type { Store } from './store/store.ts';
import { runTool, tools, type ToolContext } from './tools/index.ts';

interface Parts {
  name: string;
  store: Store;
  assembly: Assembly;
  server: ApiServer;
}

/** A cluster that lives in this process; see `SimulatedCluster`. */
export class RunningCluster implements SimulatedCluster {
  readonly name: string;
  readonly kubeconfigPath: string;
  readonly tools = Object.keys(tools);
  readonly #store: Store;
  readonly #assembly: Assembly;
  readonly #server: ApiServer;
  /** Aborted by a rewind: what runs for somebody must not go on in another past. */
  #era = new AbortController();
  #rewinding: Promise<void> = Promise.resolve();
  #forgetPower: Cancel;
  #disposed: Promise<void> | undefined;

  constructor({ name, store, assembly, server }: Parts) {
    this.name = name;
    this.kubeconfigPath = server.kubeconfigPath;
    this.#store = store;
    this.#assembly = assembly;
    this.#server = server;
    this.#forgetPower = followControlPlane(assembly, server);
  }

  get server(): string {
    return this.#server.url;
  }

  get api(): ApiClient {
    return this.#assembly.api;
  }

  get clock(): VariableClock {
    return this.#assembly.clock;
  }

  get network(): Network {
    return this.#assembly.network;
  }

  machines(): readonly Machine[] {
    return this.#assembly.nodes.machines;
  }

  machine(name: string): Machine | undefined {
    return this.#assembly.nodes.machine(name);
  }

  request: SimulatedCluster['request'] = (method, path, options) => this.#server.request(method, path, options);

  podExec(target: { namespace: string; pod: string; container?: string }, io: ProgramIo): Promise<number> {
    return this.#assembly.nodes.podExec(target, this.#inEra(io));
  }

  nodeExec(node: string, io: ProgramIo): Promise<number> {
    return this.#assembly.nodes.nodeExec(node, this.#inEra(io));
  }

  tool(name: string, io: ProgramIo): Promise<number | undefined> {
    const { api, clock, random } = this.#assembly;
    const context: ToolContext = {
      cluster: this.name,
      kubeconfigPath: this.kubeconfigPath,
      api,
      clock,
      random,
      machines: () => this.machines(),
      nodeExec: (node, streams) => this.nodeExec(node, streams),
      podExec: (target, streams) => this.podExec(target, streams),
    };
    return runTool(name, this.#inEra(io), context);
  }

  snapshot(name: string): void {
    this.#assembly.nodes.flush();
    this.#store.snapshot(name);
  }

  rewind(name: string): Promise<void> {
    const rewound = this.#rewinding.then(() => this.#rewind(name));
    this.#rewinding = rewound.catch(() => {
      // The caller is told; the next rewind is another matter.
    });
    return rewound;
  }

  /** Everything stops, the store goes back, and all goes on from there as after a start of this process. */
  async #rewind(name: string): Promise<void> {
    this.#era.abort(new Error(`the cluster was rewound to "${name}"`));
    this.#era = new AbortController();
    this.#forgetPower();
    await this.#assembly.restart(() => this.#store.rewind(name));
    this.#server.useNodes(this.#assembly.nodes.nodeAccess);
    this.#forgetPower = followControlPlane(this.#assembly, this.#server);
    await this.flush();
  }

  #inEra(io: ProgramIo): ProgramIo {
    return { ...io, signal: AbortSignal.any([io.signal, this.#era.signal]) };
  }

  snapshots(): readonly { name: string; at: number }[] {
    return this.#store.snapshots().map(({ name, at }) => ({ name, at }));
  }

  async flush(): Promise<void> {
    this.#assembly.nodes.flush();
    await this.#store.committed();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  async #dispose(): Promise<void> {
    await this.#rewinding;
    this.clock.pause();
    this.#forgetPower();
    await this.#server.close();
    await this.#assembly.stop();
    this.#store.close();
  }
}
