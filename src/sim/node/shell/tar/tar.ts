import { gunzipSync, gzipSync } from 'node:zlib';
import { bytesOfText, textOfBytes } from '../../file-bytes.ts';
import { normalPath } from '../../file-tree.ts';
import type { NodeFiles } from '../../machine.ts';
import type { Command, CommandIo } from '../command.ts';
import { ArchiveError, packArchive, unpackArchive, type Entry } from './archive.ts';

interface Options {
  /** c, x or t. */
  mode: string;
  file: string;
  folder: string;
  gzip: boolean;
  verbose: boolean;
  toStdout: boolean;
  names: string[];
}

const failureCode = 2;

/** `tar -c|-x|-t [-zvmO] [-f FILE] [-C FOLDER] [NAME…]` on the container's files, as `kubectl cp` runs it. */
export const tar: Command = async (args, host, io) => {
  const options = optionsOf(args);
  if (typeof options === 'string') {
    io.err(`tar: ${options}\nTry 'tar --help' or 'tar --usage' for more information.\n`);
    return failureCode;
  }
  const folder = normalPath(options.folder.startsWith('/') ? options.folder : `${io.cwd}/${options.folder}`);
  if (!host.files.exists(folder)) {
    io.err(`tar: ${options.folder}: Cannot open: No such file or directory\ntar: Error is not recoverable: exiting now\n`);
    return failureCode;
  }
  if (options.mode === 'c') return create(options, folder, host.files, io);
  try {
    return await read(options, folder, host.files, io);
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    io.err(`tar: ${error.message}\ntar: Exiting with failure status due to previous errors\n`);
    return failureCode;
  }
};

/** A text says what is wrong with them. */
function optionsOf(args: readonly string[]): Options | string {
  const options: Options = { mode: '', file: '-', folder: '.', gzip: false, verbose: false, toStdout: false, names: [] };
  const words = [...args];
  const long: Readonly<Record<string, string>> = {
    create: 'c',
    extract: 'x',
    get: 'x',
    list: 't',
    file: 'f',
    directory: 'C',
    gzip: 'z',
    verbose: 'v',
    touch: 'm',
    'to-stdout': 'O',
  };
  for (let first = true; words.length > 0; first = false) {
    const word = words.shift()!;
    if (word === '--') {
      options.names.push(...words.splice(0));
    } else if (word.startsWith('--')) {
      const [name = '', value] = word.slice(2).split(/=(.*)/s);
      const letter = long[name];
      // What is about owners, times and permissions makes no difference: everything is root's.
      if (letter === undefined) continue;
      if (value !== undefined) words.unshift(value);
      letters(letter);
    } else if ((word.startsWith('-') && word.length > 1) || first) {
      const wrong = letters(word.replace(/^-/, ''));
      if (wrong) return `invalid option -- '${wrong}'`;
    } else options.names.push(word);
  }
  if (options.mode === '') return "You must specify one of the '-Acdtrux', '--delete' or '--test-label' options";
  return options;

  function letters(text: string): string | undefined {
    for (const [i, letter] of [...text].entries()) {
      const value = () => text.slice(i + 1) || (words.shift() ?? '');
      if ('cxt'.includes(letter)) options.mode = letter;
      else if (letter === 'z') options.gzip = true;
      else if (letter === 'v') options.verbose = true;
      else if (letter === 'O') options.toStdout = true;
      else if (letter === 'f' || letter === 'C') {
        options[letter === 'f' ? 'file' : 'folder'] = value();
        return undefined;
      } else if (!'phoPkm'.includes(letter)) return letter;
    }
    return undefined;
  }
}

function create({ names, file, gzip, verbose }: Options, folder: string, files: NodeFiles, io: CommandIo): number {
  if (names.length === 0) {
    io.err("tar: Cowardly refusing to create an empty archive\nTry 'tar --help' or 'tar --usage' for more information.\n");
    return failureCode;
  }
  const entries: Entry[] = [];
  let failed = false;
  for (const name of names) {
    const path = normalPath(name.startsWith('/') ? name : `${folder}/${name}`);
    if (!files.exists(path)) {
      failed = true;
      io.err(`tar: ${name}: Cannot stat: No such file or directory\n`);
      continue;
    }
    if (name.startsWith('/')) io.err("tar: Removing leading `/' from member names\n");
    collect(files, path, name.replace(/^\/+/, '').replace(/\/+$/, '') || '.', entries);
  }
  const archive = packArchive(entries);
  const bytes = gzip ? gzipSync(archive) : archive;
  if (file === '-') io.outBytes(bytes);
  else write(files, file, io.cwd, bytes);
  // Names go where the archive does not.
  if (verbose) for (const { name } of entries) (file === '-' ? io.err : io.out)(`${name}\n`);
  if (failed) io.err('tar: Exiting with failure status due to previous errors\n');
  return failed ? failureCode : 0;
}

function collect(files: NodeFiles, path: string, name: string, entries: Entry[]): void {
  const { directory, mode, modified } = files.stat(path);
  const data = directory ? new Uint8Array() : bytesOfText(files.read(path));
  entries.push({ name: directory ? `${name}/` : name, directory, mode, modified, data });
  if (!directory) return;
  for (const { path: below } of files.list(path)) collect(files, below, `${name}/${below.slice(below.lastIndexOf('/') + 1)}`, entries);
}

async function read({ mode, names, file, verbose, toStdout }: Options, folder: string, files: NodeFiles, io: CommandIo): Promise<number> {
  const path = normalPath(file.startsWith('/') ? file : `${io.cwd}/${file}`);
  if (file !== '-' && !files.exists(path)) {
    io.err(`tar: ${file}: Cannot open: No such file or directory\ntar: Error is not recoverable: exiting now\n`);
    return failureCode;
  }
  const bytes = file === '-' ? await io.stdinBytes() : bytesOfText(files.read(path));
  const compressed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const wanted = (name: string) => names.length === 0 || names.some((n) => name === n || name.startsWith(`${n.replace(/\/$/, '')}/`));
  for (const entry of unpackArchive(compressed ? gunzipSync(bytes) : bytes)) {
    if (!wanted(entry.name)) continue;
    if (mode === 't' || verbose) io.out(`${entry.name}\n`);
    if (mode === 't') continue;
    if (toStdout) io.outBytes(entry.data);
    // As GNU tar does it, nothing is written outside of the folder.
    else if (entry.name.split('/').includes('..')) io.err(`tar: Removing leading \`../' from member names\n`);
    else if (entry.directory) files.mkdir(`${folder}/${entry.name}`, { mode: entry.mode });
    else files.write(`${folder}/${entry.name}`, textOfBytes(entry.data), { mode: entry.mode, size: entry.data.length });
  }
  return 0;
}

const write = (files: NodeFiles, file: string, cwd: string, bytes: Uint8Array): void =>
  files.write(file.startsWith('/') ? file : `${cwd}/${file}`, textOfBytes(bytes), { size: bytes.length });
