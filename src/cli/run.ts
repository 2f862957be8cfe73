import { CommanderError } from 'commander';
import type { CliContext } from './context.ts';
import { makeProgram, usageError } from './program.ts';
import { errorJson, errorText, exitCodeOf } from './report-error.ts';

/** Runs one command line to its exit code. The only place where errors are printed. */
export async function runCommandLine(cli: CliContext, argv: readonly string[]): Promise<number> {
  let code = 0;
  const program = makeProgram(cli, (result) => (code = result));
  const everyCommand = [program, ...program.commands, ...program.commands.flatMap((c) => c.commands)];
  for (const command of everyCommand)
    command.exitOverride().configureOutput({ writeOut: (text) => void cli.stdout.write(text), writeErr: () => undefined });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (thrown) {
    const error = thrown instanceof CommanderError ? usageError(thrown) : thrown;
    if (error === undefined) return 0;
    if (cli.signal.aborted) {
      cli.stderr.write('kindlab: cancelled\n');
      return 130;
    }
    if (argv.includes('--json')) cli.stdout.write(`${JSON.stringify(errorJson(error))}\n`);
    else cli.stderr.write(`${errorText(error)}\n`);
    return exitCodeOf(error);
  }
}
