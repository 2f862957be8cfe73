import type { Cancel, Clock } from '../../base/clock.ts';
import { pods } from '../../kube/resources.ts';
import type { Pod } from '../../kube/types.ts';
import type { ApiClient } from '../api/client.ts';
import type { PodApi } from '../api/pod-api.ts';
import type { NodeAccess } from '../api/node-access.ts';
import type { CniPlugin } from '../net/cni.ts';
import type { Network, Sandbox, SandboxTable } from '../net/network.ts';
import type { ImageBehaviour, ProgramIo } from './image.ts';
import { builtInImages, preloadedImages } from './images/built-in.ts';
import { ImageRegistry } from './images/registry.ts';
import type { NodeContext, SandboxStore } from './kubelet/context.ts';
import { Kubelet } from './kubelet/kubelet.ts';
import type { PodWorker } from './kubelet/pod-worker.ts';
import { RecordStore } from './record-store.ts';
import { machines as machineResource, sandboxes as sandboxResource } from './records.ts';
import { createNodeAccess } from './node-access.ts';
import { Shells, type ExecTarget } from './shell/shells.ts';
import { SimulatedMachine, type MachineStore } from './simulated-machine.ts';

export interface NewMachine {
  name: string;
  role: 'control-plane' | 'worker';
  /** InternalIP. */
  address: string;
  /** What the controller manager would allocate: `192.168.1.0/24`. */
  podCidr?: string;
}

export interface NodesOptions {
  api: ApiClient;
  clock: Clock;
  random: () => number;
  /** Nodes to make where the store has none of that name; those it has come back as they were. */
  machines: readonly NewMachine[];
  /** The API server as pods meet it; asked for when it is needed. */
  podApi?: (() => PodApi | undefined) | undefined;
  plugins?: readonly CniPlugin[];
  images?: readonly ImageBehaviour[];
  /** Images that the nodes have from the beginning, beside those of a Kind node. */
  preloaded?: readonly string[];
}

/** The simulated nodes: machines, kubelets, and what runs in their pods. */
export class Nodes {
  readonly sandboxTable: SandboxTable;
  readonly images: ImageRegistry;
  /** For the API server's exec, attach, log and port-forward. */
  readonly nodeAccess: NodeAccess;
  readonly podExec: (target: ExecTarget, io: ProgramIo) => Promise<number>;
  readonly nodeExec: (node: string, io: ProgramIo) => Promise<number>;
  readonly #machines = new Map<string, SimulatedMachine>();
  readonly #kubelets = new Map<string, Kubelet>();
  readonly #plugins = new Map<string, CniPlugin>();
  readonly #machineStore: MachineStore;
  readonly #sandboxStore: SandboxStore;
  readonly #api: ApiClient;
  readonly #context: NodeContext;
  readonly #nodeOf = new Map<string, string>();
  readonly #joining: Kubelet[] = [];
  #network: Network | undefined;
  #watch: Cancel | undefined;

  constructor(options: NodesOptions) {
    const { api, clock, random } = options;
    this.#api = api;
    this.images = new ImageRegistry([...builtInImages, ...(options.images ?? [])]);
    this.registerPlugins(options.plugins ?? []);
    this.#machineStore = new RecordStore(api, machineResource);
    this.#sandboxStore = new RecordStore(api, sandboxResource);
    this.sandboxTable = this.#table();
    const shells = new Shells({
      clock,
      kubelets: this.#kubelets,
      images: this.images,
      find: (target) => this.worker(target.namespace, target.pod),
      network: () => this.#needNetwork(),
    });
    this.nodeAccess = createNodeAccess(
      shells,
      (namespace, pod) => this.worker(namespace, pod),
      clock,
      (host, port, http) =>
        this.#needNetwork().connect({ from: { node: this.machines.find(({ role }) => role === 'control-plane')!.name }, host, port, http }),
    );
    this.podExec = shells.podExec;
    this.nodeExec = shells.nodeExec;
    this.#context = {
      api,
      clock,
      random,
      images: this.images,
      sandboxes: this.#sandboxStore,
      network: () => this.#needNetwork(),
      plugin: (type) => this.#plugins.get(type),
      run: shells.runInContainer,
      podApi: options.podApi,
    };
    const made = { store: this.#machineStore, clock, random };
    for (const { metadata, spec, state } of this.#machineStore.list())
      this.#machines.set(metadata.name, new SimulatedMachine(metadata.name, spec, made, state));
    for (const { name, ...spec } of options.machines) {
      if (this.#machines.has(name)) continue;
      const machine = new SimulatedMachine(name, spec, made);
      this.#machines.set(name, machine);
      const kubelet = new Kubelet(this.#context, machine);
      for (const image of [...preloadedImages, ...(options.preloaded ?? [])]) kubelet.images.add(image);
    }
    for (const machine of this.#machines.values()) this.#kubelets.set(machine.name, new Kubelet(this.#context, machine));
    this.flush();
  }

  get machines(): readonly SimulatedMachine[] {
    return [...this.#machines.values()];
  }

  machine(name: string): SimulatedMachine | undefined {
    return this.#machines.get(name);
  }

  get kubelets(): ReadonlyMap<string, Kubelet> {
    return this.#kubelets;
  }

  useNetwork(network: Network): void {
    this.#network = network;
  }

  registerPlugins(plugins: Iterable<CniPlugin>): void {
    for (const plugin of plugins) this.#plugins.set(plugin.type, plugin);
  }

  registerImages(behaviours: Iterable<ImageBehaviour>): void {
    this.images.add(behaviours);
  }

  /** Starts the kubelets; pods that ran go on. The network must be there. `waitsToJoin` holds machines back until `join`. */
  start(waitsToJoin: (machine: SimulatedMachine) => boolean = () => false): void {
    this.#needNetwork();
    this.#watch = this.#api.watch(pods, ({ type, object }) => this.#podChanged(type, object));
    for (const kubelet of this.#kubelets.values()) {
      if (waitsToJoin(kubelet.machine)) this.#joining.push(kubelet);
      else kubelet.start();
    }
    for (const machine of this.#machines.values()) void machine.finishRestart();
  }

  /** `kubeadm join` on the machines that were held back. */
  join(): void {
    for (const kubelet of this.#joining.splice(0)) kubelet.start();
  }

  /** Stores what is not stored yet, and lets go of everything; the API's objects stay as they are. */
  stop(): void {
    this.#watch?.();
    this.flush();
    for (const kubelet of this.#kubelets.values()) kubelet.stop();
    this.#machineStore.close();
    this.#sandboxStore.close();
  }

  /** Writes machines, logs and counters as they are now: before a snapshot, and at the end. */
  flush(): void {
    for (const kubelet of this.#kubelets.values()) for (const worker of kubelet.workers.values()) worker.saveActivity();
    this.#machineStore.flush();
    this.#sandboxStore.flush();
  }

  worker(namespace: string, pod: string): PodWorker | undefined {
    const uid = this.#api.get(pods, namespace, pod)?.metadata.uid;
    return uid === undefined ? undefined : this.#workerOf(uid);
  }

  #podChanged(type: 'ADDED' | 'MODIFIED' | 'DELETED', pod: Pod): void {
    const { uid } = pod.metadata;
    const node = pod.spec?.nodeName;
    const kubelet = node === undefined ? undefined : this.#kubelets.get(node);
    if (!kubelet) return;
    if (type === 'DELETED') {
      kubelet.drop(pod);
      this.#nodeOf.delete(uid);
    } else {
      this.#nodeOf.set(uid, node!);
      kubelet.take(pod, () => this.#sandboxStore.get(uid));
    }
  }

  #workerOf(uid: string): PodWorker | undefined {
    return this.#kubelets.get(this.#nodeOf.get(uid) ?? '')?.workers.get(uid);
  }

  #needNetwork(): Network {
    if (!this.#network) throw new Error('the nodes were started without a network: call useNetwork first');
    return this.#network;
  }

  #table(): SandboxTable {
    const kubelets = this.#kubelets;
    const found = new Map<string, PodWorker>();
    const workerOf = (uid: string) => this.#workerOf(uid);
    function* all(): Generator<Sandbox> {
      for (const kubelet of kubelets.values()) {
        for (const { sandbox } of kubelet.workers.values()) if (sandbox) yield sandbox;
      }
    }
    return {
      byUid: (uid) => workerOf(uid)?.sandbox,
      byIp(ip) {
        const last = found.get(ip)?.sandbox;
        if (last?.ip === ip) return last;
        for (const kubelet of kubelets.values()) {
          for (const worker of kubelet.workers.values()) {
            const { sandbox } = worker;
            if (sandbox?.ip !== ip || sandbox.cni === 'host') continue;
            found.set(ip, worker);
            return sandbox;
          }
        }
        found.delete(ip);
        return undefined;
      },
      all,
      listener: (owner, port, protocol) =>
        owner.startsWith('node:') ? kubelets.get(owner.slice(5))?.listener(port, protocol) : workerOf(owner)?.listener(port, protocol),
    };
  }
}

export const createNodes = (options: NodesOptions): Nodes => new Nodes(options);
