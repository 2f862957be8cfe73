import type { Bash, Command as BashCommand } from 'just-bash';
import { sleep } from '../../../base/clock.ts';
import { BashFiles } from './bash-files.ts';
import type { Command, Commands, Host } from './command.ts';
import { FileError } from '../file-tree.ts';
import { canStream, failedStep, StreamedScript, type StepResult } from './streaming.ts';

export interface ScriptOptions {
  /** How messages call the shell: `sh: 1: foo: not found`. */
  name: string;
  stdin: Uint8Array;
  cwd: string;
  env: Record<string, string>;
  out: (text: string) => void;
  outBytes: (bytes: Uint8Array) => void;
  err: (text: string) => void;
  signal: AbortSignal;
}

/** The commands that just-bash brings. Loads it. */
export async function knowsCommand(name: string): Promise<boolean> {
  const { getCommandNames } = await import('just-bash');
  return getCommandNames().includes(name);
}

/** Runs a script in a host's namespaces. just-bash is loaded with the first one. */
export async function runScript(
  script: string,
  host: Host,
  commands: Commands,
  options: ScriptOptions,
): Promise<{ exitCode: number; env: Record<string, string> }> {
  const { out, outBytes, err, name, signal } = options;
  const bash = await makeBash(host, commands, options);
  const stdin = { stdin: Buffer.from(options.stdin).toString('latin1'), stdinKind: 'bytes' as const };
  const emit = ({ stdout, stderr, stdoutKind }: StepResult) => {
    if (stdout && stdoutKind === 'bytes') outBytes(Buffer.from(stdout, 'latin1'));
    else if (stdout) out(stdout);
    if (stderr && !signal.aborted) err(dialect(stderr, name));
  };
  const step = async (text: string, env: Record<string, string>): Promise<StepResult> => {
    try {
      return await bash.exec(text, { ...stdin, signal, rawScript: true, env, replaceEnv: true, cwd: env['PWD'] ?? options.cwd });
    } catch (error) {
      // just-bash throws what a redirection cannot write; a shell says it and goes on.
      if (!(error instanceof FileError)) throw error;
      return { stdout: '', stderr: `${error.message}\n`, exitCode: 1, env: failedStep(env) };
    }
  };
  const env = { ...options.env, PWD: options.cwd };
  if (!canStream(script)) {
    const result = await step(script, env);
    emit(result);
    return result;
  }
  const { parse, serialize } = await import('just-bash');
  return new StreamedScript({ parse, serialize }, env, step, emit, signal).run(script);
}

async function makeBash(host: Host, commands: Commands, options: ScriptOptions): Promise<Bash> {
  const just = await import('just-bash');
  const adapt = ([name, command]: [string, Command]): BashCommand => ({
    name,
    async execute(args, context) {
      const stdout: Buffer[] = [];
      let stderr = '';
      const exitCode = await command(
        args,
        { ...host, env: { ...context.exportedEnv } },
        {
          word: name,
          stdin: async () => just.decodeBytesToUtf8(context.stdin),
          stdinBytes: async () => Buffer.from(String(context.stdin), 'latin1'),
          cwd: context.cwd,
          out: (text) => void stdout.push(Buffer.from(text)),
          outBytes: (bytes) => void stdout.push(Buffer.from(bytes)),
          err: (text) => void (stderr += text),
          signal: context.signal ?? options.signal,
        },
      );
      return { stdout: Buffer.concat(stdout).toString('latin1'), stdoutKind: 'bytes', stdoutEncoding: 'binary', stderr, exitCode };
    },
  });
  return new just.Bash({
    fs: new BashFiles(host.files, new Set([...just.getCommandNames(), ...Object.keys(commands)])),
    cwd: options.cwd,
    env: options.env,
    customCommands: Object.entries(commands).map(adapt),
    // Scripts see nothing of this process, and the commands beside just-bash's are ours: no patched globals are needed.
    defenseInDepth: false,
    sleep: (ms) => sleep(host.clock, ms, options.signal),
  });
}

/** just-bash speaks bash's words; dash and busybox say it otherwise. */
const dialect = (stderr: string, name: string): string =>
  name === 'bash'
    ? stderr
    : stderr
        .replace(/^bash: (?:line \d+: )?(.+): command not found$/gm, `${name}: 1: $1: not found`)
        .replace(/^(?:bash: )?EROFS: read-only file system, open '(.*)'$/gm, `${name}: can't create $1: Read-only file system`)
        .replace(/^bash: /gm, `${name}: `);
