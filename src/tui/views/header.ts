import { bold, dim, green, inverse, plain, spread, yellow } from '../text/ansi.ts';
import { stepGlyph } from '../labels.ts';
import { shownStep, type UiState } from '../state.ts';

/** Lab and step at the left, what the results are worth at the right. */
export function header(state: UiState, columns: number): string {
  const { view, session } = state;
  if (!session) return spread(` ${bold('kindlab')}`, `${dim('Kubernetes networking, hands on')} `, columns);
  const title = bold(plain(view?.lab?.title ?? session.lab.title));
  const badges: string[] = [];
  if (view && view.phase === 'ready' && view.clock.speed !== 1)
    badges.push(yellow(view.clock.speed === 0 ? 'clock paused' : `clock ×${view.clock.speed}`));
  if (view) badges.push(view.simulated ? inverse(' SIMULATED ') : inverse(green(` ${view.backend.toUpperCase()} `)));
  const progress = view?.phase === 'ready' ? `  ${position(state)}` : '';
  return spread(` ${title}${progress}`, `${badges.join('  ')} `, columns);
}

function position(state: UiState): string {
  const steps = state.view?.steps ?? [];
  const shown = shownStep(state);
  const dots = steps.length > 20 ? '' : `${steps.map((step) => stepGlyph[step.state]).join('')} `;
  if (!shown) return `${dots}${green(`${steps.length}/${steps.length} done`)}`;
  return `${dots}${dim('step')} ${steps.indexOf(shown) + 1}/${steps.length}  ${plain(shown.title)}`;
}
