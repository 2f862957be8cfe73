import { sleep, systemClock } from '../base/clock.ts';
import { KindlabError, messageOf } from '../base/errors.ts';
import { formatDuration } from '../grade/duration.ts';
import { worst, type CheckReport } from '../grade/verdict.ts';
import type { Lab, Step } from './loader.ts';
import type { SessionApi } from './protocol.ts';

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

export interface PlayTotals {
  type: 'totals';
  steps: number;
  passed: number;
  ms: number;
}

export interface PlayOptions {
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
  session: SessionApi,
  lab: Pick<Lab, 'steps'>,
  options: PlayOptions = {},
): AsyncGenerator<PlayedStep | PlayTotals> {
  const begun = systemClock.now();
  const { simulated, clock } = await session.view();
  if (simulated && options.clockSpeed !== undefined) await session.setClockSpeed(options.clockSpeed);
  let passed = 0;
  try {
    for (const step of lab.steps) {
      const result = await playStep(session, step, options);
      if (result.passed) passed++;
      yield result;
      if (!result.passedSolved) break;
    }
  } finally {
    if (simulated && options.clockSpeed !== undefined) await session.setClockSpeed(clock.speed);
  }
  yield { type: 'totals', steps: lab.steps.length, passed, ms: systemClock.now() - begun };
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
export function renderPlayed(line: PlayedStep | PlayTotals): string {
  if (line.type === 'totals') return `${line.passed} of ${line.steps} steps passed in ${formatDuration(line.ms)}`;
  const parts = [
    line.failedUnsolved ? 'fails unsolved' : 'DOES NOT FAIL UNSOLVED',
    line.passedSolved ? 'passes solved' : 'DOES NOT PASS SOLVED',
  ];
  const head = `${line.passed ? '✔' : '✘'} ${line.id}: ${parts.join(', ')} (${formatDuration(line.ms)})`;
  if (line.passed) return head;
  const open = line.reports
    .filter((r) => r.verdict.status !== 'pass')
    .map((r) => `    ${r.verdict.status}: ${r.title}: ${r.verdict.message}`);
  return [head, ...(line.detail ? [`    ${line.detail}`] : []), ...(line.passedSolved ? [] : open)].join('\n');
}
