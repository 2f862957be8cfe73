import { setImmediate as nextTurn } from 'node:timers/promises';
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
  /** Ends the TUI when it is aborted; sessions keep running. */
  signal?: AbortSignal | undefined;
  /** Goes straight into this lab instead of the list. */
  open?: { lab: { id: string; title: string }; session?: string | undefined } | undefined;
}

/**
 * Shows the TUI on the whole terminal until the person quits. Throws KindlabError `no-terminal` where there is none,
 * and the signal's reason when that ended it.
 */
export async function runTui({ actions, stdin, stdout, color, signal, open }: RunTuiOptions): Promise<void> {
  if (!stdin.isTTY || !stdout.isTTY) {
    throw new KindlabError({
      code: 'no-terminal',
      message: 'The full-screen view needs a terminal, and standard input or output is not one.',
      fix: 'kindlab up <lab>, kindlab status and kindlab check do without one',
    });
  }
  const store = createUiStore();
  let inShell = false;
  const shell: TuiActions['shell'] = async (session) => {
    inShell = true;
    try {
      // Ink lets go of the keyboard but Node goes on reading it, and would take from the shell what is typed.
      await nextTurn();
      stdin.pause();
      await nextTurn();
      stdout.write(`A shell for ${session}: kubectl talks to its cluster, \`exit\` returns to the lab.\n`);
      await withInterruptsIgnored(() => actions.shell(session));
    } finally {
      inShell = false;
      // While the shell was in the foreground, only it was told that the terminal has another size.
      process.kill(process.pid, 'SIGWINCH');
      if (signal?.aborted) app.unmount();
    }
  };
  const controller = new Controller(store, { ...actions, shell });
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
  // The shell has the terminal: it is waited for.
  const end = () => void (inShell || app.unmount());
  signal?.addEventListener('abort', end, { once: true });
  try {
    await app.waitUntilExit();
  } finally {
    signal?.removeEventListener('abort', end);
    controller.leave();
  }
  const { session, view } = store.getState();
  if (session?.name !== undefined && session.connection === 'open' && view?.phase === 'ready') {
    stdout.write(`Session ${session.name} keeps running: \`kindlab\` returns to it, \`kindlab down\` removes it.\n`);
  }
  signal?.throwIfAborted();
}

/** Ctrl-C in the shell, meant for a program there, may reach this process as well: it must not end it. */
async function withInterruptsIgnored(run: () => Promise<void>): Promise<void> {
  const ignore = () => undefined;
  process.on('SIGINT', ignore);
  try {
    await run();
  } finally {
    process.off('SIGINT', ignore);
  }
}
