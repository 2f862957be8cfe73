import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { projectRoot, type CliContext } from '../../src/cli/context.ts';
import { runCommandLine } from '../../src/cli/run.ts';

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

async function kindlab(argv: string[], overrides: Partial<CliContext> & { state?: string } = {}): Promise<Outcome> {
  const texts = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        texts[name] += chunk.toString();
        done();
      },
    }) as unknown as NodeJS.WriteStream;
  const state = overrides.state ?? (await mkdtemp(join(tmpdir(), 'kindlab-cli-')));
  const cli: CliContext = {
    env: { ...process.env, HOME: state, XDG_STATE_HOME: join(state, 'state'), KINDLAB_CLUSTER: undefined },
    cwd: state,
    root: projectRoot(),
    stdin: process.stdin,
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    signal: new AbortController().signal,
    ...overrides,
  };
  return { code: await runCommandLine(cli, argv), ...texts };
}

/** A folder that stands for the project, with one lab of the given lab.yaml. */
async function projectWith(labYaml: string): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'kindlab-project-'));
  await mkdir(join(root, 'labs', 'broken', 'steps'), { recursive: true });
  await writeFile(join(root, 'labs', 'broken', 'lab.yaml'), labYaml);
  return root;
}

test('--help lists every command and exits with 0', async () => {
  const { code, stdout } = await kindlab(['--help']);
  expect(code).toBe(0);
  for (const command of ['labs', 'up', 'status', 'check', 'hint', 'solve', 'reset', 'shell', 'down', 'cluster', 'doctor', 'play'])
    expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
});

test.each([
  [['nonsense'], 'there is no command "nonsense"'],
  [['labs', '--nonsense'], "unknown option '--nonsense'"],
  [['up'], "missing required argument 'lab'"],
  [['up', 'nonsense'], 'there is no lab "nonsense"; known: calico-to-cilium'],
  [['up', 'calico-to-cilium', '--backend', 'cloud'], "'cloud' is invalid"],
  [['up', 'calico-to-cilium', '--name', 'Not_A_Label'], 'cluster name "Not_A_Label"'],
  [['cluster', 'create', 'x', '--workers', '-1'], 'a whole number from 0 to 1000'],
  [['cluster', 'create', 'x', '--cni', 'flannel'], "'flannel' is invalid"],
  [['check'], 'no lab is running'],
  [['solve'], 'no lab is running'],
  [['down', 'nobody'], 'there is no session or cluster "nobody"'],
  [['cluster', 'kubeconfig', 'nobody'], 'there is no session "nobody"'],
])('%j is one message and exit code 2', async (argv, message) => {
  const { code, stderr, stdout } = await kindlab(argv);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stdout).toBe('');
});

test('with --json a failure is JSON on standard output', async () => {
  const { code, stdout } = await kindlab(['check', '--json']);
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'no-session', message: 'no lab is running' } });
});

test('labs lists titles and steps, and a broken lab with file, line and what was expected', async () => {
  const good = await kindlab(['labs', '--json']);
  expect(JSON.parse(good.stdout)).toContainEqual(expect.objectContaining({ id: 'calico-to-cilium', done: 0 }));
  const root = await projectWith(
    'id: broken\ntitle: T\nsummary: S\ncluster:\n  name: x\n  cni: flannel\n  workers: 2\n  kindConfig: none\nsteps: [{id: a}]\n',
  );
  const listed = await kindlab(['labs'], { root });
  expect(listed.code).toBe(0);
  expect(listed.stdout).toContain('labs/broken/lab.yaml:6');
  const started = await kindlab(['up', 'broken'], { root });
  expect(started.code).toBe(2);
  expect(started.stderr).toContain('labs/broken/lab.yaml:6');
});

test('a state folder that cannot be written is one clear message', async () => {
  const state = await mkdtemp(join(tmpdir(), 'kindlab-cli-'));
  await writeFile(join(state, 'state'), 'a file where the folder should be');
  const { code, stderr } = await kindlab(['up', 'calico-to-cilium'], { state });
  expect(code).toBe(2);
  expect(stderr).toContain('kindlab cannot write its state');
  expect(stderr).toContain('XDG_STATE_HOME=');
});

test('doctor tells what is there, and exits with 0 where the simulated backend can run', async () => {
  const bin = await mkdtemp(join(tmpdir(), 'kindlab-bin-'));
  await writeFile(join(bin, 'kubectl'), `#!/bin/sh\necho '{"clientVersion": {"gitVersion": "v1.36.0"}}'\n`);
  await chmod(join(bin, 'kubectl'), 0o755);
  const home = await mkdtemp(join(tmpdir(), 'kindlab-cli-'));
  const { code, stdout } = await kindlab(['doctor', '--json'], { env: { HOME: home, PATH: bin } });
  expect(code).toBe(0);
  const { findings, simulated, kind } = JSON.parse(stdout) as {
    findings: { subject: string; state: string; found: string }[];
    simulated: boolean;
    kind: boolean;
  };
  expect({ simulated, kind }).toEqual({ simulated: true, kind: false });
  expect(findings).toContainEqual(expect.objectContaining({ subject: 'kubectl', state: 'ok', found: `1.36.0 (${join(bin, 'kubectl')})` }));
  expect(findings).toContainEqual(expect.objectContaining({ subject: 'kind', state: 'limited', fix: expect.any(String) }));
});

test('without a terminal the TUI says what to use instead', async () => {
  const { code, stderr } = await kindlab([]);
  expect(code).toBe(2);
  expect(stderr).toContain('needs a terminal');
});
