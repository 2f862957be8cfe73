import type { CommandResult } from './cluster.ts';

interface Streams {
  stdout(text: string): void;
  stderr(text: string): void;
  signal: AbortSignal;
}

/**
 * Runs something that writes to streams and collects what it wrote. A program that outlives `timeoutMs` is
 * told to end and counts as exit code 124, as timeout(1) does.
 */
export async function collect(
  run: (streams: Streams) => Promise<number>,
  options: { timeoutMs?: number | undefined; signal?: AbortSignal | undefined } = {},
): Promise<CommandResult> {
  const timeout = AbortSignal.timeout(options.timeoutMs ?? 60_000);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  const ended = new Promise<number>((resolve) => timeout.addEventListener('abort', () => resolve(124), { once: true }));
  let stdout = '';
  let stderr = '';
  const exitCode = await Promise.race([
    run({ stdout: (text) => void (stdout += text), stderr: (text) => void (stderr += text), signal }),
    ended,
  ]);
  options.signal?.throwIfAborted();
  return { stdout, stderr, exitCode };
}
