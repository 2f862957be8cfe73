import { KindlabError } from '../base/errors.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { evaluate } from '../grade/evaluate.ts';
import { summary } from '../grade/report.ts';
import { worst, type CheckReport } from '../grade/verdict.ts';
import { watchChecks, type LiveChecks } from '../grade/watch.ts';
import type { Fault } from './fault-files.ts';
import type { Progress } from './progress.ts';
import type { FaultApi, FaultListing } from './protocol.ts';
import type { FaultView } from './session-view.ts';
import { Symptom } from './symptom.ts';

interface Parts {
  faults: readonly Fault[];
  cluster: Cluster;
  variables: Record<string, unknown>;
  signal: AbortSignal;
  progress: () => Progress;
  update: (change: (progress: Progress) => Progress) => Promise<void>;
  currentStep: () => string | undefined;
  runScript: (script: string) => Promise<void>;
  busyWith: <T>(kind: 'inject' | 'clear', what: string, work: () => Promise<T>) => Promise<T>;
  onChange: () => void;
}

/** The faults of a lab in a running cluster: put in, watched until they are cured, taken out. */
export class Faults implements FaultApi {
  readonly #parts: Parts;
  readonly #watched = new Map<string, { live: LiveChecks; end: AbortController }>();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.follow();
  }

  async list(): Promise<FaultListing[]> {
    return this.#listings();
  }

  #listings(): FaultListing[] {
    const step = this.#parts.currentStep();
    return this.#parts.faults.map(({ id, title, symptom, source, during }) => ({
      id,
      title,
      symptom,
      source,
      during,
      possible: step !== undefined && during.includes(step),
      ...(this.#stateOf(id) && { state: this.#stateOf(id)! }),
    }));
  }

  views(): FaultView[] {
    return this.#parts.faults.flatMap(({ id, symptom }): FaultView[] => {
      const state = this.#stateOf(id);
      return state ? [{ id, symptom, state, checks: this.#watched.get(id)?.live.reports() ?? [] }] : [];
    });
  }

  /** Follows what the progress says is in the cluster: at the start, and after a reset. */
  follow(): void {
    for (const { end } of this.#watched.values()) end.abort();
    this.#watched.clear();
    for (const fault of this.#parts.faults) if (this.#stateOf(fault.id) === 'injected') this.#watch(fault);
  }

  /**
   * Puts a fault in; without an id, one of those that the present step allows, drawn by chance. Throws KindlabError
   * `no-such-fault`, `fault-not-now`, `fault-injected`, `fault-already-there`, `script-failed`.
   */
  inject(id?: string): Promise<{ id: string; symptom: string }> {
    return this.#parts.busyWith('inject', id ?? 'a fault', () => this.#inject(id));
  }

  /** Takes a fault out by its own script; without an id, all that are in. */
  clear(id?: string): Promise<{ cleared: string[] }> {
    return this.#parts.busyWith('clear', id ?? 'every fault', () => this.#clear(id));
  }

  async #inject(id: string | undefined): Promise<{ id: string; symptom: string }> {
    const fault = id === undefined ? this.#anyPossible() : this.#fault(id);
    const step = this.#parts.currentStep();
    if (step === undefined || !fault.during.includes(step)) {
      throw new KindlabError({
        code: 'fault-not-now',
        message: `${fault.id} belongs to ${fault.during.join(', ')}; the lab is ${step === undefined ? 'finished' : `at ${step}`}`,
        fix: `kindlab fault list   (a step is reached with: kindlab solve STEP, or kindlab reset STEP)`,
        exitCode: 1,
      });
    }
    if (this.#stateOf(fault.id) === 'injected')
      throw new KindlabError({
        code: 'fault-injected',
        message: `${fault.id} is in the cluster already`,
        fix: `kindlab fault clear ${fault.id}`,
        exitCode: 1,
      });
    await this.#demandHealth(fault);
    await this.#parts.runScript(fault.inject);
    const at = this.#parts.cluster.now();
    await this.#parts.update((p) => ({ ...p, faults: { ...p.faults, [fault.id]: { at } } }));
    this.#watch(fault);
    return { id: fault.id, symptom: fault.symptom };
  }

  async #clear(id: string | undefined): Promise<{ cleared: string[] }> {
    const present = this.#parts.faults.filter((fault) => this.#stateOf(fault.id) === 'injected');
    const wanted = id === undefined ? present : [this.#fault(id)];
    for (const fault of wanted) {
      await this.#parts.runScript(fault.clear);
      this.#forget(fault.id);
      await this.#parts.update(({ faults: { [fault.id]: _cleared, ...faults }, ...p }) => ({ ...p, faults }));
    }
    return { cleared: wanted.map((fault) => fault.id) };
  }

  async check(id?: string): Promise<{ step: string; reports: CheckReport[] }> {
    const fault = id === undefined ? this.#onlyOne() : this.#fault(id);
    const watched = this.#watched.get(fault.id);
    return { step: fault.id, reports: watched ? await watched.live.refresh() : await this.#evaluate(fault) };
  }

  async diagnose(id?: string): Promise<{ id: string; symptom: string; diagnosis: string }> {
    const fault = id === undefined ? this.#onlyOne() : this.#fault(id);
    return { id: fault.id, symptom: fault.symptom, diagnosis: fault.diagnosis };
  }

  #stateOf(id: string): FaultView['state'] | undefined {
    const entry = this.#parts.progress().faults[id];
    return entry && (entry.curedAt === undefined ? 'injected' : 'cured');
  }

  #fault(id: string): Fault {
    const found = this.#parts.faults.find((fault) => fault.id === id);
    if (found) return found;
    const known = this.#parts.faults.map((fault) => fault.id).join(', ') || 'none in this lab';
    throw new KindlabError({
      code: 'no-such-fault',
      message: `there is no fault ${JSON.stringify(id)}; there are: ${known}`,
      fix: 'kindlab fault list',
    });
  }

  #anyPossible(): Fault {
    const possible = this.#listings().filter((entry) => entry.possible && entry.state !== 'injected');
    const drawn = possible[Math.floor(Math.random() * possible.length)];
    if (drawn) return this.#fault(drawn.id);
    throw new KindlabError({
      code: 'fault-not-now',
      message: 'no fault can be injected at this step',
      fix: 'kindlab fault list',
      exitCode: 1,
    });
  }

  #onlyOne(): Fault {
    const [only, second] = this.#parts.faults.filter((fault) => this.#stateOf(fault.id) !== undefined);
    if (only && !second) return only;
    throw new KindlabError({
      code: 'which-fault',
      message: only ? 'several faults were injected' : 'no fault was injected',
      fix: 'kindlab fault list',
      exitCode: 1,
    });
  }

  /** A fault that is there before it is injected could not be told from one that came by it. */
  async #demandHealth(fault: Fault): Promise<void> {
    const reports = await this.#evaluate(fault);
    if (worst(reports.map((r) => r.verdict.status)) === 'pass') return;
    throw new KindlabError({
      code: 'fault-already-there',
      message: `the cluster is not in the state that ${fault.id} breaks: ${reports.find((r) => r.verdict.status !== 'pass')!.title}: ${summary(reports)}`,
      fix: `kindlab fault check ${fault.id}`,
      exitCode: 1,
    });
  }

  #evaluate(fault: Fault): Promise<CheckReport[]> {
    const { cluster, variables, signal } = this.#parts;
    const since = this.#parts.progress().faults[fault.id]?.at ?? cluster.now();
    return Promise.all(
      fault.checks.map(async (check) => ({
        id: check.id,
        title: check.title,
        verdict: await evaluate(check, cluster, { since, variables, signal }),
        at: cluster.now(),
      })),
    );
  }

  #watch(fault: Fault): void {
    const { cluster, variables, signal } = this.#parts;
    const end = new AbortController();
    const symptom = new Symptom();
    const live = watchChecks(fault.checks, cluster, {
      since: this.#parts.progress().faults[fault.id]!.at,
      variables,
      signal: AbortSignal.any([signal, end.signal]),
      onReports: (reports) => {
        const shown = symptom.take(reports);
        if (shown && reports.every((r) => r.verdict.status === 'pass')) void this.#cured(fault.id);
        this.#parts.onChange();
      },
    });
    this.#watched.set(fault.id, { live, end });
    this.#parts.onChange();
  }

  async #cured(id: string): Promise<void> {
    const curedAt = this.#parts.cluster.now();
    this.#forget(id);
    await this.#parts.update((p) => ({ ...p, faults: { ...p.faults, [id]: { ...p.faults[id]!, curedAt } } }));
  }

  #forget(id: string): void {
    this.#watched.get(id)?.end.abort();
    this.#watched.delete(id);
    this.#parts.onChange();
  }
}
