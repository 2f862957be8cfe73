import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { asset } from '../base/assets.ts';
import { KindlabError } from '../base/errors.ts';

/** What a command gets of the world outside. Made once from the process; tests make their own. */
export interface CliContext {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** The project's folder: labs/, kind-configs/, the launcher. */
  root: string;
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  /** Aborted by Ctrl-C or SIGTERM. */
  signal: AbortSignal;
}

/** The folder above src/ or dist/. */
export const projectRoot = (): string => fileURLToPath(asset('..'));

const home = (cli: CliContext): string => {
  const found = cli.env['HOME'] || safeHomedir();
  if (!found || found === '/nonexistent')
    throw new KindlabError({
      code: 'no-home',
      message: 'HOME is not set, and kindlab keeps sessions below it',
      fix: 'HOME=/a/folder/of/yours kindlab …   (or set XDG_STATE_HOME)',
    });
  return found;
};

function safeHomedir(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined; // no HOME and no entry for the user: the caller says so
  }
}

/** Sessions and clusters: XDG_STATE_HOME/kindlab. */
export const stateFolder = (cli: CliContext): string => join(cli.env['XDG_STATE_HOME'] || join(home(cli), '.local', 'state'), 'kindlab');

/** What can be fetched again: XDG_CACHE_HOME/kindlab. */
export const cacheFolder = (cli: CliContext): string => join(cli.env['XDG_CACHE_HOME'] || join(home(cli), '.cache'), 'kindlab');

export const labsFolder = (cli: CliContext): string => join(cli.root, 'labs');
export const kindConfigsFolder = (cli: CliContext): string => join(cli.root, 'kind-configs');

export const print = (cli: CliContext, text: string): void => void cli.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
export const printJson = (cli: CliContext, value: unknown): void => print(cli, JSON.stringify(value, undefined, 2));

/** Whether output may be coloured: a terminal, and NO_COLOR unset. */
export const colours = (cli: CliContext, stream: NodeJS.WriteStream = cli.stdout): boolean =>
  stream.isTTY && !cli.env['NO_COLOR'] && cli.env['TERM'] !== 'dumb';
