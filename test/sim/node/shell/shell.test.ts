import { expect, test } from 'vitest';
import { VariableClock } from '../../../../src/base/variable-clock.ts';
import type { ConnectResult, Network } from '../../../../src/sim/net/network.ts';
import type { FileStat, NodeFiles } from '../../../../src/sim/node/machine.ts';
import { networkPrograms } from '../../../../src/sim/node/shell/network-programs.ts';
import { runCommand, type ShellWorld } from '../../../../src/sim/node/shell/shell.ts';

/** A flat file system: enough for a shell to read and write. */
function memoryFiles(initial: Record<string, string>): NodeFiles {
  const texts = new Map(Object.entries(initial));
  const missing = (path: string) => Object.assign(new Error(`ENOENT: no such file or directory, '${path}'`), { code: 'ENOENT' });
  const isFolder = (path: string) => path === '/' || [...texts.keys()].some((p) => p.startsWith(`${path}/`));
  const stat = (path: string): FileStat => {
    if (!texts.has(path) && !isFolder(path)) throw missing(path);
    return { path, directory: !texts.has(path), mode: 0o644, size: texts.get(path)?.length ?? 0, modified: 0 };
  };
  return {
    read(path) {
      const text = texts.get(path);
      if (text === undefined) throw missing(path);
      return text;
    },
    exists: (path) => texts.has(path) || isFolder(path),
    stat,
    list(path) {
      const prefix = path === '/' ? '/' : `${path}/`;
      const names = new Set([...texts.keys()].filter((p) => p.startsWith(prefix)).map((p) => p.slice(prefix.length).split('/')[0]!));
      return [...names].sort().map((name) => stat(`${prefix}${name}`));
    },
    write: (path, text) => void texts.set(path, text),
    append: (path, text) => void texts.set(path, (texts.get(path) ?? '') + text),
    rename(from, to) {
      texts.set(to, texts.get(from) ?? '');
      texts.delete(from);
    },
    remove: (path) => void texts.delete(path),
    mkdir: () => undefined,
    watch: () => () => undefined,
  };
}

const answers: Record<string, Partial<ConnectResult>> = {
  web: { outcome: 'connected', address: '10.96.0.7', latencyMs: 1, ttl: 62, response: { status: 200, body: 'web-1\n', headers: {} } },
  closed: { outcome: 'refused', address: '10.96.0.8', latencyMs: 1 },
  dropped: { outcome: 'timeout', address: '10.96.0.9', latencyMs: 0 },
  nowhere: { outcome: 'unresolved', latencyMs: 1 },
};
const network = {
  connect: ({ host }: { host: string }) => ({ reason: '', trace: [], latencyMs: 0, ...answers[host] }),
} as unknown as Network;

async function run(argv: string[], stdin?: string, files: Record<string, string> = {}) {
  const clock = new VariableClock(0);
  clock.play(1_000);
  const seat = { network, origin: { podUid: 'u' }, clock, address: '10.245.1.83' };
  const programs = Object.fromEntries(
    Object.entries(networkPrograms).map(([name, program]) => [name, (io: Parameters<typeof program>[0]) => program(io, seat)]),
  );
  const world: ShellWorld = { files: memoryFiles(files), programs, env: { APP: 'shop' }, cwd: '/', hostname: 'client-1' };
  let stdout = '';
  let stderr = '';
  const exitCode = await runCommand(
    {
      argv,
      stdout: (text) => void (stdout += text),
      stderr: (text) => void (stderr += text),
      signal: new AbortController().signal,
      ...(stdin !== undefined && {
        stdin: (async function* () {
          yield new TextEncoder().encode(stdin);
        })(),
      }),
    },
    world,
  );
  clock.pause();
  return { stdout, stderr, exitCode, files: world.files };
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
