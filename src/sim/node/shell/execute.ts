import type { ProgramIo } from '../image.ts';
import { knowsCommand, runScript, type ScriptOptions } from './bash.ts';
import type { CommandIo, Commands, Host } from './command.ts';
import { interact } from './interactive.ts';

const shells = new Set(['sh', 'bash', 'ash', 'dash']);
const nameOf = (word: string): string => word.slice(word.lastIndexOf('/') + 1);

export interface ExecuteOptions {
  commands: Commands;
  /** No shell, and nothing but the image's own programs. */
  bare?: boolean;
}

/** Runs a command line in a host's namespaces; undefined where there is no such command. */
export async function execute(host: Host, io: ProgramIo, { commands, bare = false }: ExecuteOptions): Promise<number | undefined> {
  const [word = '', ...args] = io.argv;
  const name = nameOf(word);
  const cwd = io.cwd ?? '/';
  const command = commands[name];
  if (command) return finish(io, () => command(args, host, commandIo(io, cwd, word)));
  if (bare) return undefined;
  const isShell = shells.has(name);
  if (!isShell && !(await knowsCommand(name))) return undefined;
  const env = { HOME: '/root', ...host.env, ...io.env };
  const base: Omit<ScriptOptions, 'stdin'> = {
    name: isShell ? name : 'sh',
    cwd,
    env,
    out: io.stdout,
    outBytes: bytesTo(io),
    err: io.stderr,
    signal: io.signal,
  };
  if (!isShell)
    return finish(
      io,
      async () =>
        (await runScript(io.argv.with(0, name).map(quote).join(' '), host, commands, { ...base, stdin: await readAll(io) })).exitCode,
    );
  const flag = args.findIndex((arg) => /^-\w*c$/.test(arg));
  if (flag !== -1) {
    const options = args
      .slice(0, flag + 1)
      .join('')
      .replaceAll(/[-cil]/g, '');
    const script = `${options ? `set -${options}\n` : ''}${positional(args.slice(flag + 3))}${args[flag + 1] ?? ''}`;
    return finish(io, async () => (await runScript(script, host, commands, { ...base, stdin: await readAll(io) })).exitCode);
  }
  const file = args.find((arg) => !arg.startsWith('-'));
  if (file !== undefined) {
    if (!host.files.exists(file)) {
      io.stderr(`${name}: 0: cannot open ${file}: No such file\n`);
      return 2;
    }
    return finish(io, async () => (await runScript(host.files.read(file), host, commands, { ...base, stdin: await readAll(io) })).exitCode);
  }
  if (io.tty) return terminal(host, io, commands, base);
  return finish(io, async () => (await runScript((await readAll(io)).toString(), host, commands, { ...base, stdin: nothing })).exitCode);
}

/** 130 where the signal ended it. */
async function finish(io: ProgramIo, run: () => number | Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (io.signal.aborted) return 130;
    throw error;
  }
}

async function terminal(host: Host, io: ProgramIo, commands: Commands, base: Omit<ScriptOptions, 'stdin'>): Promise<number> {
  let env = base.env;
  let code = 0;
  const out = (text: string) => io.stdout(text.replaceAll(/\r?\n/g, '\r\n'));
  const outBytes = (bytes: Uint8Array) => out(Buffer.from(bytes).toString());
  const onNode = !host.container;
  await interact(io, {
    prompt: () => (onNode ? `root@${host.hostname}:${env['PWD'] ?? base.cwd}# ` : `${env['PWD'] ?? base.cwd} # `),
    async run(line, signal) {
      const leave = /^\s*(?:exit|logout)(?:\s+(\d+))?\s*$/.exec(line);
      if (leave) {
        code = Number(leave[1] ?? code);
        return false;
      }
      if (!line.trim()) return true;
      const words = line.trim().split(/\s+/);
      const command = /^[\w@%+=:,./\s-]+$/.test(line) ? commands[words[0]!] : undefined;
      const cwd = env['PWD'] ?? base.cwd;
      try {
        if (command)
          code = await command(
            words.slice(1),
            { ...host, env },
            { ...commandIo(io, cwd, words[0]!), stdin: async () => '', stdinBytes: async () => nothing, out, outBytes, err: out, signal },
          );
        else
          ({ exitCode: code, env } = await runScript(line, host, commands, {
            ...base,
            cwd,
            env,
            stdin: nothing,
            out,
            outBytes,
            err: out,
            signal,
          }));
      } catch (error) {
        if (!signal.aborted) throw error;
        code = 130;
      }
      return !io.signal.aborted;
    },
  });
  return code;
}

const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** `$1` and on of `sh -c SCRIPT NAME ARGS…`. */
const positional = (args: readonly string[]): string => (args.length > 0 ? `set -- ${args.map(quote).join(' ')}\n` : '');

const nothing = Buffer.alloc(0);

const bytesTo = (io: ProgramIo) => io.stdoutBytes ?? ((bytes: Uint8Array) => io.stdout(Buffer.from(bytes).toString()));

const commandIo = (io: ProgramIo, cwd: string, word: string): CommandIo => ({
  word,
  stdin: async () => (await readAll(io)).toString(),
  stdinBytes: () => readAll(io),
  cwd,
  out: io.stdout,
  outBytes: bytesTo(io),
  err: io.stderr,
  signal: io.signal,
});

async function readAll(io: ProgramIo): Promise<Buffer> {
  if (!io.stdin || io.tty) return nothing;
  const chunks: Uint8Array[] = [];
  for await (const chunk of io.stdin) chunks.push(chunk);
  return Buffer.concat(chunks);
}
