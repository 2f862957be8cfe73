import type { SessionView } from '../../lab/session-view.ts';
import { bold, cut, dim, green, inverse, plain, spread, width, yellow } from '../text/ansi.ts';
import { stepGlyph } from '../labels.ts';
import { shownStep, type UiState } from '../state.ts';

/** Lab and step at the left, what the results are worth at the right. */
export function header(state: UiState, columns: number): string {
  const { view, session } = state;
  if (!session) return spread(` ${bold('kindlab')}`, `${dim('Kubernetes networking, hands on')} `, columns);
  const badges = badgesOf(view).join('  ');
  const progress = view?.phase === 'ready' ? `  ${position(state)}` : '';
  // The lab is known; which step it is matters more.
  const room = Math.max(LEAST_TITLE, columns - width(progress) - width(badges) - 3);
  const title = cut(plain(view?.lab?.title ?? session.lab.title), room);
  return spread(` ${bold(title)}${progress}`, `${badges} `, columns);
}

const LEAST_TITLE = 12;

function badgesOf(view: SessionView | undefined): string[] {
  if (!view) return [];
  const { speed } = view.clock;
  const backend = view.simulated ? inverse(' SIMULATED ') : inverse(green(` ${view.backend.toUpperCase()} `));
  if (view.phase !== 'ready' || speed === 1) return [backend];
  return [yellow(speed === 0 ? 'clock paused' : `clock ×${speed}`), backend];
}

function position(state: UiState): string {
  const steps = state.view?.steps ?? [];
  const shown = shownStep(state);
  const dots = steps.length > 20 ? '' : `${steps.map((step) => stepGlyph[step.state]).join('')} `;
  if (!shown) return `${dots}${green(`${steps.length}/${steps.length} done`)}`;
  return `${dots}${dim('step')} ${steps.indexOf(shown) + 1}/${steps.length}  ${plain(shown.title)}`;
}
