import { join } from 'node:path';
import { KindlabError } from '../base/errors.ts';
import { findRunning, ensureRunning } from '../lab/launcher.ts';
import type { SessionClient } from '../lab/client.ts';
import { clusterNames, ClusterState, type StoredSpec } from '../lab/state.ts';
import { stateFolder, type CliContext } from './context.ts';

/** A cluster's folder as it is on the disk, whether its process runs or not. */
export interface StoredSession {
  name: string;
  backend: 'simulated' | 'kind';
  cni: string;
  workers: number;
  /** Undefined for a cluster without a lab. */
  lab: string | undefined;
  passed: ReadonlySet<string>;
}

export const stateOf = (cli: CliContext, name: string): ClusterState => new ClusterState(stateFolder(cli), name);

export async function storedSessions(cli: CliContext): Promise<StoredSession[]> {
  const names = await clusterNames(stateFolder(cli));
  const found = await Promise.all(
    names.map(async (name) => {
      const state = stateOf(cli, name);
      const [spec, progress] = await Promise.all([state.readSpec(), state.readProgress()]);
      return spec.value && asSession(name, spec.value, new Set(Object.keys(progress.value?.passed ?? {})));
    }),
  );
  return found.filter((session) => session !== undefined);
}

const asSession = (name: string, { spec, lab }: StoredSpec, passed: ReadonlySet<string>): StoredSession => ({
  name,
  backend: spec.backend,
  cni: spec.cni,
  workers: spec.workers,
  lab,
  passed,
});

/** The process of a session, started again where it had ended. */
export const connect = (cli: CliContext, name: string): Promise<SessionClient> =>
  ensureRunning(stateOf(cli, name), {
    // A small young generation: the process idles most of its life, and its garbage should not stay resident.
    command: [process.execPath, '--max-semi-space-size=4', join(cli.root, 'dist', 'main.js'), 'host', name],
    env: cli.env,
    cwd: cli.root,
    signal: cli.signal,
  });

/** Whether its process answers; starts nothing. */
export const isRunning = async (cli: CliContext, name: string): Promise<boolean> => (await findRunning(stateOf(cli, name))) !== undefined;

/**
 * The session that a command means: the one named, the one whose shell this is, or the only one.
 * Throws KindlabError `no-such-session`, `no-session`, `which-session`.
 */
export async function pickSession(cli: CliContext, name: string | undefined): Promise<StoredSession> {
  const sessions = await storedSessions(cli);
  const wanted = name ?? cli.env['KINDLAB_CLUSTER'];
  if (wanted !== undefined) {
    const found = sessions.find((s) => s.name === wanted);
    if (found) return found;
    const known = sessions.map((s) => s.name).join(', ') || 'none';
    throw new KindlabError({
      code: 'no-such-session',
      message: `there is no session ${JSON.stringify(wanted)}; known: ${known}`,
      fix: 'kindlab status',
    });
  }
  const withLab = sessions.filter((s) => s.lab !== undefined);
  const [only, second] = withLab.length > 0 ? withLab : sessions;
  if (!only) throw new KindlabError({ code: 'no-session', message: 'no lab is running', fix: 'kindlab labs\nkindlab up <lab>' });
  if (second)
    throw new KindlabError({
      code: 'which-session',
      message: `several sessions: ${sessions.map((s) => s.name).join(', ')}`,
      fix: `kindlab … --session ${only.name}`,
    });
  return only;
}

/** The session's process, with its cluster ready. Throws KindlabError `not-ready` where provisioning failed. */
export async function connectReady(cli: CliContext, name: string | undefined): Promise<SessionClient> {
  const session = await pickSession(cli, name);
  const client = await connect(cli, session.name);
  for await (const event of client.events(cli.signal)) {
    if (event.type !== 'view' || event.view.phase === 'provisioning') continue;
    const { failure } = event.view;
    if (failure)
      throw new KindlabError({
        code: 'not-ready',
        message: `${session.name}: ${failure.message}`,
        ...(failure.fix && { fix: failure.fix }),
      });
    return client;
  }
  cli.signal.throwIfAborted();
  throw new KindlabError({ code: 'session-unreachable', message: `the process of ${session.name} ended`, fix: 'kindlab status' });
}
