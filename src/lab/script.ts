import { createRequire } from 'node:module';
import { KindlabError } from '../base/errors.ts';
import { run } from '../base/process.ts';

const zx = createRequire(import.meta.url).resolve('zx/cli');

/** Runs a script of a lab (a solution, a fault) by zx to its end. Throws KindlabError `script-failed` with the last lines that it printed. */
export async function runScript(
  script: string,
  options: { env: Readonly<Record<string, string | undefined>>; cwd: string; signal: AbortSignal; onLine: (line: string) => void },
): Promise<void> {
  const last: string[] = [];
  const onLine = (line: string) => {
    last.push(line);
    if (last.length > 8) last.shift();
    options.onLine(line);
  };
  // What it prints goes to a log and a screen of ours.
  const env = { ...options.env, FORCE_COLOR: '0', NO_COLOR: '1' };
  const result = await run(process.execPath, [zx, '--verbose', script], { env, cwd: options.cwd, signal: options.signal, onLine });
  if (result.exitCode === 0) return;
  throw new KindlabError({
    code: 'script-failed',
    message: [`${script} ended with exit code ${result.exitCode}`, ...last.map((line) => `  ${line}`)].join('\n'),
    exitCode: 1,
  });
}
