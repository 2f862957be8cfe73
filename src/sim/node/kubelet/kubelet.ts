import type { Cancel } from '../../../base/clock.ts';
import { nodes, pods } from '../../../kube/resources.ts';
import type { Pod } from '../../../kube/types.ts';
import type { ApiClient } from '../../api/client.ts';
import { EventRecorder } from '../../controllers/event-recorder.ts';
import type { Listener } from '../../net/network.ts';
import type { PodState } from '../records.ts';
import type { SimulatedMachine } from '../simulated-machine.ts';
import type { KubeletContext, NodeContext } from './context.ts';
import { ImageStore } from './image-store.ts';
import { NodeReporter } from './node-status.ts';
import { PodWorker } from './pod-worker.ts';
import { isMirror, manifestFolder, syncStaticPods } from './static-pods.ts';

const heartbeatMs = 10_000;
/** From a node's boot to its kubelet syncing pods: systemd, containerd, the kubelet itself (recorded: 6 s). */
const bootMs = 5000;
const readinessDelayMs = 200;

/** The kubelet of one node: a worker for each pod that is bound to it. */
export class Kubelet {
  readonly machine: SimulatedMachine;
  readonly images: ImageStore;
  readonly workers = new Map<string, PodWorker>();
  readonly #context: KubeletContext;
  readonly #reporter: NodeReporter;
  readonly #cancels: Cancel[] = [];
  #heartbeat: Cancel | undefined;
  #booting: Cancel | undefined;
  #reporting: Cancel | undefined;
  #running = false;
  #staticPodsMissing = false;

  constructor(shared: NodeContext, machine: SimulatedMachine) {
    this.machine = machine;
    const { api } = shared;
    this.#context = {
      ...shared,
      machine,
      events: new EventRecorder(shared, 'kubelet', machine.name),
      current(pod) {
        const now = api.get(pods, pod.metadata.namespace, pod.metadata.name);
        return now?.metadata.uid === pod.metadata.uid ? now : undefined;
      },
    };
    this.images = new ImageStore(machine.disk, shared.images, () => nameServerOf(machine));
    this.#reporter = new NodeReporter(this.#context, this.images);
  }

  get api(): ApiClient {
    return this.#context.api;
  }

  /** Since when the kubelet's process runs, milliseconds; undefined while it does not. */
  startedAt: number | undefined;

  start(): void {
    this.#cancels.push(
      this.machine.on((event) => (event === 'stopped' ? this.#powerOff() : this.#powerOn())),
      this.machine.files.watch('/etc/cni/net.d', () => this.#networkChanged()),
      this.machine.files.watch(manifestFolder, () => this.#syncStatic()),
    );
    if (!this.machine.running) return;
    // After a start of the simulator the kubelet of a node that is as it was has not started.
    this.#run(this.#context.api.get(nodes, undefined, this.machine.name)?.status?.nodeInfo?.bootID !== this.machine.bootId);
    this.#wake();
  }

  stop(): void {
    this.#halt();
    for (const cancel of this.#cancels.splice(0)) cancel();
    for (const worker of this.workers.values()) worker.dispose();
    this.workers.clear();
  }

  /** A pod of this node, as the API has it now. `stored` is what the node's disk knows of it. */
  take(pod: Pod, stored: () => PodState | undefined): void {
    const { uid } = pod.metadata;
    const known = this.workers.get(uid);
    if (known) {
      known.update(pod);
      return;
    }
    const state = stored();
    // It has ended here; what holds it is somebody's finalizer.
    if (!state && pod.metadata.deletionTimestamp && pod.metadata.deletionGracePeriodSeconds === 0) return;
    const worker = new PodWorker(this.#context, this.images, pod, state, () => this.workers.delete(uid));
    this.workers.set(uid, worker);
    if (!this.#running) return worker.pause();
    worker.resume();
    worker.sync();
  }

  /** The pod is gone from the API. */
  drop(pod: Pod): void {
    const { uid } = pod.metadata;
    this.workers.get(uid)?.teardown();
    this.workers.delete(uid);
    if (isMirror(pod)) this.#syncStatic();
  }

  /** In the node's own network namespace: the kubelet, and hostNetwork pods. */
  listener(port: number, protocol: 'TCP' | 'UDP'): Listener | undefined {
    if (!this.machine.running) return undefined;
    if (port === 10250 && protocol === 'TCP' && this.#running) return kubeletListener;
    for (const worker of this.workers.values()) {
      const listener = worker.state.sandbox?.cni === 'host' ? worker.listener(port, protocol) : undefined;
      if (listener) return listener;
    }
    return undefined;
  }

  /** `systemctl restart kubelet`: containers run on. */
  restartProcess(): void {
    if (!this.#running) return;
    this.#halt();
    for (const worker of this.workers.values()) worker.pause();
    this.#boot(1000);
  }

  #run(anew: boolean): void {
    this.#running = true;
    this.startedAt = this.#context.clock.now();
    const node = this.#reporter.register();
    if (anew)
      this.#context.events.normal({ ...node, metadata: { ...node.metadata, uid: node.metadata.name } }, 'Starting', 'Starting kubelet.');
    this.#syncStatic();
    this.#beat();
  }

  #beat(): void {
    this.#reporter.renewLease();
    this.#reporter.report();
    if (this.#staticPodsMissing) this.#syncStatic();
    this.#heartbeat = this.#context.clock.after(heartbeatMs, () => this.#beat());
  }

  #halt(): void {
    this.#running = false;
    this.startedAt = undefined;
    this.#heartbeat?.();
    this.#booting?.();
    this.#reporting?.();
    this.#reporting = undefined;
  }

  #powerOff(): void {
    this.#halt();
    for (const worker of this.workers.values()) worker.powerOff();
  }

  #powerOn(): void {
    for (const worker of this.workers.values()) worker.powerOff();
    this.#boot(bootMs);
  }

  #boot(ms: number): void {
    this.#booting = this.#context.clock.after(ms, () => {
      this.#run(true);
      this.#wake();
    });
  }

  #wake(): void {
    // All processes first, the API server's before others: what one pod's start asks of another is then there.
    const ordered = [...this.workers.values()].toSorted((a, b) => Number(isMirror(b.pod)) - Number(isMirror(a.pod)));
    for (const worker of ordered) if (worker.state.changed === undefined) worker.resume();
    for (const worker of [...this.workers.values()]) worker.powerOn();
  }

  #networkChanged(): void {
    if (!this.#running) return;
    this.#reporting ??= this.#context.clock.after(readinessDelayMs, () => {
      this.#reporting = undefined;
      this.#reporter.report();
      for (const worker of [...this.workers.values()]) worker.networkChanged();
    });
  }

  #syncStatic(): void {
    if (!this.#running || this.machine.role !== 'control-plane') return;
    void syncStaticPods(this.#context.api, this.machine, this.#reporter.register()).then(
      (complete) => void (this.#staticPodsMissing = !complete),
    );
  }
}

const kubeletListener: Listener = {
  serve: ({ path }) => (path === '/healthz' ? { status: 200, body: 'ok' } : { status: 401, body: 'Unauthorized' }),
};

const nameServerOf = ({ files }: SimulatedMachine): string =>
  /^nameserver (\S+)/m.exec(files.read('/etc/resolv.conf'))?.[1] ?? '127.0.0.53';
