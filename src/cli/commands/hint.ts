import { print, printJson, type CliContext } from '../context.ts';
import type { SessionOptions } from '../program.ts';
import { connectReady } from '../sessions.ts';

export async function hint(cli: CliContext, step: string | undefined, options: SessionOptions): Promise<number> {
  const given = await (await connectReady(cli, options.session)).hint(step);
  if (options.json) printJson(cli, given);
  else
    print(
      cli,
      `${given.step}: hint ${given.number} of ${given.of}\n\n${given.hint.trim()}${given.exhausted ? '\n\nThat was the last one; `kindlab solve` runs the solution.' : ''}`,
    );
  return 0;
}
