import type { Cancel } from '../../../base/clock.ts';
import { hexDigits } from '../../random.ts';
import type { Container, Pod } from '../../../kube/types.ts';
import type { NodeFiles } from '../machine.ts';
import type { ContainerState } from '../records.ts';
import { goDuration, nextBackOff, nextPullBackOff } from './back-off.ts';
import { ContainerProbes } from './container-probes.ts';
import { ContainerProcess } from './container-process.ts';
import { httpGetFrom } from './http-get.ts';
import { userOf, type ContainerUser } from './container-user.ts';
import type { KubeletContext } from './context.ts';
import { ConfigError, environmentOf } from './environment.ts';
import { normalImage } from '../images/reference.ts';
import type { ImageStore } from './image-store.ts';
import { terminationMessage } from './termination-message.ts';
import { programOf } from './program.ts';
import { isSidecar } from './pod-status.ts';

const createMs = 60;
const killedExitCode = 137;
/** From a status that the kubelet wrote to the sync that it causes, and between the syncs of a pod that cannot start (backOffPeriod with its jitter). */
const resyncMs = 1000;
const syncMs = 12_000;

export type ContainerKind = 'init' | 'sidecar' | 'app' | 'ephemeral';

/** Where the pod's manifest lists them. */
const listOf: Readonly<Record<ContainerKind, string>> = {
  init: 'spec.initContainers',
  sidecar: 'spec.initContainers',
  app: 'spec.containers',
  ephemeral: 'spec.ephemeralContainers',
};

export interface RunnerOptions {
  kubelet: KubeletContext;
  images: ImageStore;
  container: Container;
  kind: ContainerKind;
  state: ContainerState;
  pod: () => Pod;
  podIp: () => string;
  view: (container: Container, env: Record<string, string>, user: ContainerUser) => NodeFiles;
  /** A state has changed: store it, report it, go on. */
  onChange: () => void;
  onActivity: () => void;
}

type Hook = NonNullable<NonNullable<Container['lifecycle']>['preStop']>;

interface Made {
  env: Record<string, string>;
  user: ContainerUser;
  files: NodeFiles;
}

export const newContainerState = (waitsFor: string): ContainerState => ({
  phase: 'waiting',
  reason: waitsFor,
  started: false,
  ready: false,
  restarts: 0,
});

/** One container of a pod through all of its runs. */
export class ContainerRunner {
  readonly container: Container;
  readonly kind: ContainerKind;
  readonly state: ContainerState;
  process: ContainerProcess | undefined;
  readonly #options: RunnerOptions;
  readonly #timers = new Set<Cancel>();
  #probes: ContainerProbes | undefined;
  #starting = false;
  #stopping = false;
  #pullBackOffMs = 0;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.container = options.container;
    this.kind = options.kind;
    this.state = options.state;
  }

  get idle(): boolean {
    return this.state.phase !== 'running';
  }

  /** Starts the container, or its next run, unless that is under way or must wait for its back-off. */
  start(): void {
    if (this.#starting || this.state.phase === 'running') return;
    const wait = this.#backOffMs();
    this.#starting = true;
    if (wait > 0) this.#after(wait, () => this.#pull());
    else this.#pull();
  }

  /** Goes on with a run that the record says is running, as after a start of the simulator. */
  resume(): void {
    if (this.state.phase === 'running' && !this.process) this.#run(true, this.#make());
  }

  /** preStop, SIGTERM, and SIGKILL after the grace period. */
  stop(graceMs: number): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#clear();
    this.#starting = false;
    const { process } = this;
    if (!process || this.state.phase !== 'running') return;
    const { kubelet } = this.#options;
    this.#event('Normal', 'Killing', `Stopping container ${this.container.name}`);
    const begun = kubelet.clock.now();
    const terminate = () => {
      if (process !== this.process || this.state.phase !== 'running') return;
      process.terminate();
      const stopMs = process.behaviour.stopMs ?? 100;
      const left = Math.max(0, graceMs - (kubelet.clock.now() - begun));
      const takes = process.ignoresTerm ? Infinity : stopMs;
      if (takes <= left) this.#after(takes, () => this.#ended(0, undefined));
      else this.#after(left, () => this.#ended(killedExitCode, 'Error'));
    };
    this.#preStop(graceMs, terminate);
  }

  /** The process is gone without its doing: the node went down, or the pod was deleted with force. */
  lose(): void {
    this.#clear();
    this.#starting = false;
    this.#stopping = false;
    if (this.process) this.#keepLog();
    this.process?.end();
    this.process = undefined;
  }

  /** After `lose`, when the kubelet finds a container that ended with its node. */
  markLost(at: number): void {
    const { state } = this;
    if (state.phase === 'running') this.#close(255, 'Unknown', at);
    if (state.phase === 'terminated' && this.kind !== 'ephemeral') this.#next('ContainerCreating');
    else if (state.phase === 'waiting') state.reason = 'ContainerCreating';
  }

  stored(): ContainerState {
    return { ...this.state, ...this.process?.stored };
  }

  // ── start ──

  /** Milliseconds until the next run may start; tells of a crash loop. */
  #backOffMs(): number {
    const { state } = this;
    if (state.phase !== 'terminated' || !state.ended) return Math.max(0, (state.backOff?.until ?? 0) - this.#now());
    const { backOff, waitedMs } = nextBackOff(state.backOff, state.ended.finishedAt);
    const wait = backOff.until - this.#now();
    state.backOff = backOff;
    this.#next(wait > 0 ? 'CrashLoopBackOff' : 'ContainerCreating');
    if (wait <= 0) return 0;
    const pod = this.#options.pod();
    const name = `${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;
    state.message = `back-off ${goDuration(waitedMs)} restarting failed container=${this.container.name} pod=${name}`;
    this.#event('Warning', 'BackOff', `Back-off restarting failed container ${this.container.name} in pod ${name}`);
    this.#options.onChange();
    return wait;
  }

  /** Puts the run that ended behind, and waits for another. */
  #next(reason: string): void {
    const { state } = this;
    if (state.ended) state.last = state.ended;
    delete state.ended;
    delete state.message;
    state.previousLog = state.log ?? [];
    state.log = [];
    state.memory = {};
    state.phase = 'waiting';
    state.reason = reason;
    state.ready = false;
    state.started = false;
  }

  #pull(): void {
    const { images, kubelet } = this.#options;
    const image = this.container.image ?? '';
    const policy = this.container.imagePullPolicy ?? 'IfNotPresent';
    if (!normalImage(image))
      return this.#blocked(
        'InvalidImageName',
        `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`,
      );
    if (policy !== 'Always' && images.has(image)) {
      this.#event('Normal', 'Pulled', `Container image "${image}" already present on machine and can be accessed by the pod`);
      return this.#after(createMs + Math.floor(kubelet.random() * createMs), () => this.#create());
    }
    if (policy === 'Never')
      return this.#blocked('ErrImageNeverPull', `Container image "${image}" is not present with pull policy of Never`);
    this.#event('Normal', 'Pulling', `Pulling image "${image}"`);
    const ms = images.pullMs(image, kubelet.random);
    this.#after(ms, () => {
      const failure = images.pullFailure(image);
      if (failure !== undefined) return this.#pullFailed(image, failure);
      images.add(image);
      const took = ms < 1000 ? `${ms}ms` : `${ms / 1000}s`;
      this.#event(
        'Normal',
        'Pulled',
        `Successfully pulled image "${image}" in ${took} (${took} including waiting). Image size: ${images.sizeOf(image)} bytes.`,
      );
      this.#after(createMs, () => this.#create());
    });
  }

  /** EnsureImageExists of image_manager.go: ErrImagePull, then ImagePullBackOff at each sync until the next attempt is due. */
  #pullFailed(image: string, failure: string): void {
    this.#event('Warning', 'Failed', `Failed to pull image "${image}": ${failure}`);
    this.#waits('ErrImagePull', failure);
    this.#pullBackOffMs = nextPullBackOff(this.#pullBackOffMs);
    const until = this.#now() + this.#pullBackOffMs;
    const sync = () => {
      if (this.#now() >= until) return this.#pull();
      this.#event('Normal', 'BackOff', `Back-off pulling image "${image}"`);
      this.#waits('ImagePullBackOff', `Back-off pulling image "${image}": ErrImagePull: ${failure}`);
      this.#after(syncMs, sync);
    };
    this.#after(resyncMs, sync);
  }

  #waits(reason: string, message: string): void {
    this.#event('Warning', 'Failed', `Error: ${reason}`);
    const { state } = this;
    if (state.reason === reason && state.message === message) return;
    state.reason = reason;
    state.message = message;
    this.#options.onChange();
  }

  /** Cannot start as things are; tried again every ten seconds, as pod syncs do. */
  #blocked(reason: string, message: string): void {
    const { state } = this;
    this.#event(
      'Warning',
      reason === 'CreateContainerConfigError' ? 'Failed' : reason,
      reason === 'CreateContainerConfigError' ? `Error: ${message}` : message,
    );
    if (state.reason !== reason || state.message !== message) {
      state.reason = reason;
      state.message = message;
      this.#options.onChange();
    }
    this.#after(10_000, () => this.#pull());
  }

  #create(): void {
    const { kubelet, onChange } = this.#options;
    const { state } = this;
    let made: Made;
    try {
      made = this.#make();
    } catch (error) {
      if (error instanceof ConfigError) return this.#blocked('CreateContainerConfigError', error.message);
      throw error;
    }
    if (state.last || state.restarts > 0) state.restarts++;
    state.id = hexDigits(kubelet.random, 64);
    state.phase = 'running';
    delete state.message;
    state.startedAt = this.#now();
    state.started = !this.container.startupProbe;
    state.ready = state.started && !this.container.readinessProbe && this.kind !== 'init';
    this.#starting = false;
    this.#event('Normal', 'Created', 'Container created');
    this.#event('Normal', 'Started', 'Container started');
    this.#run(false, made);
    onChange();
  }

  /** What a run needs to begin. Throws ConfigError. */
  #make(): Made {
    const { kubelet, pod, podIp, view } = this.#options;
    const env = environmentOf(kubelet.api, pod(), this.container, podIp(), kubelet.machine);
    const user = userOf(pod(), this.container, kubelet.images.find(this.container.image ?? '').user);
    return { env, user, files: view(this.container, env, user) };
  }

  #run(resumed: boolean, made: Made): void {
    const { kubelet, pod, onActivity } = this.#options;
    this.#stopping = false;
    const process = new ContainerProcess({
      kubelet,
      container: this.container,
      state: this.state,
      ...made,
      pod,
      resumed,
      onActivity,
      onExit: (code, reason) => this.#ended(code, reason),
    });
    this.process = process;
    process.start(programOf(process, this.kind, kubelet));
    const hook = this.container.lifecycle?.postStart;
    if (hook && !resumed) this.#hook('PostStart', hook, process, () => {});
    if (this.process === process) this.#probes = this.#probe(process);
  }

  #probe(process: ContainerProcess): ContainerProbes {
    const { kubelet, podIp, onChange } = this.#options;
    const { container, state } = this;
    return new ContainerProbes({
      kubelet,
      container,
      state,
      process,
      podIp: podIp(),
      onChange,
      onUnhealthy: (message) => this.#event('Warning', 'Unhealthy', message),
      onFailed: (kind) => {
        this.#event('Normal', 'Killing', `Container ${container.name} failed ${kind} probe, will be restarted`);
        process.terminate();
        this.#after(process.behaviour.stopMs ?? 100, () => this.#ended(process.ignoresTerm ? killedExitCode : 0, undefined));
      },
    });
  }

  // ── end ──

  #preStop(graceMs: number, then: () => void): void {
    const hook = this.container.lifecycle?.preStop;
    if (!hook) return then();
    let done = false;
    const once = () => {
      if (done) return;
      done = true;
      then();
    };
    this.#after(graceMs, once);
    this.#hook('PreStop', hook, this.process!, once);
  }

  /** A hook that only sleeps costs a timer; another is a command in the container. Its failure is told and changes nothing else. */
  #hook(kind: 'PreStop' | 'PostStart', { sleep, exec, httpGet }: Hook, process: ContainerProcess, then: () => void): void {
    if (sleep) return this.#after(sleep.seconds * 1000, then);
    const { context } = process;
    const { kubelet, podIp } = this.#options;
    if (httpGet) {
      const { outcome, response } = httpGetFrom(kubelet, this.container, podIp(), httpGet);
      if (outcome !== 'connected' || (response?.status ?? 200) >= 400)
        this.#event('Warning', `Failed${kind}Hook`, `${kind}Hook failed: ${response ? `HTTP ${response.status}` : outcome}`);
      return then();
    }
    const command = exec?.command;
    if (!command) return then();
    const seconds = /^(?:\S*sh -c )?sleep (\d+)$/.exec(command.join(' '))?.[1];
    if (seconds !== undefined) return this.#after(Number(seconds) * 1000, then);
    void kubelet.run(command, context, { signal: context.signal }).then(({ exitCode, stderr }) => {
      if (exitCode !== 0)
        this.#event('Warning', `Failed${kind}Hook`, `${kind}Hook failed: command exited with ${exitCode}: ${stderr.trim()}`);
      then();
    });
  }

  #ended(code: number, reason: string | undefined): void {
    if (this.state.phase !== 'running') return;
    this.#clear();
    this.#keepLog();
    const message = this.process && terminationMessage(this.container, this.process, code);
    this.process?.end();
    this.process = undefined;
    this.#close(code, reason ?? (code === 0 ? 'Completed' : 'Error'), this.#now(), message);
    this.#options.onChange();
  }

  #keepLog(): void {
    if (this.process) Object.assign(this.state, this.process.stored);
  }

  #close(exitCode: number, reason: string, finishedAt: number, message?: string): void {
    const { state } = this;
    state.phase = 'terminated';
    state.ready = false;
    state.started = false;
    const startedAt = state.startedAt ?? finishedAt;
    state.ended = { id: state.id ?? '', exitCode, reason, ...(message && { message }), startedAt, finishedAt };
  }

  #now(): number {
    return Math.floor(this.#options.kubelet.clock.now());
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { kubelet, pod } = this.#options;
    const target = { ...pod(), fieldPath: `${listOf[this.kind]}{${this.container.name}}` };
    if (type === 'Normal') kubelet.events.normal(target, reason, message);
    else kubelet.events.warning(target, reason, message);
  }

  #after(ms: number, run: () => void): void {
    const cancel = this.#options.kubelet.clock.after(ms, () => {
      this.#timers.delete(cancel);
      run();
    });
    this.#timers.add(cancel);
  }

  #clear(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    this.#probes?.stop();
    this.#probes = undefined;
  }
}

export const kindOf = (container: Container, where: 'init' | 'app' | 'ephemeral'): ContainerKind =>
  where === 'init' && isSidecar(container) ? 'sidecar' : where;
