import { labEntries } from './views/labs.ts';
import { isFinished, shownStep, type Command, type PlainCommand, type UiState } from './state.ts';

/** One line of the keymap: what the help shows is what the keyboard does. */
export interface Binding {
  /** Names as `keyName` gives them. */
  on: string[];
  /** As shown to a person. */
  keys: string;
  /** One or two words for the footer; absent: in the help only. */
  short?: string;
  does: string;
  /** Undefined: the key does nothing at this moment. */
  command: (state: UiState) => Command | undefined;
}

const scrolling: Binding[] = [
  { on: ['up', 'k'], keys: '↑ k', does: 'a line up', command: () => ({ type: 'scroll', by: -1 }) },
  { on: ['down', 'j'], keys: '↓ j', does: 'a line down', command: () => ({ type: 'scroll', by: 1 }) },
  { on: ['pageup', 'b'], keys: 'PgUp b', does: 'a page up', command: () => ({ type: 'scroll', by: '-page' }) },
  { on: ['pagedown', 'space'], keys: 'PgDn Space', does: 'a page down', command: () => ({ type: 'scroll', by: 'page' }) },
  { on: ['home', 'g'], keys: 'Home g', does: 'to the start', command: () => ({ type: 'scroll', by: 'start' }) },
  { on: ['end', 'G'], keys: 'End G', does: 'to the end', command: () => ({ type: 'scroll', by: 'end' }) },
];

const ask = (question: string, yes: Command): Command => ({ type: 'ask', question, yes });

const askStop = (session: string): Command =>
  ask(`End session ${session} and its cluster? Progress is kept.`, { type: 'stop-session', session });

const simple = (type: PlainCommand, on: string[], keys: string, does: string, short?: string): Binding => ({
  on,
  keys,
  does,
  ...(short && { short }),
  command: () => ({ type }),
});

const help = simple('help', ['?'], '?', 'all keys', 'all keys');
const quit = simple('quit', ['q', 'ctrl+c'], 'q', 'quit; the session keeps running', 'quit');
const labs = simple('labs', ['l'], 'l', 'back to the labs; the session keeps running', 'labs');
const stop: Binding = {
  on: ['Q', 'd'],
  keys: 'Q d',
  does: 'end the session; your progress is kept',
  command: ({ session }) => (session?.name === undefined ? undefined : askStop(session.name)),
};

const labList: Binding[] = [
  ...scrolling,
  simple('open', ['enter'], 'Enter', 'start the lab, or go on with its session', 'start or go on'),
  {
    on: ['d'],
    keys: 'd',
    short: 'end session',
    does: 'end the running session; progress is kept',
    command: ({ labs: known, selected }) => {
      const session = labEntries(known ?? [])[selected]?.session;
      return session && askStop(session.name);
    },
  },
  help,
  { ...quit, does: 'quit' },
];

const working: Binding[] = [
  { on: ['tab'], keys: 'Tab', short: 'pane', does: 'next pane', command: () => ({ type: 'focus', by: 1 }) },
  { on: ['shift+tab'], keys: 'Shift-Tab', does: 'pane before', command: () => ({ type: 'focus', by: -1 }) },
  simple('shell', ['x', '!'], 'x !', 'a shell with kubectl for this cluster; exit returns', 'shell'),
  simple('hint', ['h'], 'h', 'the next hint', 'hint'),
  {
    on: ['s'],
    keys: 's',
    short: 'solve',
    does: 'run the solution of the current step',
    command: (state) => {
      const step = state.view?.steps.find(({ id }) => id === state.view?.current);
      return step && ask(`Run the solution of “${step.title}” for you?`, { type: 'solve' });
    },
  },
  simple('choose-reset', ['r'], 'r', 'put the cluster back to the moment before a step', 'reset'),
  simple('check', ['c'], 'c', 'evaluate the checks now', 'check'),
  { on: ['left', 'p'], keys: '← p', short: 'steps', does: 'look at the step before', command: () => ({ type: 'look', by: -1 }) },
  { on: ['right', 'n'], keys: '→ n', does: 'look at the next step', command: () => ({ type: 'look', by: 1 }) },
  simple('continue', ['enter', 'escape'], 'Enter', 'on to the current step'),
  ...scrolling,
  labs,
  stop,
  help,
  quit,
];

const ended = new Set(['Tab', 'Shift-Tab', 'h', 's', 'c', '→ n', 'Enter']);
/** The lab is over: nothing to check, solve or ask for. */
const finished = working.filter(({ keys }) => !ended.has(keys));

/** The cluster may be half-built: leaving asks first. */
const waiting: Binding[] = [
  {
    on: ['q', 'ctrl+c', 'escape'],
    keys: 'q Ctrl-C',
    short: 'cancel',
    does: 'cancel, leaving nothing running',
    command: () => ask('Cancel, and remove what was set up so far?', { type: 'cancel' }),
  },
  help,
  ...scrolling,
];

const failed: Binding[] = [
  simple('open', ['enter'], 'Enter', 'try again', 'try again'),
  { ...labs, does: 'back to the labs' },
  ...scrolling,
  help,
  { ...quit, does: 'quit' },
];

const question: Binding[] = [
  { on: ['y', 'Y', 'ctrl+c'], keys: 'y', short: 'yes', does: 'yes', command: () => ({ type: 'yes' }) },
  { on: ['n', 'N', 'q', 'escape'], keys: 'n', short: 'no', does: 'no', command: () => ({ type: 'close' }) },
];

const helpKeys: Binding[] = [...scrolling, simple('close', ['?', 'q', 'escape', 'enter', 'ctrl+c'], '?', 'back', 'back')];

const resetKeys: Binding[] = [
  ...scrolling,
  {
    on: ['enter'],
    keys: 'Enter',
    short: 'reset to this step',
    does: 'reset to the chosen step',
    command: ({ view, chosen }) => {
      const step = view?.steps[chosen];
      return step && ask(`Put everything back to the moment before “${step.title}”?`, { type: 'reset', step: step.id });
    },
  },
  simple('close', ['escape', 'q', 'r', 'ctrl+c'], 'Esc', 'back', 'back'),
];

export type Mode = 'question' | 'help' | 'reset' | 'labs' | 'failed' | 'waiting' | 'finished' | 'working';

export function modeOf(state: UiState): Mode {
  if (state.question) return 'question';
  if (state.overlay) return state.overlay;
  return screenOf(state);
}

/** What is on screen under questions and overlays. */
export function screenOf(state: UiState): Exclude<Mode, 'question' | 'help' | 'reset'> {
  if (state.screen === 'labs') return 'labs';
  if (state.session?.connection === 'failed' || state.view?.phase === 'failed') return 'failed';
  if (state.view?.phase !== 'ready') return state.session?.connection === 'lost' ? 'failed' : 'waiting';
  return isFinished(state) ? 'finished' : 'working';
}

const bindings: Record<Mode, Binding[]> = {
  question,
  help: helpKeys,
  reset: resetKeys,
  labs: labList,
  failed,
  waiting,
  finished,
  working,
};

/** What the key asks for at this moment. */
export function commandFor(state: UiState, key: string): Command | undefined {
  return bindings[modeOf(state)].find(({ on }) => on.includes(key))?.command(state);
}

/** The keys of the screen under the overlay, for the help. */
export const helpFor = (state: UiState): Binding[] => bindings[screenOf(state)];

/** The footer: in the order of the keymap, help and quit last. */
export function footerFor(state: UiState): { keys: string; short: string }[] {
  const shown = bindings[modeOf(state)].flatMap(({ keys, short }) => (short ? [{ keys: keys.split(' ')[0]!, short }] : []));
  if (modeOf(state) === 'working' && state.shown !== undefined && shownStep(state)) shown.unshift({ keys: 'Enter', short: 'go on' });
  return shown;
}

interface InkKey {
  upArrow: boolean;
  downArrow: boolean;
  leftArrow: boolean;
  rightArrow: boolean;
  pageUp: boolean;
  pageDown: boolean;
  home: boolean;
  end: boolean;
  return: boolean;
  escape: boolean;
  tab: boolean;
  shift: boolean;
  ctrl: boolean;
  meta: boolean;
}

const NAMED = {
  upArrow: 'up',
  downArrow: 'down',
  leftArrow: 'left',
  rightArrow: 'right',
  pageUp: 'pageup',
  pageDown: 'pagedown',
  home: 'home',
  end: 'end',
  return: 'enter',
  escape: 'escape',
} as const;

/** Ink's input as names; fast typing may come as several characters at once. */
export function keyNames(input: string, key: InkKey): string[] {
  for (const [field, name] of Object.entries(NAMED)) if (key[field as keyof typeof NAMED]) return [name];
  if (key.tab) return [key.shift ? 'shift+tab' : 'tab'];
  if (key.ctrl) return [`ctrl+${input}`];
  if (key.meta) return [];
  return Array.from(input, (char) => (char === ' ' ? 'space' : char === '\r' || char === '\n' ? 'enter' : char));
}
