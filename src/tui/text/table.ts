import { cut, cutMiddle, fit, width } from './ansi.ts';

/** A cell, styled after it was cut to its column. */
export interface Cell {
  text: string;
  style?: (text: string) => string;
}

const GAP = 2;

/**
 * Rows as lines of at most `columns`, columns aligned and two apart. Column `flexible` gives way first (cut in its
 * middle, as names are), then whole columns are left out from the right, never to less than `keep` of them.
 */
export function table(rows: readonly Cell[][], columns: number, options: { flexible: number; keep: number }): string[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, i) => Math.max(...rows.map((row) => width(row[i]?.text ?? ''))));
  const least = Math.min(widths[options.flexible] ?? 0, 12);
  const others = () => widths.reduce((sum, one, i) => sum + (i === options.flexible ? 0 : one) + (i === 0 ? 0 : GAP), 0);
  while (widths.length > options.keep && others() + least > columns) widths.pop();
  widths[options.flexible] = Math.max(1, Math.min(widths[options.flexible] ?? 1, columns - others()));
  return rows.map((row) => {
    const cells = widths.map((cellWidth, i) => {
      const { text, style } = row[i] ?? { text: '' };
      const short = i === options.flexible ? cutMiddle(text, cellWidth) : text;
      const fitted = fit(short, cellWidth);
      return style ? style(fitted) : fitted;
    });
    return cut(cells.join(' '.repeat(GAP)).trimEnd(), columns);
  });
}
