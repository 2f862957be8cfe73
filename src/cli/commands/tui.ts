import { stopRunning } from '../../lab/launcher.ts';
import { listLabs } from '../../lab/loader.ts';
import type { LabSummary, TuiActions } from '../../tui/actions.ts';
import { colours, labsFolder, type CliContext } from '../context.ts';
import { connect, isRunning, stateOf, storedSessions } from '../sessions.ts';
import { attachShell, ensureKubectl } from '../shell.ts';
import type { SessionApi } from '../../lab/protocol.ts';
import { discard, startLab } from '../start.ts';

export async function tui(cli: CliContext): Promise<number> {
  // React's development build takes 0.1 s longer to load, and nobody here reads its warnings.
  process.env['NODE_ENV'] ??= 'production';
  const { runTui } = await import('../../tui/run.tsx');
  await runTui({ actions: actions(cli), stdin: cli.stdin, stdout: cli.stdout, color: colours(cli), signal: cli.signal });
  return 0;
}

const actions = (cli: CliContext): TuiActions => ({
  labs: () => summaries(cli),
  async open(lab, { session }, signal) {
    const started = await startLab({ ...cli, signal }, lab, { backend: 'auto', name: session });
    if (signal.aborted) {
      if (started.created) await discard(stateOf(cli, started.name));
      signal.throwIfAborted();
    }
    return { name: started.name, api: withKubectl(cli, started.name, started.client), events: started.client.events(signal) };
  },
  async shell(session) {
    const view = await (await connect(cli, session)).view();
    await attachShell(cli, view, []);
  },
  stop: (session) => stopRunning(stateOf(cli, session)),
});

async function summaries(cli: CliContext): Promise<LabSummary[]> {
  const [listings, sessions] = await Promise.all([listLabs(labsFolder(cli)), storedSessions(cli)]);
  return Promise.all(
    listings.map(async (lab) => {
      const own = sessions.filter((s) => s.lab === lab.id);
      const done = (passed: ReadonlySet<string>) => lab.steps.filter((id) => passed.has(id)).length;
      const running = await Promise.all(
        own.map(async (s) => ((await isRunning(cli, s.name)) ? [{ name: s.name, backend: s.backend, done: done(s.passed) }] : [])),
      );
      return {
        id: lab.id,
        title: lab.title,
        summary: lab.summary,
        steps: lab.steps.length,
        done: Math.max(0, ...own.map((s) => done(s.passed))),
        sessions: running.flat(),
        ...(lab.problem && { problem: lab.problem.message }),
      };
    }),
  );
}

/** A solution needs kubectl: a person who has none gets it with the first one. */
const withKubectl = (cli: CliContext, session: string, client: SessionApi): SessionApi => ({
  view: () => client.view(),
  check: (step) => client.check(step),
  hint: (step) => client.hint(step),
  async solve(step) {
    await ensureKubectl(cli, session);
    return client.solve(step);
  },
  reset: (step) => client.reset(step),
  setClockSpeed: (speed) => client.setClockSpeed(speed),
  stepClock: (ms) => client.stepClock(ms),
  stop: () => client.stop(),
});
