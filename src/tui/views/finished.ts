import { bold, dim, green, hang, plain, red, spread, yellow } from '../text/ansi.ts';
import type { UiState } from '../state.ts';

/** The lab's last screen: what was done, what it cost the traffic. */
export function finishedLines({ view }: UiState, columns: number): string[] {
  if (!view) return [];
  const solved = view.steps.filter((step) => step.solved).length;
  const byHand = view.steps.length - solved;
  const lost = view.traffic.reduce((sum, client) => sum + client.lost, 0);
  const asked = lost + view.traffic.reduce((sum, client) => sum + client.ok, 0);
  return [
    bold(green(`✓ ${plain(view.lab?.title ?? view.name)}: all ${view.steps.length} steps passed.`)),
    '',
    solved === 0 ? 'Every step by your own hand.' : `${byHand} by your own hand, ${solved} solved for you.`,
    ...(asked > 0 ? [`The demo's clients asked ${asked} times and lost ${lost === 0 ? green('none') : red(String(lost))}.`] : []),
    '',
    ...view.steps.flatMap((step, i) =>
      hang(
        `${green('✓')} ${String(i + 1).padStart(2)} `,
        step.solved ? spread(plain(step.title), yellow('solved for you'), columns - 5) : plain(step.title),
        columns,
      ),
    ),
    '',
    dim('The cluster is still there to play with: x opens a shell, ← shows the steps again, r resets to one of them.'),
  ].flatMap((line) => hang('', line, columns));
}
