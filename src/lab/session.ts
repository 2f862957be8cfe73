import { join } from 'node:path';
import { Emitter } from '../base/events.ts';
import { KindlabError, messageOf } from '../base/errors.ts';
import type { Cluster, ClusterSpec, Provider, ToolIo } from '../cluster/cluster.ts';
import { evaluate } from '../grade/evaluate.ts';
import { summary } from '../grade/report.ts';
import type { CheckReport } from '../grade/verdict.ts';
import { watchChecks, type LiveChecks } from '../grade/watch.ts';
import { Activity } from './activity.ts';
import { Faults } from './faults.ts';
import type { Lab, Step } from './loader.ts';
import { Observer } from './observer.ts';
import { Paced } from './paced.ts';
import { checkpointOf, outlivesCluster, currentStep, noProgress, notResetting, progressBefore, type Progress } from './progress.ts';
import type { SessionApi, SessionEvent } from './protocol.ts';
import { Provisioning } from './provisioning.ts';
import type { SessionView } from './session-view.ts';
import { shellEnvironment } from './shell-environment.ts';
import { Queue } from './queue.ts';
import { runScript } from './script.ts';
import type { ClusterState } from './state.ts';
import { writeWrappers } from './tool-wrappers.ts';
import { TrafficMonitor } from './traffic-monitor.ts';
import { untilPassed } from './until-passed.ts';
import { viewOf } from './view.ts';
import { makeWorkspace } from './workspace.ts';

export interface SessionOptions {
  spec: ClusterSpec;
  lab?: Lab | undefined;
  state: ClusterState;
  env: Readonly<Record<string, string | undefined>>;
  /** Diagnosis that no screen shows. */
  log: (line: string) => void;
}

/** Views are sent at most this often, real ms. */
const betweenViewsMs = 100;
const outputLinesKept = 500;

/** A lab (or a bare cluster) under way: what the background process runs. */
export class Session implements SessionApi {
  readonly events = new Emitter<SessionEvent>();
  /** Resolves when `stop` was called. */
  readonly stopped: Promise<void>;
  readonly #options: SessionOptions;
  readonly #ended = new AbortController();
  readonly #provisioning = new Provisioning();
  readonly #passed = new Emitter<string>();
  readonly #views = new Paced(betweenViewsMs, () => {
    if (this.events.listenerCount > 0) this.events.emit({ type: 'view', view: this.current() });
  });
  /** Transitions between steps, and changes of the progress. */
  readonly #turns = new Queue();
  readonly #saves = new Queue();
  #resolveStopped!: () => void;
  #cluster: Cluster | undefined;
  #observer: Observer | undefined;
  #traffic: TrafficMonitor | undefined;
  #faults: Faults | undefined;
  #progress: Progress = noProgress;
  /** The progress file was unreadable: checkpoints that are there are of steps that were begun, and stay. */
  #progressLost = false;
  #live: LiveChecks | undefined;
  #endStep: AbortController | undefined;
  readonly #activity = new Activity(() => this.#changed());

  constructor(options: SessionOptions) {
    this.#options = options;
    this.stopped = new Promise((resolve) => (this.#resolveStopped = resolve));
  }

  /** Creates or resumes the cluster and begins the current step. On failure the view says why, and it rejects. */
  async open(provider: Provider, signal: AbortSignal): Promise<void> {
    const { spec, state, lab } = this.#options;
    const stored = await state.readProgress();
    if (stored.warning) this.#say(stored.warning);
    this.#progress = stored.value ?? noProgress;
    this.#progressLost = stored.warning !== undefined;
    try {
      const onProgress = (event: Parameters<Provisioning['take']>[0]) => {
        this.#provisioning.take(event);
        this.#changed();
      };
      this.#cluster = await provider.open(spec, { folder: state.folder, signal, onProgress });
      await writeWrappers(state, this.#cluster.tools);
      if (lab) await makeWorkspace(lab.folder, this.#labFolder, spec.name);
      await this.#followCluster(this.#cluster);
      if (this.#progress.resetting !== undefined) await this.#restore(this.#cluster, this.#progress.resetting);
      this.#observe(this.#cluster);
      this.#faults = this.#faultsOf(this.#cluster);
      await this.#turns.run(() => this.#enter());
      this.#provisioning.ready();
    } catch (error) {
      this.#provisioning.fail(error);
      throw error;
    } finally {
      this.#changed();
    }
  }

  get environment(): Readonly<Record<string, string | undefined>> {
    const { spec, state, env, lab } = this.#options;
    const kubeconfigPath = this.#cluster?.kubeconfigPath ?? '';
    return shellEnvironment({ name: spec.name, folder: state.folder, kubeconfigPath, labFolder: lab && this.#labFolder }, env);
  }

  async view(): Promise<SessionView> {
    return this.current();
  }

  current(): SessionView {
    return viewOf({
      spec: this.#options.spec,
      lab: this.#options.lab,
      provisioning: this.#provisioning,
      progress: this.#progress,
      cluster: this.#cluster,
      observer: this.#observer,
      traffic: this.#traffic,
      live: this.#live,
      faults: this.#faults,
      activity: this.#activity.running,
    });
  }

  async check(step?: string): Promise<{ step: string; reports: CheckReport[] }> {
    const cluster = this.#ready();
    const { id, checks } = this.#step(step);
    if (id === this.#currentId && this.#live) return { step: id, reports: await this.#live.refresh() };
    const since = this.#progress.started[id] ?? cluster.now();
    const reports = checks.map(async (check) => {
      const verdict = await evaluate(check, cluster, { since, variables: this.#variables, signal: this.#ended.signal });
      return { id: check.id, title: check.title, verdict, at: cluster.now() };
    });
    return { step: id, reports: await Promise.all(reports) };
  }

  async hint(step?: string): Promise<{ step: string; hint: string; number: number; of: number; exhausted: boolean }> {
    const { id, hints } = this.#step(step);
    const number = Math.min((this.#progress.hints[id] ?? 0) + 1, hints.length);
    await this.#update((p) => ({ ...p, hints: { ...p.hints, [id]: number } }));
    return { step: id, hint: hints[number - 1]!, number, of: hints.length, exhausted: number === hints.length };
  }

  async solve(step?: string): Promise<{ step: string; output: string[] }> {
    this.#ready();
    const target = this.#step(step);
    const first = this.#steps.findIndex((s) => s.id === this.#currentId);
    const last = this.#steps.indexOf(target);
    if (first === -1 || last < first) {
      throw new KindlabError({
        code: 'already-passed',
        message: `step ${target.id} has passed already`,
        fix: `kindlab reset ${target.id}`,
        exitCode: 1,
      });
    }
    const output: string[] = [];
    await this.#activity.during('solve', target.id, output, async () => {
      for (const each of this.#steps.slice(first, last + 1)) {
        this.#activity.at(each.id);
        await this.#runSolution(each, output);
        if (each !== target) await this.#untilPassed(each);
      }
    });
    return { step: target.id, output };
  }

  async reset(step?: string): Promise<{ step: string }> {
    const cluster = this.#ready();
    const { id } = this.#step(step);
    const reached = this.#progress.passed[id] !== undefined || id === this.#currentId;
    if (!reached) {
      throw new KindlabError({
        code: 'step-not-reached',
        message: `step ${id} was not reached yet; the current one is ${this.#currentId}`,
        fix: `kindlab solve ${this.#currentId}   (solves up to a step: kindlab solve ${id})`,
      });
    }
    if (!cluster.capabilities.checkpoints) {
      throw new KindlabError({
        code: 'no-checkpoints',
        message: `a ${cluster.backend} cluster keeps no checkpoints to go back to`,
        fix: 'kindlab down && kindlab up',
      });
    }
    await this.#activity.during('reset', id, [], () =>
      this.#turns.run(async () => {
        this.#leave();
        try {
          await this.#restore(cluster, id);
          await this.#observer?.relist();
          this.#faults?.follow();
        } catch (error) {
          await this.#update(notResetting);
          throw error;
        } finally {
          await this.#enter();
        }
      }),
    );
    return { step: id };
  }

  /** A cluster that had to be made anew stands at the beginning of its lab, whatever the progress file says. */
  async #followCluster(cluster: Cluster): Promise<void> {
    if (!cluster.capabilities.checkpoints || !outlivesCluster(this.#progress, await cluster.checkpoints())) return;
    this.#say('the cluster had to be made anew, so the lab begins again');
    await this.#update(({ hints }) => ({ ...noProgress, hints }));
  }

  /** Cluster and progress go back together, also when the process is killed between the two. */
  async #restore(cluster: Cluster, id: string): Promise<void> {
    await this.#update((p) => ({ ...p, resetting: id }));
    await cluster.restore(checkpointOf(id));
    this.#progressLost = false;
    await this.#update((p) => {
      const before = progressBefore(p, id, this.#ids);
      return { ...before, started: { ...before.started, [id]: cluster.now() } };
    });
  }

  get faults(): Faults {
    this.#ready();
    return this.#faults!;
  }

  async setClockSpeed(speed: number): Promise<void> {
    this.#ready().setClockSpeed(speed);
    this.#changed();
  }

  async stepClock(ms: number): Promise<void> {
    await this.#ready().stepClock(ms, this.#ended.signal);
    this.#changed();
  }

  async stop(): Promise<void> {
    this.#resolveStopped();
  }

  /** Ends everything that runs; the state stays on the disk. */
  async close(): Promise<void> {
    this.#ended.abort();
    this.#views.stop();
    await this.#turns.idle;
    await this.#cluster?.[Symbol.asyncDispose]();
  }

  /** Runs a tool that the cluster's backend brings. Throws KindlabError `no-such-tool`. */
  runTool(name: string, io: ToolIo): Promise<number> {
    return this.#ready().runTool(name, { ...io, signal: AbortSignal.any([io.signal, this.#ended.signal]) });
  }

  get #steps(): Step[] {
    return this.#options.lab?.steps ?? [];
  }
  get #ids(): string[] {
    return this.#steps.map((step) => step.id);
  }
  get #currentId(): string | undefined {
    return currentStep(this.#progress, this.#ids);
  }
  get #labFolder(): string {
    return join(this.#options.state.folder, 'lab');
  }
  get #variables() {
    return { cluster: this.#options.spec.name };
  }

  /** By default the current step, or the last one of a finished lab. */
  #step(id = this.#currentId ?? this.#ids.at(-1)): Step {
    const found = this.#steps.find((step) => step.id === id);
    if (found) return found;
    throw new KindlabError({
      code: 'no-such-step',
      message:
        this.#steps.length === 0
          ? `${this.#options.spec.name} is a cluster without a lab: it has no steps`
          : `there is no step ${id}; there are ${this.#ids.join(', ')}`,
      ...(this.#steps.length > 0 && { fix: 'kindlab status' }),
    });
  }

  #ready(): Cluster {
    if (this.#cluster && this.#provisioning.phase !== 'failed') return this.#cluster;
    const failure = this.#provisioning.failure;
    if (failure) throw new KindlabError({ code: 'cluster-failed', ...failure });
    throw new KindlabError({ code: 'not-ready', message: `${this.#options.spec.name} is still being provisioned`, fix: 'kindlab status' });
  }

  #faultsOf(cluster: Cluster): Faults {
    return new Faults({
      faults: this.#options.lab?.faults ?? [],
      cluster,
      variables: this.#variables,
      signal: this.#ended.signal,
      progress: () => this.#progress,
      update: (change) => this.#update(change),
      currentStep: () => this.#currentId,
      busyWith: (kind, id, work) => this.#activity.during(kind, id, [], work),
      runScript: (script) => this.#runScript(script, []),
      onChange: () => this.#changed(),
    });
  }

  #observe(cluster: Cluster): void {
    const reporter = { signal: this.#ended.signal, onChange: () => this.#changed(), onTrouble: this.#options.log };
    const observer = new Observer(cluster, reporter);
    this.#observer = observer;
    this.#traffic = new TrafficMonitor(cluster, () => observer.podObjects, { ...reporter, since: cluster.now() });
  }

  /** Begins the current step: checkpoint, start time, live checks. One that was begun before goes on. */
  async #enter(): Promise<void> {
    this.#leave();
    const cluster = this.#cluster!;
    const id = this.#currentId;
    if (id === undefined || this.#ended.signal.aborted) return this.#changed();
    if (this.#progress.started[id] === undefined) {
      const { fault } = this.#step(id);
      // Before the checkpoint, so that a reset brings the fault back; a script that was cut short runs again.
      if (fault !== undefined) await this.#runScript(this.#options.lab!.faults.find((f) => f.id === fault)!.inject, []);
      const kept = this.#progressLost && (await cluster.checkpoints()).includes(checkpointOf(id));
      if (cluster.capabilities.checkpoints && !kept) await cluster.checkpoint(checkpointOf(id));
      await this.#update((p) => ({ ...p, started: { ...p.started, [id]: cluster.now() } }));
    }
    const since = this.#progress.started[id]!;
    if (this.#traffic) this.#traffic.since = since;
    const end = new AbortController();
    this.#endStep = end;
    this.#live = watchChecks(this.#step(id).checks, cluster, {
      since,
      variables: this.#variables,
      signal: AbortSignal.any([this.#ended.signal, end.signal]),
      onReports: (reports) => {
        this.#changed();
        if (reports.every((r) => r.verdict.status === 'pass'))
          void this.#turns.run(() => this.#pass(id, end.signal)).catch((e) => this.#say(messageOf(e)));
      },
    });
    this.#changed();
  }

  #leave(): void {
    this.#endStep?.abort();
    this.#live = undefined;
  }

  /** `left` tells that the step was reset or ended meanwhile. */
  async #pass(id: string, left: AbortSignal): Promise<void> {
    if (left.aborted || this.#currentId !== id) return;
    await this.#update((p) => ({ ...p, passed: { ...p.passed, [id]: { at: this.#cluster!.now() } } }));
    this.#passed.emit(id);
    await this.#enter();
  }

  async #runSolution(step: Step, output: string[]): Promise<void> {
    await this.#update((p) => ({ ...p, solved: [...new Set([...p.solved, step.id])] }));
    await this.#runScript(step.solution, output);
  }

  async #runScript(script: string, output: string[]): Promise<void> {
    const onLine = (line: string) => {
      output.push(line);
      if (output.length > outputLinesKept) output.shift();
      this.#say(line);
    };
    await runScript(script, { env: this.environment, cwd: this.#labFolder, signal: this.#ended.signal, onLine });
  }

  async #untilPassed(step: Step): Promise<void> {
    if (this.#progress.passed[step.id]) return;
    await untilPassed(step, { passed: this.#passed, signal: this.#ended.signal, seen: () => summary(this.#live?.reports() ?? []) });
  }

  /** What is shown has been saved. */
  #update(change: (progress: Progress) => Progress): Promise<void> {
    return this.#saves.run(async () => {
      const next = change(this.#progress);
      await this.#options.state.writeProgress(next);
      this.#progress = next;
      this.#changed();
    });
  }

  #say(line: string): void {
    this.events.emit({ type: 'output', line });
    this.#changed();
  }

  #changed(): void {
    this.#views.ask();
  }
}
