import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isAlive, Person } from './kindlab.ts';

interface PodFacts {
  name: string;
  ip: string;
  restarts: number;
}
const podsOf = (person: Person): PodFacts[] => {
  const list = person.run('kubectl', '--kubeconfig', person.kubeconfig('mig'), 'get', 'pods', '-A', '-o', 'json');
  expect(list.stderr).toBe('');
  const { items } = JSON.parse(list.stdout) as {
    items: { metadata: { name: string }; status: { podIP: string; containerStatuses: { restartCount: number }[] } }[];
  };
  return items.map((pod) => ({ name: pod.metadata.name, ip: pod.status.podIP, restarts: pod.status.containerStatuses[0]!.restartCount }));
};
const statusOf = (person: Person, name = 'mig') => {
  const { stdout } = person.kindlab('status', '--json', '--session', name);
  return (JSON.parse(stdout) as { sessions: { phase: string; current?: string; steps: { id: string; state: string }[] }[] }).sessions[0]!;
};
const passedSteps = (person: Person) =>
  statusOf(person)
    .steps.filter((s) => s.state === 'passed')
    .map((s) => s.id);

test('a session is found again by later commands, keeps its secrets to itself, and is gone after down', () => {
  using person = new Person();
  const up = person.kindlab('up', 'calico-to-cilium');
  expect(up.stderr).toBe('');
  expect(up.stdout).toContain('next: 01-know-the-cluster');
  const pid = person.pid('mig');
  expect(person.kindlab('up', 'calico-to-cilium').code).toBe(0);
  expect(person.pid('mig')).toBe(pid);
  for (const path of ['process.json', 'spec.json', 'cluster/kubeconfig'])
    expect(statSync(join(person.folder('mig'), path)).mode & 0o077).toBe(0);
  expect(statSync(person.folder('mig')).mode & 0o077).toBe(0);

  const check = person.kindlab('check');
  expect(check.code).toBe(1);
  expect(check.stdout).toMatch(/expected: .*\n +observed: /);
  const hint = person.kindlab('hint', '--json');
  expect(JSON.parse(hint.stdout)).toMatchObject({ step: '01-know-the-cluster', number: 1 });

  expect(person.kindlab('down').code).toBe(0);
  expect(isAlive(pid)).toBe(false);
  expect(existsSync(person.folder('mig'))).toBe(false);
});

test('kill -9 of the cluster’s process loses no progress, restarts no pod, and the next command resumes', () => {
  using person = new Person();
  person.kindlab('up', 'calico-to-cilium');
  expect(person.kindlab('solve').code).toBe(0);
  expect(person.kindlab('check', '--watch', '01-know-the-cluster').code).toBe(0);
  expect(passedSteps(person)).toEqual(['01-know-the-cluster']);
  const before = podsOf(person);
  const killed = person.pid('mig');
  process.kill(killed, 'SIGKILL');
  expect(passedSteps(person)).toEqual(['01-know-the-cluster']);
  expect(person.pid('mig')).not.toBe(killed);
  expect(podsOf(person)).toEqual(before);
  const made = person.run(
    'kubectl',
    '--kubeconfig',
    person.kubeconfig('mig'),
    '-n',
    'shop',
    'get',
    'configmap',
    'lab-notes',
    '-o',
    'jsonpath={.data.pod-cidr}',
  );
  expect(made.stdout).toBe('192.168.0.0/16');
});

test('two sessions run side by side, and commands ask which one is meant', () => {
  using person = new Person();
  person.kindlab('up', 'calico-to-cilium');
  const second = person.kindlab('up', 'calico-to-cilium', '--name', 'other');
  expect(second.code).toBe(0);
  const nodes = (cluster: string) => person.run('kubectl', '--kubeconfig', person.kubeconfig(cluster), 'get', 'nodes', '-o', 'name').stdout;
  expect(nodes('other')).toContain('node/other-worker2');
  expect(nodes('mig')).toContain('node/mig-worker2');
  const unclear = person.kindlab('check');
  expect(unclear).toMatchObject({ code: 2, stderr: expect.stringContaining('several sessions: mig, other') });
  expect(person.kindlab('solve', '--session', 'other').code).toBe(0);
  expect(person.kindlab('check', '01-know-the-cluster', '--session', 'other').code).toBe(0);
  expect(person.kindlab('check', '01-know-the-cluster', '--session', 'mig').code).toBe(1);
});

test('Ctrl-C during up leaves nothing running and nothing behind', async () => {
  using person = new Person();
  const child = person.start('up', 'calico-to-cilium');
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  for (let i = 0; i < 500 && !existsSync(join(person.folder('mig'), 'process.json')); i++) await new Promise((r) => setTimeout(r, 10));
  const pid = person.pid('mig');
  process.kill(-child.pid!, 'SIGINT');
  expect(await ended).not.toBe(0);
  for (let i = 0; i < 300 && isAlive(pid); i++) await new Promise((r) => setTimeout(r, 10));
  expect(isAlive(pid)).toBe(false);
  expect(existsSync(person.folder('mig'))).toBe(false);
});

test('a corrupt progress file is kept aside, and the session goes on', () => {
  using person = new Person();
  person.kindlab('up', 'calico-to-cilium');
  process.kill(person.pid('mig'), 'SIGKILL');
  writeFileSync(join(person.folder('mig'), 'progress.json'), '{ not json');
  expect(statusOf(person).current).toBe('01-know-the-cluster');
  expect(readdirSync(person.folder('mig')).some((name) => name.startsWith('progress.json.corrupt'))).toBe(true);
});

test('a corrupt database is kept aside, and the session is rebuilt', () => {
  using person = new Person();
  person.kindlab('up', 'calico-to-cilium');
  person.kindlab('solve');
  expect(person.kindlab('check', '--watch', '01-know-the-cluster').code).toBe(0);
  process.kill(person.pid('mig'), 'SIGKILL');
  const folder = join(person.folder('mig'), 'cluster');
  for (const name of readdirSync(folder))
    if (name.startsWith('store.sqlite')) writeFileSync(join(folder, name), 'this is no database'.repeat(500));
  const again = person.kindlab('up', 'calico-to-cilium');
  expect(again.stderr).not.toMatch(/^\s+at /m);
  expect(again.code).toBe(0);
  expect(readdirSync(folder).some((name) => name.includes('corrupt'))).toBe(true);
  expect(podsOf(person).length).toBeGreaterThan(10);
  expect(passedSteps(person), 'the lab begins again with its cluster').toEqual([]);
});

test('when another program has taken the API server’s port, the session resumes on a new one or says so', async () => {
  using person = new Person();
  person.kindlab('up', 'calico-to-cilium');
  const server = person.run(
    'kubectl',
    '--kubeconfig',
    person.kubeconfig('mig'),
    'config',
    'view',
    '-o',
    'jsonpath={.clusters[0].cluster.server}',
  ).stdout;
  const killed = person.pid('mig');
  process.kill(killed, 'SIGKILL');
  for (let i = 0; i < 300 && isAlive(killed); i++) await new Promise((r) => setTimeout(r, 10));
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(Number(new URL(server).port), '127.0.0.1', resolve));
  const again = person.kindlab('up', 'calico-to-cilium');
  squatter.close();
  expect(again.code).toBe(0);
  expect(podsOf(person).length).toBeGreaterThan(10);
});

test('the lab shell has KUBECONFIG and the simulated tools, and passes exit codes on', () => {
  using person = new Person();
  person.kindlab('up', 'calico-to-cilium');
  expect(person.kindlab('shell', '--', 'kubectl', 'get', 'nodes', '-o', 'name').stdout).toContain('node/mig-control-plane');
  expect(person.kindlab('shell', '--', 'sh', '-c', 'exit 7').code).toBe(7);
  expect(person.kindlab('shell', '--', 'docker', 'exec', 'mig-worker', 'ls', '/etc/cni/net.d').stdout).toContain('10-calico.conflist');
  expect(person.kindlab('shell', '--', 'kind', 'get', 'clusters').stdout).toBe('mig\n');
  expect(person.kindlab('shell', '--', 'docker', 'exec', 'mig-worker', 'false').code).toBe(1);
  const client = person.kindlab('shell', '--', 'kubectl', '-n', 'shop', 'exec', 'ds/client', '--', 'curl', '-s', '-m2', 'http://web');
  expect(client.stdout).toMatch(/^web-/);
});

test('a cluster without a lab has the CNI and workers that were asked for', () => {
  using person = new Person();
  expect(person.kindlab('cluster', 'create', 'try', '--cni', 'cilium', '--workers', '1').code).toBe(0);
  const kubeconfig = person.kindlab('cluster', 'kubeconfig', 'try').stdout.trim();
  const pods = person.run('kubectl', '--kubeconfig', kubeconfig, 'get', 'pods', '-A', '-o', 'wide').stdout;
  expect(pods.match(/\bcilium-\S+ +1\/1/g)?.length).toBeGreaterThanOrEqual(2);
  expect(pods).not.toContain('calico');
  expect(person.run('kubectl', '--kubeconfig', kubeconfig, 'get', 'nodes', '-o', 'name').stdout).toBe(
    'node/try-control-plane\nnode/try-worker\n',
  );
  expect(person.kindlab('cluster', 'create', 'try')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('there is a cluster try already'),
  });
  expect(person.kindlab('cluster', 'list').stdout).toMatch(/^try +simulated +cilium +1 workers +running/m);
  expect(person.kindlab('cluster', 'delete', 'try').code).toBe(0);
  expect(person.kindlab('cluster', 'list').stdout).toBe('no clusters\n');
});
