import type { Cancel } from '../../../base/clock.ts';
import { deepEqual } from '../../../kube/json.ts';
import { pods } from '../../../kube/resources.ts';
import { isConflict, isNotFound } from '../../../kube/status.ts';
import type { Container, Pod } from '../../../kube/types.ts';
import { CniError } from '../../net/cni.ts';
import type { Listener, Sandbox } from '../../net/network.ts';
import { hexDigits } from '../../random.ts';
import type { PodState } from '../records.ts';
import { attach, chosenPlugin, notInitialized } from './cni.ts';
import { ContainerRunner, kindOf, newContainerState } from './container-runner.ts';
import type { KubeletContext } from './context.ts';
import { ConfigError } from './environment.ts';
import type { ImageStore } from './image-store.ts';
import { initialized, isSidecar, phaseOf, podStatus } from './pod-status.ts';
import { PodVolumes } from './volumes.ts';

const sandboxMs = 150;
/** Between attempts at a sandbox; upstream waits 10 s and more, where cilium-cni itself waits for its agent. */
const sandboxRetryMs = 2000;
const activityFlushMs = 3000;

const deadlineExceeded = { reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' };

/** A sync loop for one pod: what is, compared with what the pod asks for, and the next thing to do. */
export class PodWorker {
  readonly uid: string;
  readonly state: PodState;
  #pod: Pod;
  #volumes: PodVolumes | undefined;
  #creating: Cancel | undefined;
  #flushing: Cancel | undefined;
  #deadline: Cancel | undefined;
  #sidecarsStopping = false;
  #syncing = false;
  #again = false;
  #closed = false;
  #paused = false;
  readonly #runners = new Map<string, ContainerRunner>();
  readonly #kubelet: KubeletContext;
  readonly #images: ImageStore;
  readonly #onGone: () => void;

  constructor(kubelet: KubeletContext, images: ImageStore, pod: Pod, stored: PodState | undefined, onGone: () => void) {
    this.#kubelet = kubelet;
    this.#images = images;
    this.#pod = pod;
    this.#onGone = onGone;
    this.uid = pod.metadata.uid;
    this.state = stored ? structuredClone(stored) : { containers: {} };
    for (const [where, container] of this.#all()) this.#runner(container, where);
  }

  get pod(): Pod {
    return this.#pod;
  }

  get runners(): ReadonlyMap<string, ContainerRunner> {
    return this.#runners;
  }

  /** What the network sees of it. */
  get sandbox(): Sandbox | undefined {
    const { sandbox } = this.state;
    if (!sandbox || this.#closed) return undefined;
    const { name, namespace = '' } = this.#pod.metadata;
    return {
      podUid: this.uid,
      namespace,
      pod: name,
      node: this.#kubelet.machine.name,
      ip: sandbox.ip,
      cni: sandbox.cni,
      device: sandbox.device,
    };
  }

  listener(port: number, protocol: 'TCP' | 'UDP'): Listener | undefined {
    for (const { process } of this.#runners.values()) {
      const listener = process?.listener(port, protocol);
      if (listener) return listener;
    }
    return undefined;
  }

  /** The simulator has started again: containers that ran go on. */
  resume(): void {
    if (!this.state.sandbox) return;
    for (const runner of this.#runners.values()) this.#guard(() => runner.resume());
  }

  update(pod: Pod): void {
    this.#pod = pod;
    for (const container of pod.spec?.ephemeralContainers ?? []) this.#runner(container, 'ephemeral');
    this.sync();
  }

  /** The node goes down: processes and network namespace are lost; nothing is reported. */
  powerOff(): void {
    this.#paused = true;
    this.#creating?.();
    this.#creating = undefined;
    for (const runner of this.#runners.values()) runner.lose();
    this.#volumes = undefined;
    if (this.state.sandbox) this.state.changed = this.state.sandbox.plugin;
    delete this.state.sandbox;
    this.#save();
  }

  /** The kubelet has started: containers that its node lost start anew, others go on. */
  powerOn(): void {
    this.#paused = false;
    if (this.state.changed !== undefined) {
      this.#kubelet.plugin(this.state.changed)?.del(this.#kubelet.machine, this.#pod);
      delete this.state.changed;
      if (!this.#pod.metadata.deletionTimestamp)
        this.#kubelet.events.normal(this.#pod, 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.');
      for (const runner of this.#runners.values()) runner.markLost(Math.floor(this.#kubelet.clock.now()));
      this.#save();
    } else this.resume();
    this.sync();
  }

  /** No kubelet looks after it for a while; what runs, runs on. */
  pause(): void {
    this.#paused = true;
  }

  /** Ends everything at once: the pod is gone from the API. */
  teardown(): void {
    this.dispose();
    this.#detach();
    this.#kubelet.sandboxes.remove(this.uid);
  }

  /** Lets go of all that runs in memory, and leaves what is stored. */
  dispose(): void {
    this.#closed = true;
    this.#creating?.();
    this.#flushing?.();
    this.#deadline?.();
    for (const runner of this.#runners.values()) runner.lose();
  }

  /** Stores log lines and counters that are waiting to be. */
  saveActivity(): void {
    if (this.#flushing) this.#save();
  }

  /** A CNI configuration has come, or gone. */
  networkChanged(): void {
    if (this.state.sandbox || !this.#creating) return;
    this.#creating();
    this.#creating = undefined;
    this.sync();
  }

  sync(): void {
    if (this.#closed || this.#paused) return;
    if (this.#syncing) {
      this.#again = true;
      return;
    }
    this.#syncing = true;
    try {
      do {
        this.#again = false;
        this.#step();
        this.#report();
      } while (this.#again && !this.#closed);
    } finally {
      this.#syncing = false;
    }
  }

  #step(): void {
    const { deletionTimestamp } = this.#pod.metadata;
    const phase = this.#pod.status?.phase;
    if (deletionTimestamp) return this.#terminate();
    if (phase === 'Succeeded' || phase === 'Failed' || this.#pastDeadline()) return this.#stop(this.#grace());
    if (!this.state.sandbox) return this.#makeSandbox();
    this.#startContainers();
  }

  /** activeDeadlineSeconds; until then a timer waits for it. */
  #pastDeadline(): boolean {
    this.#deadline?.();
    this.#deadline = undefined;
    const seconds = this.#pod.spec?.activeDeadlineSeconds;
    const { startTime } = this.#pod.status ?? {};
    if (seconds === undefined || startTime === undefined) return false;
    const left = Date.parse(startTime) + seconds * 1000 - this.#kubelet.clock.now();
    if (left <= 0) return true;
    this.#deadline = this.#kubelet.clock.after(left, () => this.sync());
    return false;
  }

  // ── sandbox ──

  #makeSandbox(): void {
    if (this.#creating) return;
    const { clock, random, machine, events } = this.#kubelet;
    if (!this.#pod.spec?.hostNetwork && chosenPlugin(machine) === undefined) {
      events.warning(this.#pod, 'NetworkNotReady', `network is not ready: ${notInitialized}`);
      return this.#sandboxAfter(5000);
    }
    this.#creating = clock.after(sandboxMs + Math.floor(random() * sandboxMs), () => this.#guard(() => this.#createSandbox()));
  }

  #sandboxAfter(ms: number): void {
    this.#creating = this.#kubelet.clock.after(ms, () => {
      this.#creating = undefined;
      this.sync();
    });
  }

  #createSandbox(): void {
    const { machine, events, plugin, clock, random } = this.#kubelet;
    const id = hexDigits(random, 64);
    const pod = this.#pod;
    try {
      this.#mountVolumes();
      const attachment = pod.spec?.hostNetwork
        ? { ip: machine.address, device: '', cni: 'host' as const, plugin: '' }
        : attach(machine, pod, plugin);
      this.state.sandbox = { id, ...attachment, at: Math.floor(clock.now()) };
    } catch (error) {
      if (error instanceof CniError) {
        const text = `failed to setup network for sandbox "${id}": ${error.message}`;
        events.warning(pod, 'FailedCreatePodSandBox', `Failed to create pod sandbox: rpc error: code = Unknown desc = ${text}`);
      } else if (!(error instanceof ConfigError)) throw error;
      return this.#sandboxAfter(sandboxRetryMs + Math.floor(random() * 500));
    }
    this.#creating = undefined;
    this.#save();
    this.sync();
  }

  #mountVolumes(): PodVolumes {
    const { api, clock, machine, events, podApi } = this.#kubelet;
    let mounting = '';
    try {
      return (this.#volumes ??= new PodVolumes(
        () => this.#kubelet.current(this.#pod) ?? this.#pod,
        { api, machine, podApi, now: () => clock.now() },
        (volume) => (mounting = volume),
      ));
    } catch (error) {
      if (error instanceof ConfigError)
        events.warning(this.#pod, 'FailedMount', `MountVolume.SetUp failed for volume "${mounting}" : ${error.message}`);
      throw error;
    }
  }

  #detach(): void {
    const { sandbox } = this.state;
    if (!sandbox) return;
    this.#kubelet.plugin(sandbox.plugin)?.del(this.#kubelet.machine, this.#pod);
    delete this.state.sandbox;
  }

  // ── containers ──

  *#all(): Generator<['init' | 'app' | 'ephemeral', Container]> {
    const { initContainers = [], containers = [], ephemeralContainers = [] } = this.#pod.spec ?? {};
    for (const container of initContainers) yield ['init', container];
    for (const container of containers) yield ['app', container];
    for (const container of ephemeralContainers) yield ['ephemeral', container];
  }

  #runner(container: Container, where: 'init' | 'app' | 'ephemeral'): ContainerRunner {
    const known = this.#runners.get(container.name);
    if (known) return known;
    const waitsFor = where === 'app' && (this.#pod.spec?.initContainers?.length ?? 0) > 0 ? 'PodInitializing' : 'ContainerCreating';
    const state = (this.state.containers[container.name] ??= newContainerState(waitsFor));
    const runner = new ContainerRunner({
      kubelet: this.#kubelet,
      images: this.#images,
      container,
      kind: kindOf(container, where),
      state,
      pod: () => this.#kubelet.current(this.#pod) ?? this.#pod,
      podIp: () => this.state.sandbox?.ip ?? '',
      view: (one, env, user) => {
        const imageFiles = this.#kubelet.images.find(one.image ?? '').files;
        return this.#mountVolumes().view(one, { podIp: this.state.sandbox?.ip ?? '', env, user, ...(imageFiles && { imageFiles }) });
      },
      onChange: () => {
        this.#save();
        this.sync();
      },
      onActivity: () => this.#saveLater(),
    });
    this.#runners.set(container.name, runner);
    return runner;
  }

  #startContainers(): void {
    const policy = this.#pod.spec?.restartPolicy ?? 'Always';
    const phase = phaseOf(this.#pod, this.state);
    if (phase === 'Succeeded' || phase === 'Failed') return this.#stop(this.#grace());
    for (const container of this.#pod.spec?.initContainers ?? []) {
      const runner = this.#runners.get(container.name)!;
      const { state } = runner;
      if (isSidecar(container)) {
        runner.start();
        if (state.phase !== 'running' || !state.started) return;
      } else if (state.phase === 'terminated' && state.ended?.exitCode === 0) continue;
      else return state.phase === 'terminated' && policy === 'Never' ? undefined : runner.start();
    }
    if (!initialized(this.#pod, this.state)) return;
    for (const runner of this.#runners.values()) {
      const { kind, state } = runner;
      if (kind !== 'app' && kind !== 'ephemeral') continue;
      const again = kind === 'app' && (policy === 'Always' || (policy === 'OnFailure' && state.ended?.exitCode !== 0));
      if (state.phase === 'waiting' || (state.phase === 'terminated' && again)) runner.start();
    }
  }

  #grace(): number {
    return (this.#pod.metadata.deletionGracePeriodSeconds ?? this.#pod.spec?.terminationGracePeriodSeconds ?? 30) * 1000;
  }

  /** App containers first, sidecars when those have ended. */
  #stop(graceMs: number): void {
    this.#creating?.();
    this.#creating = undefined;
    const all = [...this.#runners.values()];
    const others = all.filter(({ kind }) => kind !== 'sidecar');
    for (const runner of others) runner.stop(graceMs);
    if (!others.every((runner) => runner.idle) || this.#sidecarsStopping) return;
    this.#sidecarsStopping = true;
    for (const runner of all) if (runner.kind === 'sidecar') runner.stop(graceMs);
  }

  #terminate(): void {
    const { api } = this.#kubelet;
    this.#stop(this.#grace());
    if (![...this.#runners.values()].every((runner) => runner.idle)) return;
    const { name, namespace, uid } = this.#pod.metadata;
    this.#report();
    this.teardown();
    try {
      api.delete(pods, namespace, name, { gracePeriodSeconds: 0, preconditions: { uid } });
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
    this.#onGone();
  }

  // ── reports ──

  #report(): void {
    if (this.#closed) return;
    const { api, clock, machine } = this.#kubelet;
    const pod = this.#kubelet.current(this.#pod) ?? this.#pod;
    const late = this.#endedPhase() === undefined && this.#pastDeadline();
    const phase = late ? 'Failed' : (this.#endedPhase() ?? phaseOf(pod, this.state));
    const status = podStatus(pod, this.state, machine, Math.floor(clock.now()), phase);
    if (late) Object.assign(status, deadlineExceeded);
    if (deepEqual(status, pod.status)) return;
    try {
      this.#pod = api.modify(
        pods,
        pod.metadata.namespace,
        pod.metadata.name,
        (copy) => {
          if (copy.metadata.uid === this.uid) copy.status = status;
        },
        { subresource: 'status' },
      );
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** A pod that is being deleted ends by its containers' codes, whatever its restart policy; a finished one stays so. */
  #endedPhase(): 'Succeeded' | 'Failed' | undefined {
    const known = this.#pod.status?.phase;
    if (known === 'Succeeded' || known === 'Failed') return known;
    if (!this.#pod.metadata.deletionTimestamp) return undefined;
    const apps = (this.#pod.spec?.containers ?? []).map(({ name }) => this.state.containers[name]);
    if (!apps.every((one) => one?.phase === 'terminated')) return undefined;
    return apps.some((one) => one!.ended!.exitCode !== 0) ? 'Failed' : 'Succeeded';
  }

  #save(): void {
    if (this.#closed) return;
    this.#flushing?.();
    this.#flushing = undefined;
    const { name, namespace = '' } = this.#pod.metadata;
    this.#kubelet.sandboxes.save(this.uid, { node: this.#kubelet.machine.name, namespace, pod: name }, () => ({
      ...this.state,
      containers: Object.fromEntries([...this.#runners].map(([container, runner]) => [container, runner.stored()])),
    }));
  }

  /** Log lines and counters: stored every few seconds, not for each line. */
  #saveLater(): void {
    this.#flushing ??= this.#kubelet.clock.after(activityFlushMs, () => this.#save());
  }

  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (error instanceof ConfigError) this.#sandboxAfter(sandboxRetryMs);
      else throw error;
    }
  }
}
