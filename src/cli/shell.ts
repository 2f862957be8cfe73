import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { runAttached } from '../base/process.ts';
import { findKubectl } from '../cluster/kubectl.ts';
import { shellEnvironment } from '../lab/shell-environment.ts';
import type { SessionView } from '../lab/session-view.ts';
import { cacheFolder, type CliContext } from './context.ts';
import { stateOf } from './sessions.ts';

/** Sees to it that kubectl is found in the session's shells and solutions; where the person has none, the fetched one is linked into the session's bin/. */
export async function ensureKubectl(cli: CliContext, session: string): Promise<void> {
  const onProgress = (text: string) => void cli.stderr.write(`kindlab: ${text}\n`);
  const kubectl = await findKubectl({ env: cli.env, cache: cacheFolder(cli), signal: cli.signal, onProgress });
  if (kubectl.source === 'path') return;
  const { binFolder } = stateOf(cli, session);
  await mkdir(binFolder, { recursive: true, mode: 0o700 });
  await rm(join(binFolder, 'kubectl'), { force: true });
  await symlink(kubectl.path, join(binFolder, 'kubectl'));
}

/** So that `kindlab check` and `kindlab hint` can be typed in the lab's shell, wherever kindlab lies. */
async function linkLauncher(cli: CliContext, session: string): Promise<void> {
  const link = join(stateOf(cli, session).binFolder, 'kindlab');
  await rm(link, { force: true });
  await symlink(join(cli.root, 'kindlab'), link);
}

/** The person's own shell on this terminal, or one command; its exit code. */
export async function attachShell(cli: CliContext, view: SessionView, command: readonly string[]): Promise<number> {
  await ensureKubectl(cli, view.name);
  await linkLauncher(cli, view.name);
  const { folder } = stateOf(cli, view.name);
  const env = shellEnvironment(
    { name: view.name, folder, kubeconfigPath: view.kubeconfigPath, labFolder: view.lab && join(folder, 'lab') },
    cli.env,
  );
  const [program = '/bin/sh', ...args] = command.length > 0 ? command : [cli.env['SHELL'] || '/bin/sh'];
  return runAttached(program, args, { env, cwd: cli.cwd });
}
