import { describe, expect, it } from 'vitest';
import { KindlabError } from '../../src/base/errors.ts';
import { Controller, type Terminal } from '../../src/tui/controller.ts';
import { scrollBounds } from '../../src/tui/layout.ts';
import { shownStep, type Size } from '../../src/tui/state.ts';
import { createUiStore } from '../../src/tui/store.ts';
import { fakeActions } from '../fixtures/tui/actions.ts';
import { finishedView, passedView, provisioningView, workingView } from '../fixtures/tui/session.ts';

const size: Size = { columns: 80, rows: 24 };
const soon = () => new Promise<void>((resolve) => setImmediate(resolve));

/** The TUI without a screen: keys in, state and calls out. */
async function tui(fake = fakeActions()) {
  const store = createUiStore();
  const controller = new Controller(store, fake.actions);
  const exits: string[] = [];
  const terminal: Terminal = { exit: () => void exits.push('exit'), suspend: async (run) => run() };
  await controller.refreshLabs();
  const press = async (...keys: string[]) => {
    for (const key of keys) {
      void controller.press(key, size, terminal);
      await soon();
    }
  };
  const send = async (view: ReturnType<typeof workingView>) => {
    fake.events.send({ type: 'view', view });
    await soon();
  };
  return { ...fake, store, state: () => store.getState(), press, send, exits };
}

/** The same within the first lab. */
async function inLab(view = workingView()) {
  const app = await tui();
  await app.press('enter');
  await app.send(view);
  app.calls.length = 0;
  return app;
}

describe('the lab list', () => {
  it('starts the lab on the line', async () => {
    const { calls, press, state } = await tui();
    await press('enter');
    expect(calls).toEqual(['open calico-to-cilium']);
    expect(state()).toMatchObject({ screen: 'session', session: { name: 'calico-to-cilium', connection: 'open' } });
  });

  it('joins the running session of the lab on the line, and stays within the list', async () => {
    const { calls, press } = await tui();
    await press('down', 'down', 'j', 'enter');
    expect(calls).toEqual(['open retina as retina']);
  });

  it('ends a running session once that was confirmed', async () => {
    const { calls, press } = await tui();
    await press('j', 'd');
    expect(calls).toEqual([]);
    await press('n', 'd', 'y');
    expect(calls).toEqual(['stop retina']);
  });

  it('says why a lab cannot be started, and tries again', async () => {
    const fake = fakeActions();
    const { open } = fake.actions;
    fake.actions.open = async () => {
      throw new KindlabError({ code: 'port-in-use', message: 'Port 6443 is in use.', fix: 'kindlab down' });
    };
    const { press, state } = await tui(fake);
    await press('enter');
    expect(state().session).toMatchObject({ connection: 'failed', failure: { message: 'Port 6443 is in use.', fix: 'kindlab down' } });
    fake.actions.open = open;
    await press('enter');
    expect(state().session?.connection).toBe('open');
  });
});

describe('provisioning', () => {
  it.each(['q', 'ctrl+c'])('is cancelled by %s after a question, and its session is ended', async (key) => {
    const { calls, press, state } = await inLab(provisioningView());
    await press(key);
    expect(calls).toEqual([]);
    await press('y');
    expect(calls).toEqual(['stop calico-to-cilium']);
    expect(state().screen).toBe('labs');
  });

  it('goes on when the question is answered by n', async () => {
    const { calls, press, state } = await inLab(provisioningView());
    await press('q', 'n');
    expect(calls).toEqual([]);
    expect(state().screen).toBe('session');
  });

  it('that failed is begun anew by Enter: the session that failed is ended first', async () => {
    const { calls, press } = await inLab({ ...provisioningView(), phase: 'failed', failure: { message: 'no' } });
    await press('enter');
    expect(calls).toEqual(['stop calico-to-cilium', 'open calico-to-cilium as calico-to-cilium']);
  });

  it.each(['q', 'l'])('that failed leaves nothing running after %s', async (key) => {
    const { calls, press } = await inLab({ ...provisioningView(), phase: 'failed', failure: { message: 'no' } });
    await press(key);
    expect(calls).toEqual(['stop calico-to-cilium']);
  });

  it('aborts the start of a session that does not answer yet', async () => {
    const fake = fakeActions();
    let aborted = false;
    fake.actions.open = (_lab, _options, signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          aborted = true;
          reject(signal.reason);
        });
      });
    const { press, state, calls } = await tui(fake);
    await press('enter', 'q', 'y');
    expect(aborted).toBe(true);
    expect(calls).toEqual([]);
    expect(state()).toMatchObject({ screen: 'labs' });
    expect(state().notice).toBeUndefined();
  });
});

describe('working on a step', () => {
  it.each([
    ['h', 'hint'],
    ['c', 'check'],
    ['x', 'shell calico-to-cilium'],
    ['!', 'shell calico-to-cilium'],
  ])('%s causes: %s', async (key, call) => {
    const { calls, press } = await inLab();
    await press(key);
    expect(calls).toEqual([call]);
  });

  it('runs the solution only after y', async () => {
    const { calls, press, state } = await inLab();
    await press('s');
    expect(state().question?.text).toContain('Install Cilium beside Calico');
    await press('n', 's', 'y');
    expect(calls).toEqual(['solve']);
  });

  it('resets to the chosen step only after y', async () => {
    const { calls, press, state } = await inLab();
    await press('r', 'up', 'enter');
    expect(state().question?.text).toContain('Know the cluster');
    await press('y');
    expect(calls).toEqual(['reset look']);
    expect(state().overlay).toBeUndefined();
  });

  it('leaves a dialog without doing anything', async () => {
    const { calls, press, state } = await inLab();
    await press('r', 'enter', 'escape', 'escape', '?', 'escape');
    expect(calls).toEqual([]);
    expect(state().overlay).toBeUndefined();
  });

  it('shows the failure of what a key caused, with what to try', async () => {
    const app = await inLab();
    app.api.solve = async () => {
      throw new KindlabError({ code: 'script-failed', message: 'helm: no such chart', fix: 'helm repo update' });
    };
    await app.press('s', 'y');
    expect(app.state().notice).toEqual({ tone: 'bad', text: 'helm: no such chart', fix: 'helm repo update' });
    await app.press('j');
    expect(app.state().notice).toBeUndefined();
    expect(app.state().busy).toBeUndefined();
  });

  it('does one thing at a time', async () => {
    const app = await inLab();
    app.api.solve = () => new Promise(() => {});
    await app.press('s', 'y', 'h');
    expect(app.calls).toEqual([]);
    expect(app.state().notice?.text).toContain('Running the solution');
  });

  it('scrolls no further than the last line, and back to the first', async () => {
    const { press, state } = await inLab();
    const { last } = scrollBounds(state(), size);
    expect(last).toBeGreaterThan(0);
    await press('G', 'j', 'pagedown');
    expect(state().scroll.instructions).toBe(last);
    await press('k');
    expect(state().scroll.instructions).toBe(last - 1);
    await press('g', 'k', 'pageup');
    expect(state().scroll.instructions).toBe(0);
  });

  it('scrolls the pane that has the focus', async () => {
    const { press, state } = await inLab(
      workingView({ pods: Array.from({ length: 60 }, (_, i) => ({ ...workingView().pods[0]!, name: `p${i}` })) }),
    );
    await press('shift+tab', 'j', 'j');
    expect(state().focus).toBe('cluster');
    expect(state().scroll).toEqual({ instructions: 0, checks: 0, cluster: 2 });
  });

  it('looks at other steps and returns to the current one', async () => {
    const { press, state } = await inLab();
    await press('right');
    expect(shownStep(state())?.id).toBe('worker');
    await press('n', 'left', 'p', 'p');
    expect(shownStep(state())?.id).toBe('look');
    await press('enter');
    expect(shownStep(state())?.id).toBe('install');
    expect(state().shown).toBeUndefined();
  });

  it('evaluates the step that is looked at', async () => {
    const { calls, press } = await inLab();
    await press('left', 'c');
    expect(calls).toEqual(['check look']);
  });

  it('leaves the session running on q, and ends it on Q after a question', async () => {
    const { calls, exits, press } = await inLab();
    await press('q');
    expect(exits).toEqual(['exit']);
    expect(calls).toEqual([]);
    const other = await inLab();
    await other.press('Q', 'y');
    expect(other.calls).toEqual(['stop calico-to-cilium']);
    expect(other.exits).toEqual([]);
  });

  it('quits at once on Ctrl-C', async () => {
    const { exits, press } = await inLab();
    await press('ctrl+c');
    expect(exits).toEqual(['exit']);
  });
});

describe('a step that passes', () => {
  it('stays on screen with all checks green until Enter', async () => {
    const { press, send, state } = await inLab();
    await send(passedView());
    expect(state().passed).toBe('install');
    expect(shownStep(state())?.id).toBe('install');
    expect(state().reports['install']!.map(({ verdict }) => verdict.status)).toEqual(['pass', 'pass', 'pass', 'pass']);
    await press('enter');
    expect(shownStep(state())?.id).toBe('worker');
    expect(state().reports['worker']!.map(({ id }) => id)).toEqual(['cordoned']);
  });

  it('does not take away a step that the person looks at', async () => {
    const { press, send, state } = await inLab();
    await press('left');
    await send(passedView());
    expect(shownStep(state())?.id).toBe('look');
    expect(state().passed).toBeUndefined();
  });

  it('is not celebrated any more once it was reset', async () => {
    const { send, state } = await inLab();
    await send(passedView());
    await send(workingView());
    expect(state().passed).toBeUndefined();
    expect(shownStep(state())?.id).toBe('install');
  });

  it('ends the lab when it was the last', async () => {
    const { press, send, state } = await inLab();
    await send(finishedView());
    expect(state().shown).toBe('install');
    await press('enter');
    expect(shownStep(state())).toBeUndefined();
    await press('h', 's', 'c');
    expect(state().notice).toBeUndefined();
  });
});

describe('a session whose process dies', () => {
  it('says so and is resumed by Enter', async () => {
    const { calls, events, press, state } = await inLab();
    events.end(new Error('socket hang up'));
    await soon();
    expect(state()).toMatchObject({
      session: { connection: 'lost', name: 'calico-to-cilium' },
      notice: { tone: 'bad', fix: 'Enter resumes it; your progress is kept.' },
    });
    await press('enter');
    expect(calls).toEqual(['open calico-to-cilium as calico-to-cilium']);
  });
});
