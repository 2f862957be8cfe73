import { expect, test } from 'vitest';
import { VariableClock } from '../../../../src/base/variable-clock.ts';
import type { ConnectResult, Network } from '../../../../src/sim/net/network.ts';
import { FileTree } from '../../../../src/sim/node/file-tree.ts';
import type { Kubelet } from '../../../../src/sim/node/kubelet/kubelet.ts';
import type { Host } from '../../../../src/sim/node/shell/command.ts';
import { inContainers } from '../../../../src/sim/node/shell/commands.ts';
import { execute } from '../../../../src/sim/node/shell/execute.ts';

const answers: Record<string, Partial<ConnectResult>> = {
  web: { outcome: 'connected', address: '10.96.0.7', latencyMs: 1, ttl: 62, response: { status: 200, body: 'web-1\n', headers: {} } },
  closed: { outcome: 'refused', address: '10.96.0.8', latencyMs: 1 },
  dropped: { outcome: 'timeout', address: '10.96.0.9', latencyMs: 0 },
  nowhere: { outcome: 'unresolved', latencyMs: 1 },
};
const network = {
  connect: ({ host }: { host: string }) => ({ reason: '', trace: [], latencyMs: 0, ...answers[host] }),
} as unknown as Network;

async function run(
  argv: string[],
  stdin?: string,
  files: Record<string, string> = {},
  options: { tty?: boolean; signal?: AbortSignal; onOutput?: (text: string) => void } = {},
) {
  const clock = new VariableClock(0);
  clock.play(1_000);
  const tree = new FileTree(() => clock.now());
  for (const [path, text] of Object.entries(files)) tree.write(path, text);
  const host: Host = {
    hostname: 'client-1',
    origin: { podUid: 'u' },
    address: '10.245.1.83',
    files: tree,
    env: { APP: 'shop' },
    clock,
    network,
    // No command that is tried here asks the node.
    kubelet: undefined as unknown as Kubelet,
  };
  let stdout = '';
  let stderr = '';
  const io = {
    argv,
    stdout(text: string) {
      stdout += text;
      options.onOutput?.(text);
    },
    stderr: (text: string) => void (stderr += text),
    signal: options.signal ?? new AbortController().signal,
    ...(options.tty && { tty: true }),
    ...(stdin !== undefined && {
      stdin: (async function* () {
        yield new TextEncoder().encode(stdin);
      })(),
    }),
  };
  const exitCode = await execute(host, io, { commands: inContainers });
  clock.pause();
  return { stdout, stderr, exitCode, files: tree };
}

test('curl prints the body, or its own exit code and message for each kind of failure', async () => {
  expect(await run(['curl', '-s', '-m2', 'http://web'])).toMatchObject({ stdout: 'web-1\n', stderr: '', exitCode: 0 });
  expect(await run(['curl', '-sS', '-m2', 'http://closed'])).toMatchObject({
    exitCode: 7,
    stderr: expect.stringContaining('Failed to connect to closed port 80'),
  });
  expect(await run(['curl', '-sS', '--max-time', '2', 'http://dropped:8080'])).toMatchObject({
    exitCode: 28,
    stderr: 'curl: (28) Connection timed out after 2000 milliseconds\n',
  });
  expect(await run(['curl', '-sS', 'http://nowhere'])).toMatchObject({
    exitCode: 6,
    stderr: 'curl: (6) Could not resolve host: nowhere\n',
  });
});

test('curl writes out what -w asks for, and keeps the body to itself with -o /dev/null', async () => {
  expect(await run(['curl', '-s', '-o', '/dev/null', '-w', '%{http_code}\\n', 'http://web'])).toMatchObject({
    stdout: '200\n',
    exitCode: 0,
  });
  expect(await run(['curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', '-m', '1', 'http://dropped'])).toMatchObject({
    stdout: '000',
    exitCode: 28,
  });
});

test('wget speaks as BusyBox does', async () => {
  expect(await run(['wget', '-qO-', '-T2', 'http://web'])).toMatchObject({ stdout: 'web-1\n', exitCode: 0 });
  expect(await run(['wget', '-qO-', '-T2', 'http://dropped'])).toMatchObject({ stderr: 'wget: download timed out\n', exitCode: 1 });
  expect(await run(['wget', '-qO-', 'http://nowhere'])).toMatchObject({ stderr: "wget: bad address 'nowhere'\n", exitCode: 1 });
});

test('ping counts what came back and fails when nothing did', async () => {
  const good = await run(['ping', '-c', '2', 'web']);
  expect(good.stdout).toContain('64 bytes from 10.96.0.7: seq=1 ttl=62');
  expect(good.stdout).toContain('2 packets transmitted, 2 packets received, 0% packet loss');
  const bad = await run(['ping', '-c', '2', '-W', '1', 'dropped']);
  expect(bad).toMatchObject({
    exitCode: 1,
    stdout: expect.stringContaining('2 packets transmitted, 0 packets received, 100% packet loss'),
  });
});

test('a script in a shell uses programs, pipes, variables and files', async () => {
  const { stdout, exitCode, files } = await run(
    ['sh', '-c', 'for i in 1 2; do curl -s http://web; done | sort -u > /tmp/out; echo $APP; cat /etc/note'],
    undefined,
    { '/etc/note': 'hello\n' },
  );
  expect({ stdout, exitCode }).toEqual({ stdout: 'shop\nhello\n', exitCode: 0 });
  expect(files.read('/tmp/out')).toBe('web-1\n');
});

test("a script's exit code and an unknown command's words come through", async () => {
  expect(await run(['sh', '-c', 'exit 3'])).toMatchObject({ exitCode: 3 });
  expect(await run(['sh', '-c', 'nosuch'])).toMatchObject({ exitCode: 127, stderr: 'sh: 1: nosuch: not found\n' });
});

test('standard input reaches the program that reads it', async () => {
  expect(await run(['cat'], 'from stdin\n')).toMatchObject({ stdout: 'from stdin\n', exitCode: 0 });
  expect(await run(['sh'], 'echo one\necho two\n')).toMatchObject({ stdout: 'one\ntwo\n', exitCode: 0 });
});

test('a command that is not there is no command', async () => {
  expect(await run(['nosuch'])).toMatchObject({ exitCode: undefined });
});

test('a loop speaks as it goes, and ends when its caller goes', async () => {
  const abort = new AbortController();
  const onOutput = (text: string) => text.includes('round 2') && abort.abort();
  const script = 'n=0; while true; do n=$((n+1)); echo round $n; sleep 20; done';
  const { stdout } = await run(['sh', '-c', script], undefined, {}, { signal: abort.signal, onOutput });
  expect(stdout).toBe('round 1\nround 2\n');
});

test('statements keep variables, the folder and the last exit code between them, and exit ends the script', async () => {
  const script = 'cd /etc; for f in a b; do x="$x$f"; done; false; echo $? $x $PWD; if true; then exit 4; fi; echo never';
  expect(await run(['sh', '-c', script], undefined, { '/etc/a': '' })).toMatchObject({ stdout: '1 ab /etc\n', exitCode: 4 });
});

test('a terminal echoes, edits, remembers and leaves', async () => {
  const { stdout, exitCode } = await run(['sh'], 'echp\x7fo hi\rcd /tmp\r\x1b[A\x15pwd\rexit 7\r', { '/tmp/x': '' }, { tty: true });
  const prompt = (folder: string) => `root@client-1:${folder}# `;
  expect(stdout.split('\r\n')).toEqual([
    `${prompt('/')}echp\b \bo hi`,
    'hi',
    `${prompt('/')}cd /tmp`,
    `${prompt('/tmp')}cd /tmp${'\b \b'.repeat(7)}pwd`,
    '/tmp',
    `${prompt('/tmp')}exit 7`,
    '',
  ]);
  expect(exitCode).toBe(7);
});

test('ls shows modes, sizes and owners as on a real node', async () => {
  const { stdout } = await run(['ls', '-l', '/etc'], undefined, { '/etc/note': 'hello\n', '/etc/cni/net.d/x': '' });
  expect(stdout).toMatch(
    /^total 8\ndrwxr-xr-x 1 root root 4096 Jan {2}1 00:\d\d cni\n-rw-r--r-- 1 root root {4}6 Jan {2}1 00:\d\d note\n$/,
  );
});
