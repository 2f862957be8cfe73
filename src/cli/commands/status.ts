import { colours, print, printJson, type CliContext } from '../context.ts';
import { paint } from '../paint.ts';
import type { SessionOptions } from '../program.ts';
import { connectReady, pickSession, storedSessions } from '../sessions.ts';
import { statusText } from '../status-text.ts';

/** One session in full; a line each where there are several and none was named. */
export async function status(cli: CliContext, options: SessionOptions): Promise<number> {
  const sessions = await storedSessions(cli);
  if (sessions.length === 0 && options.session === undefined) {
    if (options.json) printJson(cli, { sessions: [] });
    else print(cli, 'no lab is running; `kindlab labs` lists what there is');
    return 0;
  }
  const chosen = options.session ?? cli.env['KINDLAB_CLUSTER'] ?? (sessions.length === 1 ? sessions[0]?.name : undefined);
  const names = chosen === undefined ? sessions.map((s) => s.name) : [(await pickSession(cli, chosen)).name];
  const views = await Promise.all(names.map(async (name) => (await connectReady(cli, name)).view()));
  if (options.json) printJson(cli, { sessions: views });
  else print(cli, views.map((view) => statusText(view, colours(cli))).join(`\n\n${paint('—', 'dim', colours(cli))}\n\n`));
  return 0;
}
