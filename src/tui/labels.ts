import type { VerdictStatus } from '../grade/verdict.ts';
import type { StepView } from '../lab/session-view.ts';
import type { Second } from './traffic-history.ts';
import { cyan, dim, green, magenta, red, yellow, type Style } from './text/ansi.ts';

export const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

export const spinner = (frame: number): string => SPINNER[frame % SPINNER.length]!;

export const verdictGlyph: Record<VerdictStatus, string> = {
  pass: green('✓'),
  fail: red('✗'),
  pending: yellow('…'),
  unevaluable: magenta('?'),
};

export const stepGlyph: Record<StepView['state'], string> = { passed: green('●'), current: cyan('◉'), todo: dim('○') };

const cniStyles: Record<string, Style> = { cilium: cyan, calico: magenta, host: dim };

/** Each CNI keeps its colour on every screen, so that a migration can be seen going on. */
export const cniStyle = (cni: string): Style => cniStyles[cni] ?? ((text) => text);

const MARK: Record<Second, string> = { ok: '▁', lost: '█', silent: ' ' };

/** Seconds of traffic as a strip, oldest first. */
export const strip = (seconds: readonly Second[]): string => seconds.map((second) => MARK[second]).join('');

export const stripStyle: Style = (text) => text.replaceAll(/▁+/g, green).replaceAll(/█+/g, red);
