import type { CheckReport, Evidence, VerdictStatus } from '../../grade/verdict.ts';
import type { FaultView, StepView } from '../../lab/session-view.ts';
import { bold, cyan, dim, green, hang, plain, wrap, yellow } from '../text/ansi.ts';
import { markdown } from '../text/markdown.ts';
import { spinner, verdictGlyph } from '../labels.ts';
import { shownStep, type UiState } from '../state.ts';

/** `2/4`: passed of all. */
export function checksTally(state: UiState): string {
  const step = shownStep(state);
  const reports = step ? (state.reports[step.id] ?? []) : [];
  return reports.length === 0 ? '' : `${reports.filter(({ verdict }) => verdict.status === 'pass').length}/${reports.length}`;
}

/** The checks of the step on screen, the evidence of the first that fell short, hints, and a running solution's output. */
export function checksLines(state: UiState, columns: number, frame: number): string[] {
  const step = shownStep(state);
  if (!step || !state.view) return [];
  const reports = state.reports[step.id] ?? [];
  const trouble = firstOf(reports, 'fail') ?? firstOf(reports, 'unevaluable') ?? firstOf(reports, 'pending');
  const sections = [
    activity(state, columns, frame),
    state.view.faults.flatMap((fault) => faultLines(fault, columns)),
    reports.length > 0 ? reports.flatMap((report) => check(report, report === trouble, columns)) : [noReports(step)],
    step.id === state.view.current ? hints(state.view.hints, step.hintCount, columns) : [],
  ].filter((lines) => lines.length > 0);
  return sections.flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]));
}

const firstOf = (reports: readonly CheckReport[], status: VerdictStatus) => reports.find(({ verdict }) => verdict.status === status);

function noReports(step: StepView): string {
  if (step.state === 'passed') return green(step.solved ? '✓ passed (solved for you)' : '✓ passed');
  return dim(step.state === 'current' ? 'not evaluated yet' : 'checked once this step is the current one');
}

function check({ title, verdict }: CheckReport, detailed: boolean, columns: number): string[] {
  const head = hang(`${verdictGlyph[verdict.status]} `, plain(title), columns);
  if (verdict.status === 'pass' || verdict.message === '') return head;
  const message = hang('  ', dim(plain(verdict.message)), columns);
  if (!detailed) return [...head, ...message];
  const hint = verdict.hint ? hang(`  ${yellow('→')} `, plain(verdict.hint), columns) : [];
  return [...head, ...message, ...verdict.evidence.slice(0, 3).flatMap((evidence) => evidenceLines(evidence, columns)), ...hint];
}

/** A fault by its symptom; what must hold again stands under it until it does. */
function faultLines({ symptom, state, checks }: FaultView, columns: number): string[] {
  if (state === 'cured') return hang(`${green('✓')} `, dim(plain(`cured: ${symptom}`)), columns);
  const trouble = firstOf(checks, 'fail') ?? firstOf(checks, 'pending');
  return [
    ...hang(`${yellow('!')} `, bold(plain(symptom)), columns),
    ...checks.flatMap((report) => check(report, report === trouble, columns)),
  ];
}

function evidenceLines({ object, path, expected, observed, command }: Evidence, columns: number): string[] {
  const where = [object, path].filter((part) => part).join(' ');
  return [
    ...(where ? hang('    ', bold(plain(where)), columns) : []),
    ...hang(`    ${dim('expected')} `, plain(expected), columns),
    ...hang(`    ${dim('observed')} `, plain(observed), columns),
    ...(command ? hang(`    ${dim('see')} `, cyan(plain(command)), columns) : []),
  ];
}

function hints(given: readonly string[], count: number, columns: number): string[] {
  if (given.length === 0) return [];
  const lines = given.flatMap((hint, i) => markdown(hint, columns - 3).map((line, at) => (at === 0 ? yellow(`${i + 1}. `) : '   ') + line));
  return [bold(`Hints ${given.length}/${count}`), ...lines];
}

const OUTPUT_LINES = 12;
const verbs = { solve: 'Solving', reset: 'Resetting to', inject: 'Injecting', clear: 'Taking out' } as const;

function activity({ view, output, busy }: UiState, columns: number, frame: number): string[] {
  const running = view?.activity;
  if (!running && busy === undefined) return [];
  const title = running ? `${verbs[running.kind]} ${running.step}` : busy!;
  return [
    `${cyan(spinner(frame))} ${bold(plain(title))}`,
    ...output
      .flatMap((line) => wrap(plain(line), columns - 2))
      .slice(-OUTPUT_LINES)
      .map((line) => `  ${dim(line)}`),
  ];
}
