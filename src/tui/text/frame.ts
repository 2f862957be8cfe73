import { bold, cut, cyan, dim, fit, width } from './ansi.ts';

export interface FrameProps {
  /** May be styled. */
  title: string;
  lines: readonly string[];
  /** Index of the first visible line; kept within bounds here. */
  scroll: number;
  /** Outer size. */
  columns: number;
  rows: number;
  focused: boolean;
}

/** Rows and columns of a frame that are not its content's. */
export const FRAME = { rows: 2, columns: 4 } as const;

/** The greatest scroll offset at which the last line is still at the bottom. */
export const lastScroll = (lines: number, rows: number): number => Math.max(0, lines - rows);

/** A bordered pane with its title in the border, and how much is above and below it. */
export function frame({ title, lines, scroll, columns, rows, focused }: FrameProps): string[] {
  const inner = columns - FRAME.columns;
  const height = Math.max(0, rows - FRAME.rows);
  const start = Math.min(Math.max(0, scroll), lastScroll(lines.length, height));
  const below = Math.max(0, lines.length - start - height);
  const border = focused ? cyan : dim;
  const visible = Array.from({ length: height }, (_, i) => fit(lines[start + i] ?? '', inner));
  return [
    edge('╭', '╮', focused ? bold(title) : title, start > 0 ? `↑ ${start}` : '', columns, border),
    ...visible.map((line) => `${border('│')} ${line} ${border('│')}`),
    edge('╰', '╯', '', below > 0 ? `↓ ${below} more` : '', columns, border),
  ];
}

function edge(left: string, right: string, title: string, note: string, columns: number, border: (text: string) => string): string {
  const tail = note === '' ? '' : ` ${note} ${border('─')}`;
  const head = title === '' ? '' : ` ${cut(title, columns - width(tail) - 5)} `;
  const rest = Math.max(0, columns - 3 - width(head) - width(tail));
  return `${border(`${left}─`)}${head}${border('─'.repeat(rest))}${tail}${border(right)}`;
}
