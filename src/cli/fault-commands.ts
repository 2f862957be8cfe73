import type { Command, Option } from 'commander';
import type { CliContext } from './context.ts';
import type { SessionOptions } from './program.ts';

/** `kindlab fault …`: what goes wrong on purpose. */
export function addFaultCommands(
  program: Command,
  { cli, done, session, json }: { cli: CliContext; done: (code: number) => void; session: Option; json: Option },
): void {
  const fault = program.command('fault').description('put faults of real migrations into the cluster, and grade their cure');
  const commands = () => import('./commands/fault.ts');
  const add = (definition: string, summary: string, run: (id: string | undefined, options: SessionOptions) => Promise<number>) =>
    fault
      .command(definition)
      .description(summary)
      .addOption(session)
      .addOption(json)
      .action(async (id: string | undefined, options: SessionOptions) => done(await run(id, options)));
  fault
    .command('list')
    .description('the faults of the lab, and which are possible now')
    .addOption(session)
    .addOption(json)
    .action(async (options: SessionOptions) => done(await (await commands()).listFaults(cli, options)));
  add('inject [id]', 'put one in; without an id, any that is possible now', async (id, o) => (await commands()).injectFault(cli, id, o));
  add('check [id]', 'whether it is cured', async (id, o) => (await commands()).checkFault(cli, id, o));
  add('diagnose [id]', 'the way from the symptom to the cause', async (id, o) => (await commands()).diagnoseFault(cli, id, o));
  add('clear [id]', 'take one, or all, out again', async (id, o) => (await commands()).clearFault(cli, id, o));
}
