import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { configMaps, daemonSets, deployments, secrets, serviceAccounts } from '../../../src/kube/resources.ts';
import { labShell, type LabShell } from './lab-shell.ts';

let shell: LabShell;
beforeEach(async () => {
  shell = await labShell();
});
afterEach(() => shell[Symbol.asyncDispose]());

const helm = (...argv: string[]) => shell.run(['helm', ...argv]);
const addRepo = () => helm('repo', 'add', 'cilium', 'https://helm.cilium.io/');
const install = (...argv: string[]) => helm('install', 'cilium', 'cilium/cilium', '-n', 'kube-system', '--version', '1.18.14', ...argv);
const config = () => shell.cluster.api.get(configMaps, 'kube-system', 'cilium-config')?.data ?? {};

describe('helm repo', () => {
  test('a chart of a repository that was not added is refused in Helm words', async () => {
    const { code, stderr } = await install();
    expect(code).toBe(1);
    expect(stderr).toBe('Error: INSTALLATION FAILED: repo cilium not found\n');
  });

  test('adding the same repository again is no error, another address under its name is', async () => {
    expect((await addRepo()).stdout).toBe('"cilium" has been added to your repositories\n');
    expect((await addRepo()).stdout).toBe('"cilium" already exists with the same configuration, skipping\n');
    expect((await helm('repo', 'add', 'cilium', 'https://other.example')).stderr).toContain('repository name (cilium) already exists');
  });

  test('an address behind which there is nothing is said to be unreachable', async () => {
    const { code, stderr } = await helm('repo', 'add', 'bitnami', 'https://charts.bitnami.com/bitnami');
    expect(code).toBe(1);
    expect(stderr).toContain('is not a valid chart repository or cannot be reached');
  });

  test('search finds the newest version, and all of them when asked', async () => {
    await addRepo();
    expect((await helm('search', 'repo', 'cilium')).stdout.trim().split('\n')).toHaveLength(2);
    expect((await helm('search', 'repo', 'cilium', '--versions')).stdout).toContain('1.18.14');
  });
});

describe('helm install', () => {
  beforeEach(async () => {
    await addRepo();
  });

  test('creates the objects with the marks of their release', async () => {
    const { code, stdout } = await install();
    expect(stdout).toContain('STATUS: deployed\nREVISION: 1');
    expect(code).toBe(0);
    const agents = shell.cluster.api.get(daemonSets, 'kube-system', 'cilium');
    expect(agents?.metadata.labels?.['app.kubernetes.io/managed-by']).toBe('Helm');
    expect(agents?.metadata.annotations).toMatchObject({ 'meta.helm.sh/release-name': 'cilium' });
    expect(agents?.spec?.template.spec?.containers[0]?.image).toBe('quay.io/cilium/cilium:v1.18.14');
  });

  test('stores the release as helm does, in a Secret that is packed twice', async () => {
    await install('--set', 'debug.enabled=true');
    const secret = shell.cluster.api.get(secrets, 'kube-system', 'sh.helm.release.v1.cilium.v1')!;
    expect(secret.type).toBe('helm.sh/release.v1');
    expect(secret.metadata.labels).toMatchObject({ owner: 'helm', name: 'cilium', status: 'deployed', version: '1' });
    const inner = Buffer.from(secret.data!['release']!, 'base64').toString();
    const release = JSON.parse(gunzipSync(Buffer.from(inner, 'base64')).toString());
    expect(release).toMatchObject({ name: 'cilium', version: 1, config: { debug: { enabled: true } }, info: { status: 'deployed' } });
  });

  test('refuses a name that is in use', async () => {
    await install();
    expect((await install()).stderr).toBe('Error: INSTALLATION FAILED: cannot re-use a name that is still in use\n');
  });

  test('refuses to take over an object that is not of the release, and changes nothing', async () => {
    shell.cluster.api.create(serviceAccounts, { metadata: { name: 'cilium', namespace: 'kube-system' } });
    const { stderr } = await install();
    expect(stderr).toContain('ServiceAccount "cilium" in namespace "kube-system" exists and cannot be imported into the current release');
    expect(shell.cluster.api.get(daemonSets, 'kube-system', 'cilium')).toBeUndefined();
  });

  test('names the value that has a wrong type', async () => {
    const { code, stderr } = await install('--set-string', 'tunnelPort=many', '--set', 'ipam=cluster-pool');
    expect(code).toBe(1);
    expect(stderr).toContain("- at '/tunnelPort': got string, want integer");
    expect(stderr).toContain("- at '/ipam': got string, want object");
  });

  test('takes values of a file in the folder of the caller, and --set over them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'helm-'));
    await writeFile(join(folder, 'values.yaml'), 'tunnelPort: 8473\npolicyEnforcementMode: never\nunknownValue: {is: accepted}\n');
    const command = ['helm', 'install', 'cilium', 'cilium/cilium', '--namespace=kube-system', '-f', 'values.yaml'];
    const { stderr } = await shell.run([...command, '--set', 'ipam.operator.clusterPoolIPv4PodCIDRList={10.245.0.0/16}'], { cwd: folder });
    expect(stderr).toBe('');
    expect(config()).toMatchObject({ 'tunnel-port': '8473', 'enable-policy': 'never', 'cluster-pool-ipv4-cidr': '10.245.0.0/16' });
  });

  test('takes values from standard input', async () => {
    await shell.run(['helm', 'install', 'cilium', 'cilium/cilium', '-n', 'kube-system', '-f', '-'], { stdin: 'MTU: 1400\n' });
    expect(config()['mtu']).toBe('1400');
  });

  test('says which values file is missing', async () => {
    expect((await install('-f', 'nowhere.yaml')).stderr).toBe('Error: INSTALLATION FAILED: open nowhere.yaml: no such file or directory\n');
  });

  test('a namespace that does not exist is an error, unless it may be created', async () => {
    const there = ['install', 'cilium', 'cilium/cilium', '-n', 'cni'];
    expect((await helm(...there)).stderr).toContain('failed to create: namespaces "cni" not found');
    expect((await helm(...there, '--create-namespace')).code).toBe(0);
  });

  test('--dry-run shows the manifest and touches nothing', async () => {
    const { stdout } = await install('--dry-run');
    expect(stdout).toContain('kind: DaemonSet');
    expect(shell.cluster.api.list(secrets, { namespace: 'kube-system', labelSelector: 'owner=helm' })).toHaveLength(0);
  });

  test('--wait returns when the workloads are rolled out', async () => {
    const waiting = install('--wait', '--set', 'operator.replicas=1', '--timeout', '2m');
    await shell.cluster.clock.advance(20_000);
    expect((await waiting).stderr).toBe('');
    expect(shell.cluster.api.get(daemonSets, 'kube-system', 'cilium')?.status?.numberAvailable).toBe(2);
  });

  test('--wait fails at its deadline and leaves the release failed', async () => {
    const waiting = install('--wait', '--timeout', '10s', '--set', 'operator.nodeSelector.nowhere=yes');
    await shell.cluster.clock.advance(15_000);
    const { code, stderr } = await waiting;
    expect(code).toBe(1);
    expect(stderr).toContain('resource Deployment/kube-system/cilium-operator not ready');
    expect((await helm('list', '-A')).stdout).toMatch(/cilium\s+kube-system\s+1\s+.*failed\s+cilium-1\.18\.14/);
  });

  test('a wait that is cancelled ends with the exit code of an interrupt', async () => {
    const interrupt = new AbortController();
    const command = ['helm', 'install', 'cilium', 'cilium/cilium', '-n', 'kube-system', '--wait'];
    const waiting = shell.run(command, { signal: interrupt.signal });
    interrupt.abort();
    expect((await waiting).code).toBe(130);
  });
});

describe('helm upgrade', () => {
  beforeEach(async () => {
    await addRepo();
    await install('--set', 'tunnelPort=8473,policyEnforcementMode=never,operator.replicas=1');
  });
  const upgrade = (...argv: string[]) => helm('upgrade', 'cilium', 'cilium/cilium', '-n', 'kube-system', '--version', '1.18.14', ...argv);

  test('--reuse-values keeps what was given before', async () => {
    const { stdout } = await upgrade('--reuse-values', '--set', 'policyEnforcementMode=default');
    expect(stdout).toContain('Release "cilium" has been upgraded. Happy Helming!');
    expect(config()).toMatchObject({ 'tunnel-port': '8473', 'enable-policy': 'default' });
  });

  test('new values without it forget the old ones', async () => {
    await upgrade('--set', 'policyEnforcementMode=default');
    expect(config()['tunnel-port']).toBeUndefined();
  });

  test('no values at all keep the old ones', async () => {
    await upgrade();
    expect(config()['tunnel-port']).toBe('8473');
  });

  test('deletes what the new revision no longer has', async () => {
    await upgrade('--reuse-values', '--set', 'hubble.relay.enabled=true');
    expect(shell.cluster.api.get(deployments, 'kube-system', 'hubble-relay')).toBeDefined();
    await upgrade('--reuse-values', '--set', 'hubble.relay.enabled=false');
    expect(shell.cluster.api.get(deployments, 'kube-system', 'hubble-relay')).toBeUndefined();
  });

  test('a field that somebody else changed is a conflict, which --force-conflicts settles', async () => {
    shell.cluster.api.apply(
      configMaps,
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cilium-config', namespace: 'kube-system' }, data: { debug: 'true' } },
      { fieldManager: 'somebody', force: true },
    );
    expect((await upgrade('--reuse-values')).stderr).toContain('conflict occurred while applying object kube-system/cilium-config');
    expect((await upgrade('--reuse-values', '--force-conflicts')).code).toBe(0);
    expect(config()['debug']).toBe('false');
  });

  test('the history tells every revision, and rollback makes another one', async () => {
    await upgrade('--reuse-values', '--set', 'debug.enabled=true');
    expect((await helm('rollback', 'cilium', '1', '-n', 'kube-system')).stdout).toContain('Rollback was a success');
    expect(config()['debug']).toBe('false');
    const { stdout } = await helm('history', 'cilium', '-n', 'kube-system', '-o', 'json');
    expect(JSON.parse(stdout).map((one: { status: string }) => one.status)).toEqual(['superseded', 'superseded', 'deployed']);
  });

  test('a release that is not there has no deployed releases; --install makes it', async () => {
    const other = ['upgrade', 'other', 'cilium/cilium', '-n', 'default'];
    expect((await helm(...other)).stderr).toBe('Error: UPGRADE FAILED: "other" has no deployed releases\n');
    await helm('uninstall', 'cilium', '-n', 'kube-system');
    expect((await upgrade('--install')).stdout).toContain('Release "cilium" does not exist. Installing it now.');
  });
});

describe('helm get, status and uninstall', () => {
  test('get values prints what was given, and everything with --all', async () => {
    await addRepo();
    await install('--set', 'tunnelPort=8473');
    expect((await helm('get', 'values', 'cilium', '-n', 'kube-system')).stdout).toBe('USER-SUPPLIED VALUES:\ntunnelPort: 8473\n');
    expect((await helm('get', 'values', 'cilium', '-n', 'kube-system', '--all')).stdout).toContain('policyEnforcementMode: default');
  });

  test('a release is looked for in its namespace only', async () => {
    await addRepo();
    await install();
    expect((await helm('status', 'cilium')).stderr).toBe('Error: release: not found\n');
    expect((await helm('list')).stdout.trim().split('\n')).toHaveLength(1);
    expect((await helm('-n', 'kube-system', 'list', '-q')).stdout).toBe('cilium\n');
  });

  test('uninstall removes objects and history', async () => {
    await addRepo();
    await install();
    expect((await helm('uninstall', 'cilium', '-n', 'kube-system')).stdout).toBe('release "cilium" uninstalled\n');
    expect(config()).toEqual({});
    expect(shell.cluster.api.list(secrets, { labelSelector: 'owner=helm' })).toHaveLength(0);
  });

  test('unknown commands and flags are said to be unknown', async () => {
    expect((await helm('instal')).stderr).toContain('Error: unknown command "instal" for "helm"');
    expect((await helm('list', '--nope')).stderr).toBe('Error: unknown flag: --nope\n');
  });
});
