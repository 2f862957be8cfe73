import { Box, Text, useAnimation, useApp, useInput, usePaste, useWindowSize } from 'ink';
import { stripVTControlCharacters } from 'node:util';
import { useStore } from 'zustand';
import type { Controller } from './controller.ts';
import { keyNames } from './keymap.ts';
import { layout, type Placed } from './layout.ts';
import type { Size, UiState } from './state.ts';
import type { Store } from './store.ts';
import { frame as framed } from './text/frame.ts';
import { footer, noticeLines } from './views/footer.ts';
import { header } from './views/header.ts';

export interface AppProps {
  readonly store: Store;
  readonly controller: Controller;
  readonly color: boolean;
}

/** Joins the store, the keyboard and the terminal's size to the screen. */
export function App({ store, controller, color }: AppProps) {
  const state = useStore(store);
  const size = useWindowSize();
  const { exit, suspendTerminal } = useApp();
  const { frame } = useAnimation({ interval: 100, isActive: isWaiting(state) });
  const terminal = { exit: () => exit(), suspend: suspendTerminal };
  useInput((input, key) => {
    for (const name of keyNames(input, key)) void controller.press(name, size, terminal);
  });
  // Pasted text must not run as commands, letter by letter.
  usePaste(() => store.setState({ notice: { tone: 'info', text: 'Pasted text belongs in the shell: x opens it.' } }));
  return <Screen state={state} size={size} frame={frame} color={color} />;
}

const isWaiting = ({ screen, labs, busy, view, session }: UiState): boolean =>
  busy !== undefined ||
  view?.activity !== undefined ||
  (screen === 'labs' ? !labs : session?.connection !== 'lost' && view?.phase !== 'ready');

export interface ScreenProps {
  readonly state: UiState;
  readonly size: Size;
  /** Of the spinners. */
  readonly frame: number;
  readonly color: boolean;
}

const LEAST: Size = { columns: 40, rows: 10 };

/** The whole screen as a function of the state. */
export function Screen({ state, size, frame, color }: ScreenProps) {
  if (size.columns < LEAST.columns || size.rows < LEAST.rows) {
    return <Lines color={false} lines={['Too small:', `${size.columns}×${size.rows}, needs`, '80×24. q quits.'].slice(0, size.rows)} />;
  }
  const { left, right } = layout(state, size, frame);
  return (
    <Box flexDirection="column">
      <Lines color={color} lines={[header(state, size.columns)]} />
      <Box>
        <Column color={color} frames={left} />
        <Column color={color} frames={right} />
      </Box>
      <Lines color={color} lines={[...noticeLines(state, size.columns, frame), footer(state, size.columns)]} />
    </Box>
  );
}

function Column({ frames, color }: { readonly frames: readonly Placed[]; readonly color: boolean }) {
  return <Lines color={color} lines={frames.flatMap(framed)} />;
}

/** Lines that already have their final width: one text node, so that a frame costs little. */
function Lines({ lines, color }: { readonly lines: readonly string[]; readonly color: boolean }) {
  if (lines.length === 0) return null;
  const text = lines.join('\n');
  return <Text wrap="truncate">{color ? text : stripVTControlCharacters(text)}</Text>;
}
