import { KindlabError } from '../base/errors.ts';
import type { ClusterSpec } from '../cluster/cluster.ts';
import type { SessionClient } from '../lab/client.ts';
import { stopRunning } from '../lab/launcher.ts';
import { loadLab } from '../lab/loader.ts';
import { clusterNames, type ClusterState } from '../lab/state.ts';
import { labsFolder, stateFolder, type CliContext } from './context.ts';
import { connect, stateOf } from './sessions.ts';

export type BackendChoice = 'auto' | 'simulated' | 'kind';

/** Without a word to the contrary the simulated cluster is it: it runs everywhere. */
export const chooseBackend = (choice: BackendChoice): 'simulated' | 'kind' => (choice === 'auto' ? 'simulated' : choice);

/** A lab's session, new or found again. `created` tells which: only a new one is removed when its start is cancelled. */
export async function startLab(
  cli: CliContext,
  labId: string,
  options: { backend: BackendChoice; name?: string | undefined },
): Promise<{ client: SessionClient; name: string; created: boolean }> {
  const lab = await loadLab(labsFolder(cli), labId, options.name);
  const { name, cni, workers, kindConfig } = lab.cluster;
  const spec: ClusterSpec = { name, backend: chooseBackend(options.backend), cni, workers, kindConfig, manifests: lab.manifests };
  const state = stateOf(cli, name);
  const created = await reserve(cli, state, spec, labId, options.backend);
  return { client: await connectNew(cli, state, created), name, created };
}

/** A cluster without a lab. Throws KindlabError `cluster-exists`. */
export async function startCluster(cli: CliContext, spec: ClusterSpec): Promise<SessionClient> {
  const state = stateOf(cli, spec.name);
  if (!(await reserve(cli, state, spec, undefined, spec.backend)))
    throw new KindlabError({
      code: 'cluster-exists',
      message: `there is a cluster ${spec.name} already`,
      fix: `kindlab cluster kubeconfig ${spec.name}\nkindlab cluster delete ${spec.name}`,
    });
  return connectNew(cli, state, true);
}

async function connectNew(cli: CliContext, state: ClusterState, created: boolean): Promise<SessionClient> {
  try {
    return await connect(cli, state.name);
  } catch (error) {
    if (created) await discard(state);
    throw error;
  }
}

/** Ends the process and removes what is on the disk. */
export async function discard(state: ClusterState): Promise<void> {
  await stopRunning(state);
  await state.remove();
}

/** Writes spec.json where there is none; true when it did. A folder whose spec was lost is rebuilt around what is left. */
async function reserve(
  cli: CliContext,
  state: ClusterState,
  spec: ClusterSpec,
  lab: string | undefined,
  choice: BackendChoice,
): Promise<boolean> {
  const existed = (await clusterNames(stateFolder(cli))).includes(state.name);
  return state.locked(
    async () => {
      await state.create();
      const stored = await state.readSpec();
      if (stored.warning) cli.stderr.write(`kindlab: ${stored.warning}\n`);
      if (!stored.value) {
        await state.writeSpec({ spec, lab });
        return !existed;
      }
      const wrong =
        stored.value.lab !== lab
          ? `${state.name} is ${stored.value.lab ? `a session of ${stored.value.lab}` : 'a cluster without a lab'}`
          : choice !== 'auto' && stored.value.spec.backend !== choice
            ? `${state.name} runs on ${stored.value.spec.backend} already`
            : undefined;
      if (wrong)
        throw new KindlabError({ code: 'name-taken', message: wrong, fix: `kindlab up … --name ANOTHER\nkindlab down ${state.name}` });
      return false;
    },
    { signal: cli.signal },
  );
}
