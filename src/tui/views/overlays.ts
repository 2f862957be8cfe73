import { bold, cyan, dim, plain, spread } from '../text/ansi.ts';
import { stepGlyph } from '../labels.ts';
import { helpFor } from '../keymap.ts';
import type { UiState } from '../state.ts';

export function helpLines(state: UiState, columns: number): string[] {
  const keys = helpFor(state);
  const widest = Math.max(...keys.map(({ keys: names }) => names.length));
  return [
    ...keys.map(({ keys: names, does }) => `${cyan(names.padEnd(widest))}  ${does}`),
    '',
    ...['pass', 'fail', 'on its way', 'could not be seen: never held against you'].map(
      (meaning, i) => `${['✓', '✗', '…', '?'][i]}  ${dim(meaning)}`,
    ),
  ].map((line) => spread(line, '', columns).trimEnd());
}

export function resetLines({ view, chosen }: UiState, columns: number): string[] {
  return [
    bold('Put the cluster and your progress back to the moment before:'),
    '',
    ...(view?.steps ?? []).map((step, i) => {
      const line = `${stepGlyph[step.state]} ${String(i + 1).padStart(2)} ${plain(step.title)}`;
      return spread(i === chosen ? `${cyan('▸')} ${bold(line)}` : `  ${line}`, '', columns).trimEnd();
    }),
  ];
}
