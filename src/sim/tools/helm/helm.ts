import { parseFlags, text, toggle } from '../flags.ts';
import { ToolError, type Tool } from '../tool.ts';
import { common, type Run } from './command.ts';
import { get, history, list, show, status } from './inspect.ts';
import { install, rollback, template, uninstall, upgrade } from './install.ts';
import { repo, search } from './repo.ts';

/** The release of Helm whose words are spoken here. */
const helmVersion = 'v4.0.1';

const version: Run = (io, _context, argv) => {
  const flags = parseFlags(argv, { ...common, short: toggle(), template: text() });
  io.stdout(
    flags.on('short')
      ? `${helmVersion}\n`
      : `version.BuildInfo{Version:"${helmVersion}", GitCommit:"", GitTreeState:"simulated", GoVersion:"", KubeClientVersion:"v1.34"}\n`,
  );
};

const help: Run = (io) => {
  io.stdout(
    `The Kubernetes package manager, as the simulated cluster's shell brings it.\n\nUsage:\n  helm [command]\n\nAvailable Commands:\n${Object.keys(
      commands,
    )
      .filter((name) => name !== 'ls')
      .map((name) => `  ${name}\n`)
      .join('')}`,
  );
};

const commands: Record<string, Run> = {
  get,
  help,
  history,
  install,
  list,
  ls: list,
  repo: (io, context, argv) => repo(io, context, argv, common),
  rollback,
  search: (io, context, argv) => search(io, context, argv, common),
  show,
  status,
  template,
  uninstall,
  upgrade,
  version,
};
const aliases: Record<string, string> = { delete: 'uninstall', del: 'uninstall', un: 'uninstall', hist: 'history', inspect: 'show' };

/** Global flags may stand before the command. */
function command(argv: readonly string[]): [string, string[]] {
  const flags = parseFlags(argv, { ...common, help: toggle('h') }, { stopAtArgument: true });
  const [name = 'help'] = flags.args;
  return [name, [...flags.given.map((flag) => `--${flag.name}=${flag.value}`), ...flags.rest]];
}

export const helm: Tool = async (io, context) => {
  const [name, argv] = command(io.argv);
  if (argv.includes('--help') || argv.includes('-h') || argv.includes('--help=true')) return (void help(io, context, []), 0);
  const run = commands[aliases[name] ?? name];
  if (!run) throw new ToolError(`unknown command "${name}" for "helm"\nRun 'helm --help' for usage.`);
  await run(io, context, argv);
  return 0;
};
