import { loadLab } from '../../lab/loader.ts';
import { play as playLab, renderPlayed } from '../../lab/play.ts';
import { labsFolder, print, type CliContext } from '../context.ts';
import { followProvisioning } from '../provision-printer.ts';
import { stateOf } from '../sessions.ts';
import { discard, startLab, type BackendChoice } from '../start.ts';
import { ensureKubectl } from '../shell.ts';

/** How much faster simulated time passes while a lab plays: waiting is most of a migration. */
const clockSpeed = 10;

/** In a session of its own, which it removes; 1 if any step fell short. */
export async function play(
  cli: CliContext,
  labId: string,
  options: { backend: BackendChoice; faults?: boolean; json?: boolean },
): Promise<number> {
  const name = `play-${process.pid}`;
  const lab = await loadLab(labsFolder(cli), labId, name);
  const quiet = { ...cli, stdout: options.json ? cli.stderr : cli.stdout };
  const { client } = await startLab(cli, labId, { backend: options.backend, name });
  try {
    await followProvisioning(quiet, client);
    await ensureKubectl(cli, name);
    let complete = false;
    for await (const line of playLab(client, lab, { signal: cli.signal, clockSpeed, faults: options.faults ?? false })) {
      print(cli, options.json ? JSON.stringify(line) : renderPlayed(line));
      if (line.type === 'totals') complete = line.passed === line.steps && line.faultsPassed === line.faults;
    }
    return complete ? 0 : 1;
  } finally {
    await discard(stateOf(cli, name));
  }
}
