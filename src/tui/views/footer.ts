import { bold, cyan, dim, fit, green, inverse, plain, red, spread, width, wrap, yellow } from '../text/ansi.ts';
import { footerFor } from '../keymap.ts';
import { isFinished, shownStep, type UiState } from '../state.ts';
import { spinner, strip, stripStyle } from '../labels.ts';

const NOTICE_LINES = 4;

/** A question, a message or what is awaited: one line at least, so that the panes above stay where they are. */
export function noticeLines(state: UiState, columns: number, frame: number): string[] {
  const counter = traffic(state);
  const lines = noticeText(state, frame).flatMap((line) => wrap(line, columns - 2));
  if (lines.length > 1) return lines.slice(0, NOTICE_LINES).map((line) => fit(` ${line}`, columns));
  const [line = ''] = lines;
  const room = width(line) + width(counter) + 4 <= columns;
  return [spread(` ${line}`, room ? `${counter} ` : '', columns)];
}

/** Losses are in sight on every pane. */
function traffic({ view, traffic: history }: UiState): string {
  if (!view || view.traffic.length === 0) return '';
  const lost = view.traffic.reduce((sum, client) => sum + client.lostSinceStep, 0);
  const count = `${lost} lost since the step began`;
  return `${stripStyle(strip(history.all.slice(-20)))} ${lost > 0 ? red(count) : count}`;
}

function noticeText(state: UiState, frame: number): string[] {
  const { question, notice, busy, session, passed } = state;
  if (question) return [`${bold(yellow(plain(question.text)))} ${inverse(' y ')} yes  ${inverse(' n ')} no`];
  if (notice) {
    const style = { info: (text: string) => text, good: green, bad: red }[notice.tone];
    return [style(plain(notice.text)), ...(notice.fix ? [`${cyan('→')} ${plain(notice.fix)}`] : [])];
  }
  if (busy !== undefined) return [`${cyan(spinner(frame))} ${plain(busy)}`];
  if (session?.connection === 'lost') return [`${red("The session's process ended.")} Your progress is kept: Enter resumes it.`];
  if (passed !== undefined) return [bold(green(`★ Step passed: ${plain(shownStep(state)?.title ?? passed)}. Enter goes on.`))];
  if (state.shown !== undefined && !isFinished(state)) return [dim('Not the current step. Enter returns to it.')];
  return [];
}

/** The keys, as many as there is room for: the last one listed first gives way, help and quit never do. */
export function footer(state: UiState, columns: number): string {
  const keys = footerFor(state).map(({ keys: names, short }) => `${cyan(bold(names))} ${short}`);
  const total = () => keys.reduce((sum, key) => sum + width(key) + 2, 0);
  while (total() > columns && keys.length > 2) keys.splice(-3, 1);
  return fit(` ${keys.join('  ')}`, columns);
}
