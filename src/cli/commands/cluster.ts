import { KindlabError } from '../../base/errors.ts';
import { readTopology } from '../../cluster/kind-config.ts';
import { validateClusterName } from '../../lab/state.ts';
import { kindConfigsFolder, print, printJson, type CliContext } from '../context.ts';
import type { ClusterCreateOptions } from '../program.ts';
import { followProvisioning } from '../provision-printer.ts';
import { connectReady, isRunning, pickSession, stateOf, storedSessions } from '../sessions.ts';
import { discard, startCluster } from '../start.ts';

export async function createCluster(
  cli: CliContext,
  name: string,
  { backend, cni, workers, seed, paused }: ClusterCreateOptions,
): Promise<number> {
  validateClusterName(name);
  if (backend !== 'simulated' && (seed !== undefined || paused))
    throw new KindlabError({ code: 'simulated-only', message: 'only a simulated cluster has a seed and a clock of its own' });
  await readTopology(kindConfigsFolder(cli), cni);
  const client = await startCluster(cli, { name, backend, cni, workers, kindConfig: cni, manifests: [], seed, paused });
  try {
    const view = await followProvisioning(cli, client);
    print(cli, `\nexport KUBECONFIG=${view.kubeconfigPath}`);
    return 0;
  } catch (error) {
    await discard(stateOf(cli, name));
    throw error;
  }
}

export async function listClusters(cli: CliContext, options: { json?: boolean }): Promise<number> {
  const sessions = await storedSessions(cli);
  const rows = await Promise.all(
    sessions.map(async ({ name, backend, cni, workers, lab }) => ({
      name,
      backend,
      cni,
      workers,
      lab: lab ?? null,
      running: await isRunning(cli, name),
    })),
  );
  if (options.json) printJson(cli, rows);
  else if (rows.length === 0) print(cli, 'no clusters');
  else
    for (const row of rows)
      print(
        cli,
        `${row.name.padEnd(24)} ${row.backend.padEnd(10)} ${row.cni.padEnd(8)} ${row.workers} workers  ${row.running ? 'running' : 'stopped'}  ${row.lab ?? ''}`.trimEnd(),
      );
  return 0;
}

/** Prints the path alone, for $(…). */
export async function clusterKubeconfig(cli: CliContext, name: string): Promise<number> {
  const session = await pickSession(cli, name);
  const view = await (await connectReady(cli, session.name)).view();
  print(cli, view.kubeconfigPath);
  return 0;
}
