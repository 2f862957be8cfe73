import { systemClock, type Cancel } from '../base/clock.ts';
import { KindlabError, messageOf } from '../base/errors.ts';
import type { Provider } from '../cluster/cluster.ts';
import { serveControl } from './control-server.ts';
import { loadLab } from './loader.ts';
import { Session } from './session.ts';
import { exists } from './state-files.ts';
import type { ClusterState, ProcessInfo } from './state.ts';

export interface HostOptions {
  state: ClusterState;
  providers: readonly Provider[];
  /** labs/ */
  labsFolder: string;
  env: Readonly<Record<string, string | undefined>>;
  /** SIGTERM and SIGINT. */
  signal: AbortSignal;
  log: (line: string) => void;
}

/** How often it looks whether its folder is still there, ms. */
const folderCheckMs = 1000;

/**
 * The background process of one cluster, with a lab or without: reads spec.json, serves the control port, tells
 * of it in process.json, and opens the cluster. Returns when it was stopped, its folder is gone, or the signal came.
 */
export async function runHost(options: HostOptions): Promise<void> {
  const { state, labsFolder, env, log } = options;
  const stored = await state.readSpec();
  if (!stored.value) {
    throw new KindlabError({
      code: 'no-such-cluster',
      message: stored.warning ?? `there is no cluster ${state.name}`,
      fix: 'kindlab up <lab>   (what is left of the cluster is resumed)',
    });
  }
  const { spec, lab: labId } = stored.value;
  const provider = options.providers.find((p) => p.backend === spec.backend);
  if (!provider) throw new KindlabError({ code: 'no-backend', message: `this kindlab has no ${spec.backend} backend` });
  const lab = labId === undefined ? undefined : await loadLab(labsFolder, labId, spec.name);

  const ended = new AbortController();
  const stop = () => ended.abort();
  options.signal.addEventListener('abort', stop, { once: true });
  if (options.signal.aborted) stop();
  const session = new Session({ spec, lab, state, env, log });
  void session.stopped.then(stop);
  const control = await serveControl(session);
  const info: ProcessInfo = { pid: process.pid, port: control.port, token: control.token, startedAt: new Date().toISOString() };
  const unwatch = watchFolder(state, info, stop, log);
  try {
    await state.writeProcess(info);
    const opened = session
      .open(provider, ended.signal)
      // A failed cluster is told by the view, until it is stopped.
      .catch((error: unknown) => log(`${state.name}: ${messageOf(error)}`));
    await aborted(ended.signal);
    await opened;
  } finally {
    unwatch();
    options.signal.removeEventListener('abort', stop);
    await control.close();
    await session.close();
    await removeOwnProcessFile(state);
  }
}

async function removeOwnProcessFile(state: ClusterState): Promise<void> {
  const { value } = await state.readProcess();
  if (value?.pid === process.pid) await state.removeProcess();
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })));

/**
 * Ends the process when its folder is gone, as after `rm -rf`, or when another process has taken the cluster over;
 * a process.json that was lost is written again.
 */
function watchFolder(state: ClusterState, info: ProcessInfo, end: () => void, log: (line: string) => void): Cancel {
  let stopped = false;
  let cancel: Cancel = () => {};
  const look = async () => {
    try {
      if (!(await exists(state.folder))) return end();
      const { value } = await state.readProcess();
      if (value && value.pid !== info.pid) return end();
      if (!value && !stopped) await state.writeProcess(info);
    } catch (error) {
      log(`${state.folder}: ${messageOf(error)}`);
    }
    if (!stopped) next();
  };
  const next = () => (cancel = systemClock.after(folderCheckMs, () => void look()));
  next();
  return () => {
    stopped = true;
    cancel();
  };
}
