import { KindlabError, messageOf } from '../base/errors.ts';
import type { OpenSession, TuiActions } from './actions.ts';
import { commandFor } from './keymap.ts';
import { onEvent, opening, type Command, type Notice, type Size, type UiState } from './state.ts';
import type { Store } from './store.ts';
import { close, update } from './update.ts';
import { labEntries } from './views/labs.ts';

/** What the app around the controller can do with the terminal. */
export interface Terminal {
  exit(): void;
  /** Gives the terminal away while `run` runs, and draws anew after it. */
  suspend(run: () => Promise<void>): Promise<void>;
}

/** Carries out commands: the only place where keys become effects. */
export class Controller {
  readonly #store: Store;
  readonly #actions: TuiActions;
  #abort = new AbortController();
  #session: OpenSession | undefined;

  constructor(store: Store, actions: TuiActions) {
    this.#store = store;
    this.#actions = actions;
  }

  /** A key, as `keyNames` calls it. Resolves when what it caused is done. */
  async press(key: string, size: Size, terminal: Terminal): Promise<void> {
    const command = commandFor(this.#state, key);
    if (this.#state.notice) this.#set(({ notice: _, ...rest }) => rest);
    if (command) await this.run(command, size, terminal);
  }

  async run(command: Command, size: Size, terminal: Terminal): Promise<void> {
    if (command.type === 'yes') {
      const { question } = this.#state;
      this.#set(({ overlay: _, ...rest }) => close(rest));
      if (question) await this.run(question.yes, size, terminal);
      return;
    }
    this.#set((state) => update(state, command, size));
    try {
      await this.#effect(command, terminal);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Reads the lab list. */
  async refreshLabs(): Promise<void> {
    try {
      const labs = await this.#actions.labs();
      this.#set((state) => ({ ...state, labs, selected: Math.max(0, Math.min(state.selected, labEntries(labs).length - 1)) }));
    } catch (error) {
      this.#set((state) => ({ ...state, labs: state.labs ?? [] }));
      this.#fail(error);
    }
  }

  /** Shows the lab's session, starting it where needed; resolves when the session is left or gone. */
  async open(lab: { id: string; title: string }, session?: string): Promise<void> {
    this.leave();
    const abort = this.#abort;
    this.#set((state) => opening(state, { lab, name: session, connection: 'opening' }));
    try {
      const opened = await this.#actions.open(lab.id, { session }, abort.signal);
      if (abort.signal.aborted) return;
      this.#session = opened;
      this.#set((state) => ({ ...state, session: { lab, name: opened.name, connection: 'open' } }));
      for await (const event of opened.events) {
        if (abort.signal.aborted) return;
        this.#set((state) => onEvent(state, event));
      }
      if (!abort.signal.aborted) this.#lose(lab);
    } catch (error) {
      if (abort.signal.aborted) return;
      if (this.#session) this.#lose(lab, error);
      else this.#set((state) => ({ ...state, session: { lab, name: session, connection: 'failed', failure: failureOf(error) } }));
    }
  }

  /** Stops listening to the session on screen; it keeps running. */
  leave(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#session = undefined;
  }

  get #state(): UiState {
    return this.#store.getState();
  }

  #set(change: (state: UiState) => UiState): void {
    this.#store.setState(change(this.#state), true);
  }

  #notify(notice: Notice): void {
    this.#set((state) => ({ ...state, notice }));
  }

  #fail(error: unknown): void {
    const { message, fix } = failureOf(error);
    this.#notify({ tone: 'bad', text: message, fix });
  }

  #lose(lab: { id: string; title: string }, error?: unknown): void {
    const name = this.#session?.name;
    this.#session = undefined;
    this.#set(({ busy: _, ...state }) => ({ ...state, session: { lab, name, connection: 'lost' } }));
    if (error !== undefined) this.#notify({ tone: 'bad', text: messageOf(error), fix: 'Enter resumes it; your progress is kept.' });
  }

  async #effect(command: Command, terminal: Terminal): Promise<void> {
    const { session, selected, labs, shown } = this.#state;
    switch (command.type) {
      case 'open': {
        if (session && this.#state.screen === 'session') {
          await this.#endFailed();
          return this.open(session.lab, session.name);
        }
        const entry = labEntries(labs ?? [])[selected];
        if (entry) await this.open(entry.lab, entry.session?.name);
        return;
      }
      case 'continue':
        if (session?.connection === 'lost') await this.open(session.lab, session.name);
        return;
      case 'labs':
        return this.#toLabs();
      case 'cancel':
        return this.#cancel();
      case 'stop-session':
        return this.#stop(command.session);
      case 'quit':
        this.leave();
        await this.#endFailed();
        return terminal.exit();
      case 'shell':
        if (session?.name !== undefined) await terminal.suspend(() => this.#actions.shell(session.name!));
        return;
      case 'hint':
        return this.#hint();
      case 'solve':
        // Its output stands at the top of the checks.
        this.#set((state) => ({ ...state, focus: 'checks', scroll: { ...state.scroll, checks: 0 } }));
        return this.#busy('Running the solution', async ({ api }) => void (await api.solve()));
      case 'reset':
        await this.#busy('Resetting', async ({ api }) => void (await api.reset(command.step)));
        return this.#set(({ shown: _, passed: __, ...state }) => state);
      case 'check':
        return this.#check(shown);
    }
  }

  /** One thing at a time: a second request is refused while the first one runs. */
  async #busy(what: string, work: (session: OpenSession) => Promise<void>): Promise<void> {
    const session = this.#session;
    if (!session) return this.#notify({ tone: 'bad', text: 'The session does not answer.', fix: 'Press Enter to resume it.' });
    if (this.#state.busy !== undefined) return this.#notify({ tone: 'info', text: `${this.#state.busy}: wait for it to end.` });
    this.#set((state) => ({ ...state, busy: what }));
    try {
      await work(session);
    } finally {
      if (this.#session === session) this.#set(({ busy: _, ...state }) => state);
    }
  }

  async #hint(): Promise<void> {
    if (this.#state.view?.current === undefined) return;
    await this.#busy('Asking for a hint', async ({ api }) => {
      const { number, of, exhausted } = await api.hint();
      const text =
        of === 0
          ? 'This step has no hints.'
          : exhausted
            ? `Hint ${number} of ${of}, the last one: s runs the solution.`
            : `Hint ${number} of ${of}.`;
      this.#set(({ shown: _, passed: __, ...state }) => ({
        ...state,
        focus: 'checks',
        scroll: { ...state.scroll, checks: Number.MAX_SAFE_INTEGER },
        notice: { tone: 'info', text },
      }));
    });
  }

  async #check(shown: string | undefined): Promise<void> {
    await this.#busy('Checking', async ({ api }) => {
      const { step, reports } = await api.check(shown);
      const passed = reports.filter(({ verdict }) => verdict.status === 'pass').length;
      this.#set((state) => ({ ...state, reports: { ...state.reports, [step]: reports } }));
      this.#notify({ tone: passed === reports.length ? 'good' : 'info', text: `${passed} of ${reports.length} checks pass.` });
    });
  }

  /** A session whose cluster could not be set up is of no use to anyone. */
  async #endFailed(): Promise<void> {
    const { view, session } = this.#state;
    if (view?.phase === 'failed' && session?.name !== undefined) await this.#actions.stop(session.name);
  }

  async #toLabs(): Promise<void> {
    this.leave();
    await this.#endFailed();
    this.#set(({ session: _, view: __, busy: ___, ...state }) => ({ ...state, screen: 'labs' }));
    await this.refreshLabs();
  }

  async #cancel(): Promise<void> {
    const name = this.#session?.name;
    this.leave();
    if (name !== undefined) return this.#stop(name);
    await this.#toLabs();
  }

  async #stop(name: string): Promise<void> {
    this.leave();
    this.#set(({ view: _, session: __, ...state }) => ({ ...state, screen: 'labs', busy: `Ending session ${name}` }));
    try {
      await this.#actions.stop(name);
      this.#notify({ tone: 'info', text: `Session ${name} ended. Your progress is kept.` });
    } finally {
      this.#set(({ busy: _, ...state }) => state);
      await this.refreshLabs();
    }
  }
}

const failureOf = (error: unknown): { message: string; fix?: string | undefined } => ({
  message: messageOf(error),
  fix: error instanceof KindlabError ? error.fix : undefined,
});
