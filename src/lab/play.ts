import { sleep, systemClock } from '../base/clock.ts';
import { KindlabError, messageOf } from '../base/errors.ts';
import { formatDuration } from '../grade/duration.ts';
import { summary } from '../grade/report.ts';
import { worst, type CheckReport } from '../grade/verdict.ts';
import type { Lab, Step } from './loader.ts';
import type { Fault } from './fault-files.ts';
import type { FaultApi, SessionApi } from './protocol.ts';
import { Symptom } from './symptom.ts';

/** What became of one step of an unattended run. */
export interface PlayedStep {
  type: 'step';
  id: string;
  title: string;
  passed: boolean;
  /** Whether its checks failed before the solution ran, as they must (or all of them are invariants). */
  failedUnsolved: boolean;
  /** Whether its checks passed after it. */
  passedSolved: boolean;
  /** What fell short. */
  detail?: string;
  /** Reports of the last look. */
  reports: CheckReport[];
  ms: number;
}

/** What became of one fault: injected, its checks must fail; taken out, they must pass. */
export interface PlayedFault {
  type: 'fault';
  id: string;
  step: string;
  passed: boolean;
  detail?: string;
  ms: number;
}

export interface PlayTotals {
  type: 'totals';
  steps: number;
  passed: number;
  faults: number;
  faultsPassed: number;
  ms: number;
}

/** What playing needs of a session. */
export type Playable = SessionApi & { readonly faults: FaultApi };

export interface PlayOptions {
  /** Also try every fault, at the first step that allows it. */
  faults?: boolean;
  signal?: AbortSignal;
  /** Simulated milliseconds per real one, where the cluster's time can be sped up. */
  clockSpeed?: number;
  /** How long an unsolved step may take to be seen failing, real ms. */
  unsolvedMs?: number;
}

const betweenLooksMs = 100;

/**
 * Plays a lab from its first step to its last: each step's checks must fail unsolved, its solution runs, its checks
 * must pass within the step's time limit. Stops at the first step that cannot be passed: those after it stand on it.
 */
export async function* play(
  session: Playable,
  lab: Pick<Lab, 'steps' | 'faults'>,
  options: PlayOptions = {},
): AsyncGenerator<PlayedStep | PlayedFault | PlayTotals> {
  const begun = systemClock.now();
  const { simulated, clock } = await session.view();
  if (simulated && options.clockSpeed !== undefined) await session.setClockSpeed(options.clockSpeed);
  let passed = 0;
  let faults = 0;
  let faultsPassed = 0;
  try {
    for (const step of lab.steps) {
      for (const fault of options.faults ? lab.faults.filter(({ during }) => during[0] === step.id) : []) {
        const result = await playFault(session, fault, step, options.signal);
        faults++;
        if (result.passed) faultsPassed++;
        yield result;
      }
      const result = await playStep(session, step, options);
      if (result.passed) passed++;
      yield result;
      if (!result.passedSolved) break;
    }
  } finally {
    if (simulated && options.clockSpeed !== undefined) await session.setClockSpeed(clock.speed);
  }
  yield { type: 'totals', steps: lab.steps.length, passed, faults, faultsPassed, ms: systemClock.now() - begun };
}

async function playStep(session: SessionApi, step: Step, options: PlayOptions): Promise<PlayedStep> {
  const begun = systemClock.now();
  const unsolved = await lookUntil(session, step, options.unsolvedMs ?? 5000, options.signal, (reports) => isUnsolved(step, reports));
  const failedUnsolved = isUnsolved(step, unsolved);
  const finish = (passedSolved: boolean, reports: CheckReport[], detail?: string): PlayedStep => ({
    type: 'step',
    id: step.id,
    title: step.title,
    passed: failedUnsolved && passedSolved,
    failedUnsolved,
    passedSolved,
    ...(detail !== undefined && { detail }),
    reports,
    ms: systemClock.now() - begun,
  });
  try {
    if ((await stateOf(session, step)) !== 'passed') await session.solve(step.id);
  } catch (error) {
    if (!(error instanceof KindlabError) || error.code === 'session-unreachable') throw error;
    return finish(false, unsolved, messageOf(error));
  }
  const solved = await lookUntil(session, step, step.timeLimitMs, options.signal, allPass);
  if (!allPass(solved)) return finish(false, solved, `not passed ${formatDuration(step.timeLimitMs)} after its solution`);
  await untilLatched(session, step, options.signal);
  return finish(true, solved, failedUnsolved ? undefined : 'its checks did not fail unsolved');
}

/** Injects, waits for the symptom, clears, waits for the cure; the cluster is put back to the step's beginning. */
async function playFault(session: Playable, fault: Fault, step: Step, signal: AbortSignal | undefined): Promise<PlayedFault> {
  const begun = systemClock.now();
  const finish = (detail?: string): PlayedFault => ({
    type: 'fault',
    id: fault.id,
    step: step.id,
    passed: detail === undefined,
    ...(detail !== undefined && { detail }),
    ms: systemClock.now() - begun,
  });
  const untilChecks = async (enough: (reports: CheckReport[]) => boolean): Promise<CheckReport[]> => {
    const deadline = systemClock.now() + fault.timeLimitMs;
    for (;;) {
      const { reports } = await session.faults.check(fault.id);
      if (enough(reports) || systemClock.now() > deadline) return reports;
      await sleep(systemClock, betweenLooksMs, signal);
    }
  };
  try {
    await session.faults.inject(fault.id);
    const symptom = new Symptom();
    let shown = false;
    const sick = await untilChecks((reports) => (shown = symptom.take(reports)));
    if (!shown) return finish(`its checks did not fail: ${summary(sick)}`);
    await session.faults.clear(fault.id);
    const cured = await untilChecks(allPass);
    if (!allPass(cured)) return finish(`its checks do not pass once it was taken out: ${openOf(cured).join('; ')}`);
    return finish();
  } catch (error) {
    if (!(error instanceof KindlabError) || error.code === 'session-unreachable') throw error;
    return finish(messageOf(error));
  } finally {
    await session.reset(step.id);
  }
}

const openOf = (reports: CheckReport[]): string[] =>
  reports.filter((r) => r.verdict.status !== 'pass').map((r) => `${r.verdict.status}: ${r.title}: ${r.verdict.message}`);

const allPass = (reports: CheckReport[]): boolean => worst(reports.map((r) => r.verdict.status)) === 'pass';

/** At least one check that the learner's work must turn fails; a step of nothing but invariants has none such. */
function isUnsolved(step: Step, reports: CheckReport[]): boolean {
  const invariants = new Set(step.checks.filter((check) => check.holds).map((check) => check.id));
  if (invariants.size === step.checks.length) return true;
  return reports.some((report) => report.verdict.status === 'fail' && !invariants.has(report.id));
}

async function lookUntil(
  session: SessionApi,
  step: Step,
  withinMs: number,
  signal: AbortSignal | undefined,
  enough: (reports: CheckReport[]) => boolean,
): Promise<CheckReport[]> {
  const deadline = systemClock.now() + withinMs;
  for (;;) {
    const { reports } = await session.check(step.id);
    if (enough(reports) || systemClock.now() > deadline) return reports;
    // A step that has passed meanwhile was right at one moment, whatever a later look says.
    if ((await stateOf(session, step)) === 'passed') return reports.map(asPassed);
    await sleep(systemClock, betweenLooksMs, signal);
  }
}

const asPassed = (report: CheckReport): CheckReport => ({ ...report, verdict: { status: 'pass', message: 'passed', evidence: [] } });

async function stateOf(session: SessionApi, step: Step): Promise<'todo' | 'current' | 'passed' | undefined> {
  return (await session.view()).steps.find((s) => s.id === step.id)?.state;
}

async function untilLatched(session: SessionApi, step: Step, signal: AbortSignal | undefined): Promise<void> {
  const deadline = systemClock.now() + 10_000;
  while ((await stateOf(session, step)) !== 'passed' && systemClock.now() < deadline) await sleep(systemClock, betweenLooksMs, signal);
}

/** A line a step, as `kindlab play` prints it. */
export function renderPlayed(line: PlayedStep | PlayedFault | PlayTotals): string {
  if (line.type === 'totals') {
    const faults = line.faults > 0 ? ` and ${line.faultsPassed} of ${line.faults} faults` : '';
    return `${line.passed} of ${line.steps} steps${faults} passed in ${formatDuration(line.ms)}`;
  }
  if (line.type === 'fault') {
    const head = `${line.passed ? '✔' : '✘'} ${line.step} with ${line.id}: ${line.passed ? 'fails injected, passes cured' : line.detail}`;
    return `${head} (${formatDuration(line.ms)})`;
  }
  const parts = [
    line.failedUnsolved ? 'fails unsolved' : 'DOES NOT FAIL UNSOLVED',
    line.passedSolved ? 'passes solved' : 'DOES NOT PASS SOLVED',
  ];
  const head = `${line.passed ? '✔' : '✘'} ${line.id}: ${parts.join(', ')} (${formatDuration(line.ms)})`;
  if (line.passed) return head;
  const open = openOf(line.reports).map((text) => `    ${text}`);
  return [head, ...(line.detail ? [`    ${line.detail}`] : []), ...(line.passedSolved ? [] : open)].join('\n');
}
