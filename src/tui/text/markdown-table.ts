import type { Tokens } from 'marked';
import { bold, dim, fit, width, wrap } from './ansi.ts';
import { inline } from './markdown-inline.ts';

const SEPARATOR = 3;

/** A table whose cells wrap; the widest columns give way until it fits. */
export function markdownTable(token: Tokens.Table, columns: number): string[] {
  const header = token.header.map((cell) => bold(inline(cell.tokens)));
  const rows = token.rows.map((row) => row.map((cell) => inline(cell.tokens)));
  const widths = shrink(
    header.map((cell, i) => Math.max(1, width(cell), ...rows.map((row) => longestLine(row[i] ?? '')))),
    columns - SEPARATOR * (header.length - 1),
  );
  const rule = dim(widths.map((cellWidth) => '─'.repeat(cellWidth)).join('─┼─'));
  return [...tableRow(header, widths), rule, ...rows.flatMap((row) => tableRow(row, widths))];
}

const longestLine = (text: string): number => Math.max(...text.split('\n').map(width));

function shrink(natural: readonly number[], columns: number): number[] {
  const widths = [...natural];
  const total = () => widths.reduce((sum, one) => sum + one, 0);
  while (total() > columns && Math.max(...widths) > 1) widths[widths.indexOf(Math.max(...widths))]! -= 1;
  return widths;
}

function tableRow(cells: readonly string[], widths: readonly number[]): string[] {
  const wrapped = widths.map((cellWidth, i) => wrap(cells[i] ?? '', cellWidth));
  const height = Math.max(...wrapped.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    widths.map((cellWidth, i) => fit(wrapped[i]![line] ?? '', cellWidth)).join(dim(' │ ')),
  );
}
