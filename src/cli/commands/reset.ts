import { print, type CliContext } from '../context.ts';
import type { SessionOptions } from '../program.ts';
import { connectReady } from '../sessions.ts';

export async function reset(cli: CliContext, step: string | undefined, options: SessionOptions): Promise<number> {
  const done = await (await connectReady(cli, options.session)).reset(step);
  print(cli, `the cluster is where it was when ${done.step} began`);
  return 0;
}
