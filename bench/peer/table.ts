/** A figure: what was measured here and at the peer, and whether the goal is met. */
export interface Row {
  figure: string;
  simulated: string;
  peer?: string;
  goal: string;
  met: boolean | undefined;
}

export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

export function printTable(rows: readonly Row[]): void {
  const cells = [
    ['figure', 'simulated', 'peer', 'goal', ''],
    ...rows.map(({ figure, simulated, peer = '–', goal, met }) => [
      figure,
      simulated,
      peer,
      goal,
      met === undefined ? 'not compared' : met ? '✓' : '✗',
    ]),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  for (const row of cells)
    console.log(
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    );
}
