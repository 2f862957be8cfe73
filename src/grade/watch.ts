import { systemClock, type Cancel } from '../base/clock.ts';
import type { ClusterView } from './cluster-view.ts';
import { evaluate } from './evaluate.ts';
import { readsOf } from './reads.ts';
import type { Check } from './schema.ts';
import type { CheckReport, Verdict } from './verdict.ts';

export interface WatchOptions {
  since: number;
  variables?: Record<string, unknown>;
  signal: AbortSignal;
  /** All reports, in the order of the checks, whenever one changed. */
  onReports: (reports: CheckReport[]) => void;
  /** How often what cannot be watched is asked again, real ms. */
  pollMs?: number;
}

/** How long changes are gathered before a check is evaluated again, ms. */
const gatherMs = 20;
/** No exec or log is asked more often than this because of changes, ms. */
const leastBetweenPollsMs = 200;

export interface LiveChecks {
  /** As last seen. */
  reports(): CheckReport[];
  /** Evaluates every check now. */
  refresh(): Promise<CheckReport[]>;
}

/**
 * Keeps the verdicts of `checks` current until the signal is aborted: watches what they read, evaluates within
 * milliseconds of a change, and asks once a second what no watch tells (exec, files, logs, time).
 */
export function watchChecks(checks: readonly Check[], view: ClusterView, options: WatchOptions): LiveChecks {
  const memory = new Map<string, number>();
  const settings = { since: options.since, signal: options.signal, memory, ...(options.variables && { variables: options.variables }) };
  const entries = checks.map((check) => new Entry(check, (c) => evaluate(c, view, settings), view));
  const reports = () => entries.map((entry) => entry.report);
  let last = '';
  const tell = () => {
    if (options.signal.aborted) return;
    const all = reports();
    const now = JSON.stringify(all.map(({ id, verdict }) => ({ id, verdict })));
    if (now === last) return;
    last = now;
    options.onReports(all);
  };
  for (const entry of entries) entry.onLooked = tell;

  if (options.signal.aborted) return { reports, refresh: async () => reports() };
  const followed = new Map<string, Entry[]>();
  for (const entry of entries) {
    for (const query of entry.reads.queries) {
      const key = JSON.stringify(query);
      const sharing = followed.get(key);
      if (sharing) {
        sharing.push(entry);
        continue;
      }
      const readers = [entry];
      followed.set(key, readers);
      view.watch(
        query,
        () => {
          for (const reader of readers) reader.soon(gatherMs);
          for (const other of entries) if (other.reads.polled && !readers.includes(other)) other.soon(leastBetweenPollsMs);
        },
        options.signal,
      );
    }
  }
  for (const entry of entries) entry.soon(0);
  const stopPolling = every(options.pollMs ?? 1000, () => entries.forEach((entry) => entry.reads.polled && entry.soon(0)));
  options.signal.addEventListener(
    'abort',
    () => {
      stopPolling();
      for (const entry of entries) entry.stop();
    },
    { once: true },
  );
  return {
    reports,
    async refresh() {
      await Promise.all(entries.map((entry) => entry.look()));
      return reports();
    },
  };
}

const notLookedAtYet: Verdict = { status: 'pending', message: 'not looked at yet', evidence: [] };

/** One check with its own pace: a slow one does not hold up the others, and is never evaluated twice at once. */
class Entry {
  readonly reads;
  report: CheckReport;
  onLooked = (): void => {};
  #evaluate: (check: Check) => Promise<Verdict>;
  #check: Check;
  #view: ClusterView;
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  #cancel: Cancel | undefined;
  #due = Infinity;

  constructor(check: Check, evaluateCheck: (check: Check) => Promise<Verdict>, view: ClusterView) {
    this.#check = check;
    this.#evaluate = evaluateCheck;
    this.#view = view;
    this.reads = readsOf(check);
    this.report = { id: check.id, title: check.title, verdict: notLookedAtYet, at: view.now() };
  }

  soon(ms: number): void {
    const due = systemClock.now() + ms;
    if (this.#stopped || this.#due <= due) return;
    this.#cancel?.();
    this.#due = due;
    this.#cancel = systemClock.after(ms, () => void this.look());
  }

  /** Resolves after an evaluation that began after this call. */
  async look(): Promise<void> {
    this.#cancel?.();
    this.#due = Infinity;
    if (this.#running) {
      this.#again = true;
      return this.#running;
    }
    this.#running = this.#run();
    await this.#running;
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  async #run(): Promise<void> {
    do {
      this.#again = false;
      const verdict = await this.#evaluate(this.#check);
      this.report = { id: this.#check.id, title: this.#check.title, verdict, at: this.#view.now() };
      this.onLooked();
    } while (this.#again && !this.#stopped);
    this.#running = undefined;
  }
}

function every(ms: number, run: () => void): Cancel {
  let cancel: Cancel;
  const next = () => {
    cancel = systemClock.after(ms, () => {
      run();
      next();
    });
  };
  next();
  return () => cancel();
}
