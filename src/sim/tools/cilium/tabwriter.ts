import { stripVTControlCharacters } from 'node:util';

const width = (cell: string) => [...stripVTControlCharacters(cell)].length;

/**
 * Columns as Go's text/tabwriter makes them: a column is a run of lines that have a cell there with another one
 * behind it, and is as wide as the widest of these; the last cell of a line takes no part.
 */
export function tabulate(lines: readonly (readonly string[])[], padding = 4): string {
  const inColumn = (line: number, column: number) => column < (lines[line]?.length ?? 0) - 1;
  const columnWidth = (line: number, column: number): number => {
    let first = line;
    while (inColumn(first - 1, column)) first--;
    let widest = 0;
    for (let at = first; inColumn(at, column); at++) widest = Math.max(widest, width(lines[at]![column]!));
    return widest + padding;
  };
  return lines
    .map((cells, line) => {
      const padded = cells.map((cell, column) =>
        inColumn(line, column) ? cell + ' '.repeat(columnWidth(line, column) - width(cell)) : cell,
      );
      return `${padded.join('').trimEnd()}\n`;
    })
    .join('');
}
