import { cut, cutMiddle, fit, width } from './ansi.ts';

/** A cell, styled after it was cut to its column. */
export interface Cell {
  text: string;
  style?: (text: string) => string;
}

const GAP = 2;
/** A name is not cut further than this while a column can be left out instead. */
const LEAST_NAME = 20;

/**
 * Rows as lines of at most `columns`, columns aligned and two apart. Where there is no room, the first column gives way
 * (cut in its middle, as names are), then columns are left out from the right, never to less than `keep` of them.
 */
export function table(all: readonly Cell[][], columns: number, keep: number): string[] {
  const rows = withoutEmptyColumns(all);
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => width(row[i]!.text))));
  const others = () => widths.slice(1).reduce((sum, one) => sum + one + GAP, 0);
  const least = Math.min(widths[0] ?? 0, LEAST_NAME);
  while (widths.length > keep && others() + least > columns) widths.pop();
  widths[0] = Math.max(1, Math.min(widths[0] ?? 1, columns - others()));
  return rows.map((row) => {
    const cells = widths.map((cellWidth, i) => {
      const { text, style } = row[i]!;
      const fitted = fit(i === 0 ? cutMiddle(text, cellWidth) : text, cellWidth);
      return style ? style(fitted) : fitted;
    });
    return cut(cells.join(' '.repeat(GAP)).trimEnd(), columns);
  });
}

function withoutEmptyColumns(rows: readonly Cell[][]): Cell[][] {
  const filled = (rows[0] ?? []).map((_, i) => i === 0 || rows.some((row) => row[i]!.text !== ''));
  return rows.map((row) => row.filter((_, i) => filled[i]));
}
