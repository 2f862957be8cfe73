import { lastScroll, FRAME } from './text/frame.ts';
import { markdown } from './text/markdown.ts';
import { helpLines, resetLines } from './views/overlays.ts';
import { checksLines, checksTally } from './views/checks.ts';
import { clusterLines } from './views/cluster.ts';
import { finishedLines } from './views/finished.ts';
import { noticeLines } from './views/footer.ts';
import { labLines } from './views/labs.ts';
import { provisioningLines } from './views/provisioning.ts';
import { screenOf } from './keymap.ts';
import { PANES, shownStep, type Pane, type Size, type UiState } from './state.ts';

/** From this width on, all panes are seen at once; below it, one at a time. */
export const WIDE = 110;

/** A frame on the screen: what is in it, where, and how far it is scrolled. */
export interface Placed {
  title: string;
  lines: string[];
  columns: number;
  rows: number;
  scroll: number;
  focused: boolean;
  pane?: Pane;
}

/** Rows between the header and the footer. */
export const bodyRows = (state: UiState, size: Size): number => size.rows - 2 - noticeLines(state, size.columns, 0).length;

/** The frames of the body: side by side in `left` and `right`, or `left` alone. */
export function layout(state: UiState, size: Size, frame: number): { left: Placed[]; right: Placed[] } {
  const rows = bodyRows(state, size);
  const inner = size.columns - FRAME.columns;
  const whole = (title: string, lines: string[], scroll: number) => ({
    left: [{ title, lines, scroll, columns: size.columns, rows, focused: true }],
    right: [],
  });
  if (state.overlay === 'help') return whole('Keys', helpLines(state, inner), state.chosen);
  if (state.overlay === 'reset') return whole('Reset', resetLines(state, inner), keepVisible(state.chosen, state.chosen + 2, rows));
  switch (screenOf(state)) {
    case 'labs': {
      const { lines, first, last } = labLines(state, inner, frame);
      return whole('Labs', lines, keepVisible(first, last, rows));
    }
    case 'waiting':
    case 'failed':
      return whole('Setting up', provisioningLines(state, inner, frame), state.scroll.instructions);
    case 'finished':
      return whole('Finished', finishedLines(state, inner), state.scroll.instructions);
    case 'working':
      return size.columns >= WIDE ? sideBySide(state, size, rows, frame) : tabs(state, size, rows, frame);
  }
}

/** Scrolls so far that `last` is seen, but never past `first`. */
const keepVisible = (first: number, last: number, rows: number): number => Math.max(0, Math.min(first, last + 1 - (rows - FRAME.rows)));

function content(state: UiState, pane: Pane, columns: number, frame: number): string[] {
  if (pane === 'instructions') return markdown(shownStep(state)?.instructions ?? '', columns);
  return pane === 'checks' ? checksLines(state, columns, frame) : clusterLines(state, columns);
}

function title(state: UiState, pane: Pane): string {
  if (pane === 'cluster') return `Cluster${losing(state) ? ' ✗ losing' : ''}`;
  return pane === 'checks' ? `Checks ${checksTally(state)}`.trim() : 'Instructions';
}

const losing = ({ view }: UiState): boolean => view?.traffic.some((client) => client.state === 'lost') ?? false;

function place(state: UiState, pane: Pane, columns: number, rows: number, frame: number): Placed {
  const lines = content(state, pane, columns - FRAME.columns, frame);
  return { pane, title: title(state, pane), lines, columns, rows, scroll: state.scroll[pane], focused: state.focus === pane };
}

/** Instructions at the left; checks as high as they need at the upper right, up to half, the cluster under them. */
function sideBySide(state: UiState, { columns }: Size, rows: number, frame: number): { left: Placed[]; right: Placed[] } {
  const leftColumns = Math.min(100, Math.floor(columns / 2));
  const rightColumns = columns - leftColumns;
  const cluster = place(state, 'cluster', rightColumns, rows, frame);
  const checks = place(state, 'checks', rightColumns, rows, frame);
  const wanted = (placed: Placed) => placed.lines.length + FRAME.rows;
  const half = Math.floor(rows / 2);
  checks.rows = Math.min(wanted(checks), Math.max(half, rows - wanted(cluster)), rows - 4);
  cluster.rows = rows - checks.rows;
  return { left: [place(state, 'instructions', leftColumns, rows, frame)], right: [checks, cluster] };
}

function tabs(state: UiState, { columns }: Size, rows: number, frame: number): { left: Placed[]; right: Placed[] } {
  const tab = place(state, state.focus, columns, rows, frame);
  const names = PANES.map((pane) => (pane === state.focus ? `▸ ${title(state, pane)}` : title(state, pane)));
  return { left: [{ ...tab, title: names.join(' │ ') }], right: [] };
}

/** Greatest scroll offset of what the scroll keys move at this moment, and the page they turn. */
export function scrollBounds(state: UiState, size: Size): { last: number; page: number } {
  const { left, right } = layout(state, size, 0);
  const target = [...left, ...right].find(({ focused }) => focused);
  const rows = (target?.rows ?? 0) - FRAME.rows;
  return { last: lastScroll(target?.lines.length ?? 0, rows), page: Math.max(1, rows - 1) };
}
