import type { LabSummary } from '../actions.ts';
import { bold, cyan, dim, green, hang, inverse, plain, red, spread } from '../text/ansi.ts';
import { spinner } from '../labels.ts';
import type { UiState } from '../state.ts';

/** A line of the list: a lab, or one of its running sessions. */
export interface LabEntry {
  lab: LabSummary;
  session?: LabSummary['sessions'][number];
}

export const labEntries = (labs: readonly LabSummary[]): LabEntry[] =>
  labs.flatMap((lab): LabEntry[] => (lab.sessions.length === 0 ? [{ lab }] : lab.sessions.map((session) => ({ lab, session }))));

/** The list's lines, and which of them belong to the selected entry, so that they can be kept on screen. */
export function labLines(state: UiState, columns: number, frame: number): { lines: string[]; first: number; last: number } {
  if (!state.labs) return { lines: [`${cyan(spinner(frame))} Reading labs`], first: 0, last: 0 };
  const entries = labEntries(state.labs);
  if (entries.length === 0) return { lines: ['There are no labs here.'], first: 0, last: 0 };
  const lines: string[] = [];
  let first = 0;
  let last = 0;
  for (const [i, entry] of entries.entries()) {
    if (i > 0) lines.push('');
    if (i === state.selected) first = lines.length;
    lines.push(...entryLines(entry, i === state.selected, columns));
    if (i === state.selected) last = lines.length - 1;
  }
  return { lines, first, last };
}

function entryLines({ lab, session }: LabEntry, selected: boolean, columns: number): string[] {
  const done = session?.done ?? lab.done;
  const title = bold(plain(lab.title)) + (session && session.name !== lab.id ? ` ${dim(`(${session.name})`)}` : '');
  const badge = session ? `${green('● running')} ${session.backend === 'simulated' ? inverse(' SIMULATED ') : session.backend}  ` : '';
  const head = spread(`${selected ? cyan('▸ ') : '  '}${title}`, ` ${badge}${progress(done, lab.steps)}`, columns);
  const summary = hang('  ', dim(plain(lab.summary)), columns);
  return [head, ...summary.slice(0, selected ? 6 : 2), ...(lab.problem ? hang(`  ${red('✗')} `, plain(lab.problem), columns) : [])];
}

const BAR = 10;

function progress(done: number, steps: number): string {
  const filled = steps === 0 ? 0 : Math.round((done / steps) * BAR);
  return `${green('█'.repeat(filled))}${dim('░'.repeat(BAR - filled))} ${`${done}/${steps}`.padStart(5)}`;
}
