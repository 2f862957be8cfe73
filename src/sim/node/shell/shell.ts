import { posix } from 'node:path';
import type { Bash } from 'just-bash';
import type { ProgramIo } from '../image.ts';
import type { NodeFiles } from '../machine.ts';
import { shellFiles } from './shell-files.ts';
import { readLines } from './terminal.ts';

/** A program of a namespace, with its world already given to it. */
export type BoundProgram = (io: ProgramIo) => number | Promise<number>;

/** What a command finds: a pod's container or a node. */
export interface ShellWorld {
  files: NodeFiles;
  programs: Readonly<Record<string, BoundProgram>>;
  env: Readonly<Record<string, string>>;
  cwd: string;
  hostname: string;
}

const shells = new Set(['sh', 'bash', 'ash', 'dash']);

/**
 * Runs `argv` as `exec` does: a program of ours at once and with its streams; anything else through a shell.
 * just-bash (130 ms, 25 MB) is loaded when it is first needed.
 */
export async function runCommand(io: ProgramIo, world: ShellWorld): Promise<number> {
  const [command = '', ...args] = io.argv;
  const name = posix.basename(command);
  const program = world.programs[name];
  if (program) return program({ ...io, argv: [name, ...args] });
  const shell = await loadShell(world);
  if (!shells.has(name)) return shell.run(io, name, args);
  const script = scriptOf(args);
  if (script !== undefined) return shell.run(io, script.text, script.args);
  return io.tty ? shell.interact(io) : shell.run({ ...io, stdin: undefined }, await textOf(io.stdin), []);
}

/** `sh -c SCRIPT ARGS…`, `sh FILE` is left to just-bash; undefined for a shell that reads its commands. */
function scriptOf(args: readonly string[]): { text: string; args: readonly string[] } | undefined {
  const at = args.findIndex((word) => /^-[a-z]*c$/.test(word));
  if (at !== -1) return { text: args[at + 1] ?? '', args: [] };
  const file = args.find((word) => !word.startsWith('-'));
  return file === undefined ? undefined : { text: 'bash', args };
}

interface Shell {
  run(io: ProgramIo, script: string, args: readonly string[]): Promise<number>;
  interact(io: ProgramIo): Promise<number>;
}

async function loadShell(world: ShellWorld): Promise<Shell> {
  const library = await import('just-bash');
  let current: ProgramIo | undefined;
  const commands = Object.entries(world.programs).map(([name, program]) =>
    library.defineCommand(name, async (args, context) => {
      let stdout = '';
      let stderr = '';
      const stdin = bytesOf(library.latin1FromBytes(context.stdin));
      const io = {
        ...current!,
        argv: [name, ...args],
        stdin,
        stdout: (text: string) => void (stdout += text),
        stderr: (text: string) => void (stderr += text),
      };
      const exitCode = await program(io);
      return { stdout, stderr, exitCode };
    }),
  );
  const bash: Bash = new library.Bash({
    fs: shellFiles(world.files),
    cwd: world.cwd,
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', HOSTNAME: world.hostname, ...world.env },
    customCommands: commands,
  });
  const execute = async (io: ProgramIo, script: string, options: { args?: string[]; cwd?: string; env?: Record<string, string> }) => {
    current = io;
    const stdin = io.tty ? '' : await textOf(io.stdin);
    const result = await bash.exec(script, { ...options, stdin, signal: io.signal });
    if (result.stdout) io.stdout(result.stdout);
    if (result.stderr) io.stderr(result.stderr.replace(/^bash: (?:line \d+: )?(\S+): command not found/gm, 'sh: 1: $1: not found'));
    return result;
  };
  return {
    run: async (io, script, args) => (await execute(io, script, { args: [...args] })).exitCode,
    async interact(io) {
      const prompt = () => io.stdout(`root@${world.hostname}:${cwd}# `);
      let cwd = world.cwd;
      let env: Record<string, string> = {};
      let code = 0;
      prompt();
      for await (const line of readLines(io)) {
        const exit = /^\s*exit(?:\s+(\d+))?\s*$/.exec(line);
        if (exit) return Number(exit[1] ?? code);
        if (line.trim() !== '') {
          const out = (text: string) => io.stdout(text.replaceAll('\n', '\r\n'));
          const result = await execute({ ...io, stdin: undefined, stdout: out, stderr: out }, line, { cwd, env });
          code = result.exitCode;
          env = { ...result.env };
          cwd = result.env['PWD'] ?? cwd;
        }
        prompt();
      }
      return code;
    },
  };
}

async function textOf(stream: AsyncIterable<Uint8Array> | undefined): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of stream ?? []) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

async function* bytesOf(latin1: string): AsyncGenerator<Uint8Array> {
  if (latin1) yield Buffer.from(latin1, 'latin1');
}
