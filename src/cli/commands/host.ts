import { runHost } from '../../lab/host.ts';
import { labsFolder, print, type CliContext } from '../context.ts';
import { providers } from '../providers.ts';
import { stateOf } from '../sessions.ts';

/** The background process of one cluster; `connect` starts it. */
export async function host(cli: CliContext, name: string): Promise<number> {
  const log = (line: string) => print(cli, `${new Date().toISOString()} ${line}`);
  await runHost({
    state: stateOf(cli, name),
    providers: providers(cli),
    labsFolder: labsFolder(cli),
    env: cli.env,
    signal: cli.signal,
    log,
  });
  return 0;
}
