import { screenOf } from './keymap.ts';
import { scrollBounds } from './layout.ts';
import { follow, look, PANES, shownStep, type Command, type Size, type UiState } from './state.ts';
import { labEntries } from './views/labs.ts';

/** Carries out what concerns the screen alone; the controller does the rest. */
export function update(state: UiState, command: Command, size: Size): UiState {
  switch (command.type) {
    case 'scroll':
      return scroll(state, command.by, size);
    case 'focus':
      return { ...state, focus: PANES[(PANES.indexOf(state.focus) + command.by + PANES.length) % PANES.length]! };
    case 'look':
      return look(state, command.by);
    case 'continue':
      return follow(state);
    case 'ask':
      return { ...state, question: { text: command.question, yes: command.yes } };
    case 'help':
      return { ...state, overlay: 'help', chosen: 0 };
    case 'choose-reset':
      return chooseReset(state);
    case 'close':
      return close(state);
    default:
      return state;
  }
}

/** The step on screen is the likely one. */
function chooseReset(state: UiState): UiState {
  const steps = state.view?.steps ?? [];
  if (steps.length === 0) return state;
  const shown = shownStep(state);
  return { ...state, overlay: 'reset', chosen: shown ? steps.indexOf(shown) : steps.length - 1 };
}

/** Takes away what lies on top: the question first, then the overlay. */
export function close(state: UiState): UiState {
  const { question, overlay, ...rest } = state;
  return question && overlay ? { ...rest, overlay } : rest;
}

function scroll(state: UiState, by: Extract<Command, { type: 'scroll' }>['by'], size: Size): UiState {
  const clamp = (value: number, last: number) => Math.max(0, Math.min(last, value));
  const { last, page } = scrollBounds(state, size);
  const steps = { page, '-page': -page, start: -Infinity, end: Infinity };
  const delta = typeof by === 'number' ? by : steps[by];
  if (state.overlay) {
    const end = state.overlay === 'reset' ? (state.view?.steps.length ?? 1) - 1 : last;
    return { ...state, chosen: clamp(state.chosen + delta, end) };
  }
  const screen = screenOf(state);
  if (screen === 'labs') return { ...state, selected: clamp(state.selected + delta, Math.max(0, labEntries(state.labs ?? []).length - 1)) };
  const pane = screen === 'working' ? state.focus : 'instructions';
  // What is on screen may have become shorter than the offset since the last key.
  return { ...state, scroll: { ...state.scroll, [pane]: clamp(Math.min(state.scroll[pane], last) + delta, last) } };
}
