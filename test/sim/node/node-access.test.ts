import { beforeAll, expect, test } from 'vitest';
import { NodeRig } from './rig.ts';

const target = (pod: string) => ({ namespace: 'shop', pod, container: 'c' });
const signal = new AbortController().signal;

async function textOf(chunks: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const chunk of chunks) text += chunk;
  return text;
}

// A stepped clock does not wait for the shell to be loaded, which takes time of its own.
beforeAll(() => import('just-bash'));

test('logs: the last lines, those since a moment, with their times, and of the run before', async () => {
  const rig = new NodeRig();
  rig.create('job', { image: 'busybox:1.37', command: ['sh', '-c', 'echo one; sleep 5; echo two; exit 1'] });
  await rig.clock.advance(9000);
  const { nodeAccess } = rig.nodes;
  expect(await textOf(nodeAccess.logs(target('job'), { previous: true, signal }))).toBe('one\ntwo\n');
  expect(await textOf(nodeAccess.logs(target('job'), { previous: true, tailLines: 1, signal }))).toBe('two\n');
  const timed = await textOf(nodeAccess.logs(target('job'), { previous: true, timestamps: true, signal }));
  expect(timed).toMatch(/^2026-11-23T17:00:\d\d\.\d{9}Z one\n2026-11-23T17:00:\d\d\.\d{9}Z two\n$/);
  const sinceMs = Date.parse(timed.slice(0, 30)) + 1000;
  expect(await textOf(nodeAccess.logs(target('job'), { previous: true, sinceMs, signal }))).toBe('two\n');
});

test('a followed log brings each line as it is written, and ends with the container', async () => {
  const rig = new NodeRig();
  rig.create(
    'job',
    { image: 'busybox:1.37', command: ['sh', '-c', 'for i in 1 2 3; do echo $i; sleep 1; done'] },
    { restartPolicy: 'Never' },
  );
  await rig.clock.advance(1500);
  const followed = textOf(rig.nodes.nodeAccess.logs(target('job'), { follow: true, signal }));
  await rig.clock.advance(6000);
  expect(await followed).toBe('1\n2\n3\n');
});

test('a followed log ends when its reader goes', async () => {
  const rig = new NodeRig();
  rig.create('web', {});
  await rig.clock.advance(2000);
  const abort = new AbortController();
  const followed = textOf(rig.nodes.nodeAccess.logs(target('web'), { follow: true, signal: abort.signal }));
  abort.abort();
  expect(await followed).toBe('listening on :8080\n');
});

test('the log of a container that waits is refused with its reason', () => {
  const rig = new NodeRig({ cni: false });
  rig.create('web', {});
  expect(() => rig.nodes.nodeAccess.logs(target('web'), { signal })).toThrow(
    'container "c" in pod "web" is waiting to start: ContainerCreating',
  );
  expect(() => rig.nodes.nodeAccess.logs(target('nobody'), { signal })).toThrow('pods "nobody" not found');
});

test('exec runs in the container; what is not there is an error of the runtime', async () => {
  const rig = new NodeRig();
  rig.create('web', {});
  await rig.clock.advance(2000);
  expect(await rig.exec('web', 'hostname')).toEqual({ code: 0, out: 'web\n' });
  expect(await rig.exec('web', 'sh', '-c', 'exit 7')).toEqual({ code: 7, out: '' });
  expect(await rig.exec('web', 'nosuch')).toEqual({
    code: 126,
    out: expect.stringContaining('exec: "nosuch": executable file not found in $PATH'),
  });
});

test("a container without a shell says so in the runtime's words", async () => {
  const rig = new NodeRig();
  rig.create('dns', { image: 'registry.k8s.io/coredns/coredns:v1.14.2' });
  await rig.clock.advance(2000);
  expect(await rig.exec('dns', 'sh')).toEqual({
    code: 126,
    out: expect.stringContaining('exec: "sh": executable file not found in $PATH'),
  });
});

test('attach talks to the shell of `kubectl run -it`, and its end is the end of the container', async () => {
  const rig = new NodeRig();
  rig.create('it', { image: 'busybox:1.37', args: ['sh'], stdin: true, tty: true }, { restartPolicy: 'Never' });
  await rig.clock.advance(3000);
  let out = '';
  const io = {
    argv: [],
    tty: true,
    signal,
    stdin: (async function* () {
      yield Buffer.from('echo $HOSTNAME\rexit 4\r');
    })(),
    stdout: (text: string) => void (out += text),
    stderr: (text: string) => void (out += text),
  };
  expect(await rig.nodes.nodeAccess.attach(target('it'), io)).toBe(0);
  expect(out).toContain('\r\nit\r\n');
  expect(rig.container('it').state).toMatchObject({ terminated: { exitCode: 4 } });
});

test('a connection to a port speaks HTTP; a closed port is refused', async () => {
  const rig = new NodeRig();
  rig.create('web', {});
  await rig.clock.advance(2000);
  const { nodeAccess } = rig.nodes;
  const connection = await nodeAccess.connect({ namespace: 'shop', pod: 'web', port: 8080 }, signal);
  connection.write(Buffer.from('GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n'));
  let answer = '';
  for await (const bytes of connection.readable) answer += Buffer.from(bytes).toString();
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*Content-Length: 4\r\n\r\nweb\n$/);
  await expect(nodeAccess.connect({ namespace: 'shop', pod: 'web', port: 81 }, signal)).rejects.toThrow('connection refused');
});

test("a node's shell sees its files, its devices and its containers", async () => {
  const rig = new NodeRig();
  rig.create('web', {});
  await rig.clock.advance(2000);
  const run = async (...argv: string[]) => {
    let out = '';
    const take = (text: string) => void (out += text);
    const code = await rig.nodes.nodeExec('lab-worker', { argv, stdout: take, stderr: take, signal });
    return { code, out };
  };
  expect((await run('ls', '/etc/cni/net.d', '/opt/cni/bin')).out).toBe(
    '/etc/cni/net.d:\n10-ptp.conflist\n\n/opt/cni/bin:\nbridge\nhost-local\nloopback\nportmap\nptp\n',
  );
  expect((await run('ip', '-br', 'addr')).out).toContain('172.18.0.2/16');
  expect((await run('crictl', 'ps')).out).toMatch(/kindlab\/web:2 .* Running .* c .* web .* shop\n/);
  expect((await run('systemctl', 'is-active', 'kubelet')).out).toBe('active\n');
  expect((await run('journalctl', '-u', 'kubelet')).out).toContain('reason="Started" message="Container started"');
  expect((await run('sh', '-c', 'cat /var/log/pods/shop_web_*/c/0.log')).out).toMatch(
    /^2026-11-23T17:00:\d\d\.\d{9}Z stdout F listening on :8080\n$/,
  );
  expect(await run('nosuch')).toEqual({ code: 127, out: expect.stringContaining('executable file not found in $PATH') });
});

test('a pod sees hostPath folders of its node, and what it writes there is on the node', async () => {
  const rig = new NodeRig();
  rig.create(
    'agent',
    { volumeMounts: [{ name: 'net', mountPath: '/host/etc/cni/net.d' }] },
    { volumes: [{ name: 'net', hostPath: { path: '/etc/cni/net.d' } }] },
  );
  await rig.clock.advance(2000);
  expect((await rig.exec('agent', 'ls', '/host/etc/cni/net.d')).out).toBe('10-ptp.conflist\n');
  await rig.exec('agent', 'sh', '-c', 'echo hi > /host/etc/cni/net.d/note');
  expect(rig.worker.files.read('/etc/cni/net.d/note')).toBe('hi\n');
});
