import type { SessionView } from '../../lab/session-view.ts';
import { bold, cyan, dim, green, hang, plain, red, spread } from '../text/ansi.ts';
import { spinner } from '../labels.ts';
import type { UiState } from '../state.ts';

type Action = SessionView['provisioning'][number];

/** What is being done to get the cluster, in order; why it failed, and what to try. */
export function provisioningLines({ view, session }: UiState, columns: number, frame: number): string[] {
  const failure = session?.failure ?? view?.failure;
  const actions = view?.provisioning ?? [];
  const waiting = actions.length === 0 && !failure ? [`${cyan(spinner(frame))} Starting the session`] : [];
  return [
    ...waiting,
    ...actions.flatMap((action) => actionLines(action, columns, frame)),
    ...(failure ? failureLines(failure, columns) : []),
  ];
}

function actionLines(action: Action, columns: number, frame: number): string[] {
  const glyph = { waiting: dim('·'), running: cyan(spinner(frame)), done: green('✓'), failed: red('✗') }[action.state];
  const time = action.ms === undefined ? '' : dim(duration(action.ms));
  const title = action.state === 'waiting' ? dim(plain(action.title)) : plain(action.title);
  return [spread(`${glyph} ${title}`, time, columns), ...(action.detail ? hang('  ', dim(plain(action.detail)), columns) : [])];
}

/** `340 ms`, `12.4 s`, `3 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

function failureLines(failure: { message: string; fix?: string | undefined }, columns: number): string[] {
  const message = plain(failure.message).split('\n');
  return [
    '',
    ...message.flatMap((line, i) => hang(i === 0 ? `${red('✗')} ` : '  ', i === 0 ? bold(line) : line, columns)),
    ...(failure.fix
      ? plain(failure.fix)
          .split('\n')
          .flatMap((line, i) => hang(i === 0 ? `${cyan('→')} ` : '  ', line, columns))
      : []),
  ];
}
