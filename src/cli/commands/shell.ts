import type { CliContext } from '../context.ts';
import type { SessionOptions } from '../program.ts';
import { connectReady } from '../sessions.ts';
import { attachShell } from '../shell.ts';

export async function shell(cli: CliContext, command: readonly string[], options: SessionOptions): Promise<number> {
  const view = await (await connectReady(cli, options.session)).view();
  if (command.length === 0 && cli.stderr.isTTY)
    cli.stderr.write(`kindlab: a shell for ${view.name}; \`exit\` leaves it, the session goes on\n`);
  return attachShell(cli, view, command);
}
