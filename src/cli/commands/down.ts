import { KindlabError } from '../../base/errors.ts';
import { clusterNames } from '../../lab/state.ts';
import { stopRunning } from '../../lab/launcher.ts';
import { print, stateFolder, type CliContext } from '../context.ts';
import { providers } from '../providers.ts';
import { pickSession, stateOf } from '../sessions.ts';

/** Ends sessions and removes their clusters, also those whose state is broken. */
export async function down(cli: CliContext, name: string | undefined, options: { all?: boolean }): Promise<number> {
  const known = await clusterNames(stateFolder(cli));
  const names = options.all ? known : [await chosen(cli, name, known)];
  for (const one of names) {
    const state = stateOf(cli, one);
    const { value } = await state.readSpec();
    await stopRunning(state, { signal: cli.signal });
    const provider = value && providers(cli).find((p) => p.backend === value.spec.backend);
    if (value && provider) await provider.remove(value.spec, { folder: state.folder, signal: cli.signal, onProgress: () => undefined });
    await state.remove();
    print(cli, `${one} is gone`);
  }
  if (names.length === 0) print(cli, 'there is nothing to remove');
  return 0;
}

async function chosen(cli: CliContext, name: string | undefined, known: readonly string[]): Promise<string> {
  if (name === undefined) return (await pickSession(cli, undefined)).name;
  if (known.includes(name)) return name;
  throw new KindlabError({
    code: 'no-such-session',
    message: `there is no session or cluster ${JSON.stringify(name)}; known: ${known.join(', ') || 'none'}`,
    fix: 'kindlab cluster list',
  });
}
