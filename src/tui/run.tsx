import { render } from 'ink';
import { KindlabError } from '../base/errors.ts';
import type { TuiActions } from './actions.ts';
import { App } from './app.tsx';
import { Controller } from './controller.ts';
import { createUiStore } from './store.ts';

export interface RunTuiOptions {
  actions: TuiActions;
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  /** Whether to colour: false where NO_COLOR is set. */
  color: boolean;
  /** Goes straight into this lab instead of the list. */
  open?: { lab: { id: string; title: string }; session?: string | undefined } | undefined;
}

/** Shows the TUI on the whole terminal until the person quits. Throws KindlabError `no-terminal` where there is none. */
export async function runTui({ actions, stdin, stdout, color, open }: RunTuiOptions): Promise<void> {
  if (!stdin.isTTY || !stdout.isTTY) {
    throw new KindlabError({
      code: 'no-terminal',
      message: 'The full-screen view needs a terminal, and standard input or output is not one.',
      fix: 'Without a terminal, use `kindlab up <lab>`, `kindlab status` and `kindlab check`.',
    });
  }
  const store = createUiStore();
  const controller = new Controller(store, actions);
  void controller.refreshLabs();
  if (open) void controller.open(open.lab, open.session);
  const app = render(<App store={store} controller={controller} color={color} />, {
    stdin,
    stdout,
    alternateScreen: true,
    exitOnCtrlC: false,
    incrementalRendering: true,
    interactive: true,
    patchConsole: false,
  });
  try {
    await app.waitUntilExit();
  } finally {
    controller.leave();
  }
  const { session } = store.getState();
  if (session?.name !== undefined && session.connection === 'open') {
    stdout.write(`Session ${session.name} keeps running: \`kindlab\` returns to it, \`kindlab down\` ends it.\n`);
  }
}
