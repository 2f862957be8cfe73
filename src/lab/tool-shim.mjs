// What helm, cilium, docker and kind are in a simulated session's shell: passes its arguments, environment and
// standard input to the session's process and prints what comes back. Without dependencies, so that it starts fast.
// @ts-check
/* oxlint-disable no-restricted-properties -- a program of its own: its exit code is the tool's */
import { readFileSync } from 'node:fs';
import { request } from 'node:http';

const [, , processFile = '', tool = '', ...argv] = process.argv;

/** @param {string} why @returns {never} */
function fail(why) {
  process.stderr.write(`${tool}: ${why}\n`);
  process.exit(1);
}

/** @returns {{ port: number, token: string }} */
function readInfo() {
  try {
    return JSON.parse(readFileSync(processFile, 'utf8'));
  } catch {
    return fail('the session of this shell is not running; `kindlab status` starts it again');
  }
}

const { port, token } = readInfo();
const outgoing = request({
  host: '127.0.0.1',
  port,
  method: 'POST',
  path: `/tool/${encodeURIComponent(tool)}`,
  headers: { authorization: `Bearer ${token}` },
});
outgoing.on('error', (error) => fail(`the session does not answer (${error.message}); \`kindlab status\` starts it again`));
outgoing.write(`${JSON.stringify({ argv, cwd: process.cwd(), env: process.env, tty: process.stdin.isTTY && process.stdout.isTTY })}\n`);
if (readsInput()) process.stdin.pipe(outgoing);
else outgoing.end();

/**
 * The real tools leave alone what they do not read: the lines that were pasted after theirs, the list of a loop around
 * them. Input is for `-` in a file's place, and for `docker exec -i`.
 */
function readsInput() {
  if (tool !== 'docker' || argv[0] !== 'exec') return argv.some((word) => /(^|=|^-f)-$|^\/dev\/stdin$/.test(word));
  for (let i = 1; argv[i]?.startsWith('-'); i++) {
    const word = argv[i] ?? '';
    if (/^(-[dit]*i[dit]*|--interactive(=true)?)$/.test(word)) return true;
    if (/^(-[euw]|--(detach-keys|env|env-file|user|workdir))$/.test(word)) i++;
  }
  return false;
}

// Ctrl-C ends the tool in the session: the connection closes.
for (const [signal, code] of /** @type {const} */ ([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
])) {
  process.on(signal, () => {
    outgoing.destroy();
    process.exit(code);
  });
}
process.stdout.on('error', (error) => {
  // The reader of a pipe went away, as with `| head`.
  if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EPIPE') process.exit(141);
  throw error;
});

outgoing.on('response', (response) => {
  let text = '';
  response.setEncoding('utf8');
  response.on('data', (chunk) => {
    text += chunk;
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) take(JSON.parse(line));
  });
  response.on('end', () => {
    if (process.exitCode !== undefined) return;
    if (response.statusCode === 200) fail('the session ended');
    const { error } = JSON.parse(text);
    fail(error.fix ? `${error.message}\n${error.fix}` : error.message);
  });
});

/** @param {{ stdout?: string, stderr?: string, exit?: number }} frame */
function take({ stdout, stderr, exit }) {
  if (stdout !== undefined) process.stdout.write(stdout);
  if (stderr !== undefined) process.stderr.write(stderr);
  if (exit === undefined) return;
  process.exitCode = exit;
  process.stdin.destroy();
  outgoing.destroy();
  // A pipe may still hold what was written; leaving waits for it.
  process.stdout.write('', () => process.stderr.write('', () => process.exit(exit)));
}
