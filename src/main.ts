import { projectRoot } from './cli/context.ts';
import { runCommandLine } from './cli/run.ts';

const cancel = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => cancel.abort(new Error(signal)));

const code = await runCommandLine(
  { env: process.env, cwd: process.cwd(), root: projectRoot(), stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, signal: cancel.signal },
  process.argv.slice(2),
);
process.exit(code);
