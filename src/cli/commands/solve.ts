import { print, type CliContext } from '../context.ts';
import type { SessionOptions } from '../program.ts';
import { connectReady, pickSession } from '../sessions.ts';
import { ensureKubectl } from '../shell.ts';

/** Runs the solution and prints what it prints, as it comes. */
export async function solve(cli: CliContext, step: string | undefined, options: SessionOptions): Promise<number> {
  const { name } = await pickSession(cli, options.session);
  const client = await connectReady(cli, name);
  await ensureKubectl(cli, name);
  const ended = new AbortController();
  const following = (async () => {
    for await (const event of client.events(AbortSignal.any([ended.signal, cli.signal])))
      if (event.type === 'output') print(cli, event.line);
  })();
  try {
    const solved = await client.solve(step, cli.signal);
    ended.abort();
    await following;
    print(cli, `\n${solved.step}: its solution has run; \`kindlab check\` grades it`);
    return 0;
  } finally {
    ended.abort();
    await following;
  }
}
