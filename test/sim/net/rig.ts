import type { Slots } from '../../../src/sim/node/machine.ts';
import { VariableClock } from '../../../src/base/variable-clock.ts';
import * as r from '../../../src/kube/resources.ts';
import type { Pod } from '../../../src/kube/types.ts';
import type { ApiClient } from '../../../src/sim/api/client.ts';
import { createApiClient } from '../../../src/sim/api/in-process.ts';
import { Catalog } from '../../../src/sim/api/registry/catalog.ts';
import { calicoCrds } from '../../../src/sim/bootstrap/calico-crds.ts';
import { cniImages, cniPlugins } from '../../../src/sim/net/cnis.ts';
import {
  createNetwork,
  type ConnectRequest,
  type Listener,
  type Network,
  type NetworkOptions,
  type Sandbox,
} from '../../../src/sim/net/network.ts';
import type { ContainerContext } from '../../../src/sim/node/image.ts';
import { RecordStore } from '../../../src/sim/node/record-store.ts';
import { machines as machineResource } from '../../../src/sim/node/records.ts';
import { SimulatedMachine } from '../../../src/sim/node/simulated-machine.ts';
import { Store } from '../../../src/sim/store/store.ts';

type PluginType = 'calico' | 'cilium-cni' | 'ptp';

export const born = Date.parse('2026-11-23T17:00:00Z');

export function seeded(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A program that runs on a node, as the kubelet would run it; `healthy` is what its probes see. */
export interface RunningContainer {
  readonly pod: Pod;
  readonly logs: string[];
  healthy: boolean;
  exitCode: number | undefined;
  context: ContainerContext;
  stop(): void;
}

/** Machines, the real API and the network, with no kubelet: the test makes sandboxes and starts programs itself. */
export class Rig {
  readonly clock = new VariableClock(born);
  readonly random = seeded();
  readonly api: ApiClient;
  readonly machines: SimulatedMachine[];
  readonly network: Network;
  readonly options: NetworkOptions;
  readonly sandboxes = new Map<string, Sandbox>();
  readonly listeners = new Map<string, Listener>();
  readonly outside = new Map<string, () => Listener>();
  readonly #plugins;

  /** The first is the control plane; Docker gave the last one the first address. */
  constructor(names: readonly string[] = ['mig-control-plane', 'mig-worker', 'mig-worker2'], addresses: readonly string[] = []) {
    const store = Store.open();
    this.api = createApiClient({ store, clock: this.clock, random: this.random, catalog: new Catalog(store) });
    for (const name of ['kube-system', 'default', 'shop', 'a', 'b']) {
      this.api.create(r.namespaces, { metadata: { name } });
      this.api.create(r.serviceAccounts, { metadata: { name: 'default', namespace: name } });
    }
    this.api.create(r.serviceAccounts, { metadata: { name: 'calico-cni-plugin', namespace: 'kube-system' } });
    const made = { store: new RecordStore(this.api, machineResource), clock: this.clock, random: this.random };
    this.machines = names.map((name, i) => {
      const address = addresses[i] ?? `172.17.0.${4 - i}`;
      const role: Record<string, string> = i === 0 ? { 'node-role.kubernetes.io/control-plane': '' } : {};
      this.api.create(r.nodes, { metadata: { name, labels: { 'kubernetes.io/hostname': name, ...role } } });
      this.api.modify(r.nodes, undefined, name, (node) => void (node.status = { addresses: [{ type: 'InternalIP', address }] }), {
        subresource: 'status',
      });
      return new SimulatedMachine(name, { address, role: i === 0 ? 'control-plane' : 'worker' }, made);
    });
    this.#plugins = cniPlugins({ api: this.api, clock: this.clock, random: this.random });
    this.options = {
      api: this.api,
      clock: this.clock,
      random: this.random,
      machines: () => this.machines,
      sandboxes: {
        byUid: (uid) => this.sandboxes.get(uid),
        byIp: (ip) => [...this.sandboxes.values()].find((sandbox) => sandbox.ip === ip && sandbox.cni !== 'host'),
        all: () => this.sandboxes.values(),
        listener: (owner, port, protocol) => this.listeners.get(`${owner} ${port}/${protocol}`),
      },
      outside: (address) => this.outside.get(address),
    };
    this.network = createNetwork(this.options);
  }

  machine(name: string): SimulatedMachine {
    const machine = this.machines.find((candidate) => candidate.name === name);
    if (!machine) throw new Error(`no machine ${name}`);
    return machine;
  }

  /** A pod on a node with a sandbox by a plugin, listening on TCP 80 and 8080. */
  pod(namespace: string, name: string, node: string, plugin: PluginType, labels: Record<string, string> = {}): Pod {
    const pod = this.object(namespace, name, node, 'busybox', labels);
    this.attach(pod, plugin);
    return pod;
  }

  object(namespace: string, name: string, node: string, image: string, labels: Record<string, string> = {}, hostNetwork = false): Pod {
    return this.api.create(r.pods, {
      metadata: { name, namespace, labels },
      spec: { nodeName: node, ...(hostNetwork && { hostNetwork }), containers: [{ name: 'c', image }] },
    });
  }

  /** A new sandbox for the pod, as after a reboot. */
  attach(pod: Pod, type: PluginType): Sandbox {
    const plugin = this.#plugins.find((candidate) => candidate.type === type)!;
    const node = pod.spec!.nodeName!;
    const { uid, namespace = '', name } = pod.metadata;
    const place = plugin.add(this.machine(node), pod);
    const sandbox: Sandbox = { podUid: uid, namespace, pod: name, node, cni: plugin.cni, ...place };
    this.sandboxes.set(uid, sandbox);
    this.api.modify(r.pods, namespace, name, (copy) => void (copy.status = { phase: 'Running', podIP: place.ip }), {
      subresource: 'status',
    });
    const answer: Listener = { serve: ({ source }) => ({ status: 200, body: source }) };
    for (const port of [80, 8080]) this.listeners.set(`${uid} ${port}/TCP`, answer);
    return sandbox;
  }

  detach(pod: Pod, type: PluginType): void {
    this.#plugins.find((candidate) => candidate.type === type)!.del(this.machine(pod.spec!.nodeName!), pod);
    this.sandboxes.delete(pod.metadata.uid);
  }

  from(pod: Pod, host: string, port = 80, rest: Partial<ConnectRequest> = {}) {
    return this.network.connect({ from: { podUid: pod.metadata.uid }, host, port, ...rest });
  }

  ip(pod: Pod): string {
    return this.sandboxes.get(pod.metadata.uid)!.ip;
  }

  /** Starts a container of an image on a node. */
  run(
    image: string,
    container: string,
    node: string,
    env: Record<string, string> = {},
    labels: Record<string, string> = {},
  ): RunningContainer {
    const behaviour = cniImages.find((candidate) => candidate.images.some((name) => image.startsWith(name.replace('*', ''))))!;
    const name = `${container}-${node}-${Math.floor(this.random() * 1e6)}`;
    const pod = this.object('kube-system', name, node, image, labels, true);
    const end = new AbortController();
    const running: RunningContainer = {
      pod,
      logs: [],
      healthy: true,
      exitCode: undefined,
      context: undefined as unknown as ContainerContext,
      stop: () => end.abort(new Error('stopped')),
    };
    running.context = {
      pod: () => this.api.get(r.pods, 'kube-system', name) ?? pod,
      container: { name: container, image },
      user: { uid: 0, gid: 0, groups: [] },
      env,
      machine: this.machine(node),
      api: this.api,
      clock: this.clock,
      random: this.random,
      network: this.network,
      files: this.machine(node).files,
      memory: memorySlots(),
      resumed: false,
      log: (line) => void running.logs.push(line),
      listen: () => {},
      setHealthy: (healthy) => {
        running.healthy = healthy;
        const status = healthy ? 'True' : 'False';
        this.api.modify(r.pods, 'kube-system', name, (copy) => void (copy.status = { conditions: [{ type: 'Ready', status }] }), {
          subresource: 'status',
        });
      },
      exit: (code) => {
        running.exitCode = code;
        end.abort(new Error('exited'));
      },
      signal: end.signal,
    };
    void behaviour.start?.(running.context);
    return running;
  }

  /** calico-node on every node, with its init container, until it works. */
  async installCalico(env: Record<string, string> = {}): Promise<RunningContainer[]> {
    for (const manifest of calicoCrds()) this.api.create(r.customResourceDefinitions, manifest as never);
    const agents = this.machines.map(({ name }) => {
      this.run('quay.io/calico/cni:v3.32.1', 'install-cni', name);
      return this.run('quay.io/calico/node:v3.32.1', 'calico-node', name, env);
    });
    await this.pass(10_000);
    return agents;
  }

  /** cilium-config, the operator and an agent on every node, until they work. */
  async installCilium(config: Record<string, string> = {}): Promise<RunningContainer[]> {
    this.api.create(r.configMaps, {
      metadata: { name: 'cilium-config', namespace: 'kube-system' },
      data: { ...migrationConfig, ...config },
    });
    this.run('quay.io/cilium/operator-generic:v1.18.0', 'cilium-operator', this.machines[1]!.name);
    await this.pass(1000);
    const agents = this.machines.map(({ name }) => this.agent(name));
    await this.pass(11_000);
    return agents;
  }

  agent(node: string): RunningContainer {
    this.run('quay.io/cilium/cilium:v1.18.0', 'install-cni-binaries', node);
    return this.run('quay.io/cilium/cilium:v1.18.0', 'cilium-agent', node, {}, { 'k8s-app': 'cilium' });
  }

  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms);
  }
}

/** Values of migration.md §1 as they stand in cilium-config. */
export const migrationConfig: Record<string, string> = {
  ipam: 'cluster-pool',
  'cluster-pool-ipv4-cidr': '10.245.0.0/16',
  'cluster-pool-ipv4-mask-size': '24',
  'routing-mode': 'tunnel',
  'tunnel-protocol': 'vxlan',
  'tunnel-port': '8473',
  'custom-cni-conf': 'true',
  'cni-exclusive': 'true',
  'cni-chaining-mode': 'none',
  'enable-host-legacy-routing': 'true',
  'enable-policy': 'never',
  'kube-proxy-replacement': 'false',
  'unmanaged-pod-watcher-interval': '0',
};

function memorySlots(): Slots {
  const values = new Map<string, unknown>();
  return { get: <T>(name: string) => values.get(name) as T | undefined, set: (name, value) => void values.set(name, value) };
}
