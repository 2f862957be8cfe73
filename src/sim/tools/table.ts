const width = (cell: string) => [...cell].length;

/** Rows in columns. Helm's own look: every cell padded, a tab between; kubectl's and kind's: three spaces. */
export function table(rows: readonly (readonly string[])[], separator: string, padLast = false): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) => Math.max(0, ...rows.map((row) => width(row[column] ?? ''))));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column < row.length - 1 || padLast ? cell + ' '.repeat(widths[column]! - width(cell)) : cell))
      .join(separator);
  return rows.map((row) => `${line(row)}\n`).join('');
}
