import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { labShell, type LabShell } from './lab-shell.ts';

let shell: LabShell;
beforeEach(async () => {
  shell = await labShell();
});
afterEach(() => shell[Symbol.asyncDispose]());

const docker = (...argv: string[]) => shell.run(['docker', ...argv]);

describe('docker exec', () => {
  test('passes the command on as it stands, flags of its own included, and returns its exit code', async () => {
    const { code, stdout } = await docker('exec', 'mig-worker', 'ls', '-l', '--color', '/etc/cni/net.d');
    expect(stdout).toBe('ls -l --color /etc/cni/net.d\n');
    expect(code).toBe(3);
  });

  test('gives standard input to the command only with -i', async () => {
    await shell.run(['docker', 'exec', 'mig-worker', 'cat'], { stdin: 'x' });
    await shell.run(['docker', 'exec', '-i', 'mig-worker', 'cat'], { stdin: 'x' });
    expect(shell.executed.map(({ io }) => io.stdin !== undefined)).toEqual([false, true]);
  });

  test('an unknown node is named as docker names it', async () => {
    expect(await docker('exec', 'mig-worker9', 'ls')).toMatchObject({
      code: 1,
      stderr: 'Error response from daemon: No such container: mig-worker9\n',
    });
  });

  test('a stopped node runs nothing', async () => {
    await docker('stop', 'mig-worker');
    expect((await docker('exec', 'mig-worker', 'ls')).stderr).toContain('is not running');
  });
});

describe('docker restart, stop, start', () => {
  test('does each node in turn and prints its name; one that is missing does not hold up the others', async () => {
    const { code, stdout, stderr } = await docker('restart', 'nowhere', 'mig-worker', 'mig-control-plane');
    expect(stdout).toBe('mig-worker\nmig-control-plane\n');
    expect(stderr).toContain('No such container: nowhere');
    expect(code).toBe(1);
    expect(shell.machines.map(({ events }) => events)).toEqual([['restart'], ['restart']]);
  });

  test('a stopped node is left out of ps, but for -a', async () => {
    await docker('stop', 'mig-worker');
    const names = ['ps', '--format', '{{.Names}}'];
    expect((await docker(...names)).stdout).toBe('mig-control-plane\n');
    expect((await docker(...names, '-a')).stdout).toBe('mig-control-plane\nmig-worker\n');
  });
});

describe('docker ps and inspect', () => {
  test('ps filters by name and prints templates as tables', async () => {
    const { stdout } = await docker('ps', '--filter', 'name=worker', '--format', 'table {{.Names}}\t{{.State}}');
    expect(stdout).toBe('NAMES        STATE\nmig-worker   running\n');
    expect((await docker('ps', '--format', '{{.Nope}}')).stderr).toContain("can't evaluate field Nope");
  });

  test('inspect finds fields by path, and the address of the kind network', async () => {
    expect((await docker('inspect', '-f', '{{.State.Status}}', 'mig-worker')).stdout).toBe('running\n');
    const address = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
    expect((await docker('inspect', '-f', address, 'mig-worker')).stdout).toBe('172.18.0.2\n');
  });

  test('commands beyond the nodes are refused with what there is', async () => {
    expect((await docker('run', 'nginx')).stderr).toContain('docker knows the nodes only: exec, inspect');
  });
});

describe('kind', () => {
  test('knows the cluster of the shell and its nodes', async () => {
    expect((await shell.run(['kind', 'get', 'clusters'])).stdout).toBe('mig\n');
    expect((await shell.run(['kind', 'get', 'nodes', '--name', 'mig'])).stdout).toBe('mig-control-plane\nmig-worker\n');
    expect((await shell.run(['kind', 'get', 'nodes'])).stderr).toBe('No kind nodes found for cluster "kind".\n');
  });

  test('creates no clusters', async () => {
    expect(await shell.run(['kind', 'create', 'cluster'])).toMatchObject({
      code: 1,
      stderr: 'ERROR: unknown command "create cluster" for "kind"\n',
    });
  });
});

test('a tool that is not there is none', async () => {
  expect((await shell.run(['kubectl', 'get', 'pods'])).code).toBeUndefined();
  expect((await shell.run(['constructor'])).code).toBeUndefined();
});
