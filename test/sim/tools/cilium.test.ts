import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { configMaps, pods } from '../../../src/kube/resources.ts';
import { collectStatus, formatStatus } from '../../../src/sim/tools/cilium/status.ts';
import { tabulate } from '../../../src/sim/tools/cilium/tabwriter.ts';
import { labShell, type LabShell } from './lab-shell.ts';

let shell: LabShell;
beforeEach(async () => {
  shell = await labShell();
});
afterEach(() => shell[Symbol.asyncDispose]());

const cilium = (...argv: string[]) => shell.run(['cilium', ...argv]);
const install = (...argv: string[]) => cilium('install', '--set', 'envoy.enabled=false', ...argv);

/** The block of recorded/migration.txt, with the counts and names of this cluster. */
const recordedLook = `    /¯¯\\
 /¯¯\\__/¯¯\\    Cilium:             OK
 \\__/¯¯\\__/    Operator:           OK
 /¯¯\\__/¯¯\\    Envoy DaemonSet:    disabled (using embedded mode)
 \\__/¯¯\\__/    Hubble Relay:       disabled
    \\__/       ClusterMesh:        disabled

DaemonSet              cilium                   Desired: 2, Ready: 2/2, Available: 2/2
Deployment             cilium-operator          Desired: 1, Ready: 1/1, Available: 1/1
Containers:            cilium                   Running: 2
                       cilium-operator          Running: 1
                       clustermesh-apiserver
                       hubble-relay
Cluster Pods:          0/1 managed by Cilium
Helm chart version:    1.18.14
Image versions         cilium             quay.io/cilium/cilium:v1.18.14: 2
                       cilium-operator    quay.io/cilium/operator-generic:v1.18.14: 1
`;

describe('cilium status', () => {
  test('prints the block that was recorded on a real cluster', async () => {
    await install();
    shell.cluster.api.create(pods, {
      metadata: { name: 'unmanaged', namespace: 'default' },
      spec: { nodeName: 'mig-worker', containers: [{ name: 'c', image: 'busybox' }] },
    });
    await shell.cluster.clock.advance(20_000);
    const { code, stdout } = await cilium('status');
    expect(stdout).toBe(recordedLook);
    expect(code).toBe(0);
  });

  test('counts what is not ready as errors, and --wait waits for it', async () => {
    await install();
    expect((await cilium('status')).stdout).toMatch(/Cilium: +(\d errors?|.*errors)/);
    const waiting = cilium('status', '--wait');
    await shell.cluster.clock.advance(20_000);
    expect((await waiting).stdout).toContain('Cilium:             OK');
  });

  test('--wait gives up at its deadline and shows what is missing', async () => {
    await install('--set', 'operator.nodeSelector.nowhere=yes');
    const waiting = cilium('status', '--wait', '--wait-duration', '10s');
    await shell.cluster.clock.advance(15_000);
    const { code, stdout, stderr } = await waiting;
    expect(code).toBe(1);
    expect(stdout).toContain('1 pods of Deployment cilium-operator are not ready');
    expect(stderr).toContain('timeout while waiting for status to become successful');
  });

  test('says that there is no Cilium where there is none', async () => {
    const { code, stdout, stderr } = await cilium('status');
    expect(code).toBe(1);
    expect(stdout).toContain('daemonsets.apps "cilium" not found');
    expect(stderr).toContain('status check failed');
  });

  test('has colours on a terminal only', async () => {
    await install();
    expect((await shell.run(['cilium', 'status'], { tty: true })).stdout).toContain('\u001b[');
    expect((await cilium('status')).stdout).not.toContain('\u001b[');
  });

  test('colours do not move the columns', async () => {
    await install();
    const status = collectStatus({ api: shell.cluster.api }, 'kube-system');
    const plain = stripVTControlCharacters(formatStatus(status, true));
    expect(plain).toBe(formatStatus(status, false));
  });
});

describe('cilium install', () => {
  test('--dry-run-helm-values completes the values that are given, and installs nothing', async () => {
    const values = 'tunnelPort: 8473\nipam: {mode: cluster-pool}\n';
    const { stdout } = await shell.run(['cilium', 'install', '--version', '1.18.14', '--values', '-', '--dry-run-helm-values'], {
      stdin: values,
    });
    expect(parse(stdout)).toEqual({
      cluster: { name: 'kind-mig' },
      ipam: { mode: 'cluster-pool' },
      operator: { replicas: 1 },
      routingMode: 'tunnel',
      tunnelPort: 8473,
      tunnelProtocol: 'vxlan',
    });
    expect(shell.cluster.api.get(configMaps, 'kube-system', 'cilium-config')).toBeUndefined();
  });

  test('makes a release that helm knows', async () => {
    await install();
    expect((await shell.run(['helm', 'list', '-n', 'kube-system', '-q'])).stdout).toBe('cilium\n');
    expect((await install()).stderr).toBe('Error: Unable to install Cilium: cannot re-use a name that is still in use\n');
  });

  test('names the versions that there are when another one is wanted', async () => {
    expect((await install('--version', '1.2.3')).stderr).toContain('1.18.14');
  });

  test('uninstall takes everything away', async () => {
    await install();
    expect((await cilium('uninstall')).code).toBe(0);
    expect(shell.cluster.api.get(configMaps, 'kube-system', 'cilium-config')).toBeUndefined();
  });
});

describe('cilium config and version', () => {
  test('config view lists the ConfigMap, config set changes a key and restarts the agents', async () => {
    await install();
    await shell.cluster.clock.advance(20_000);
    expect((await cilium('config', 'view')).stdout).toMatch(/^enable-policy +default$/m);
    const before = shell.cluster
      .pods('kube-system')
      .filter((pod) => pod.metadata.name.startsWith('cilium-') && !pod.metadata.name.includes('operator'));
    expect((await cilium('config', 'set', 'debug', 'true')).stdout).toContain('Restarted Cilium pods');
    expect(shell.cluster.api.get(configMaps, 'kube-system', 'cilium-config')?.data?.['debug']).toBe('true');
    await shell.cluster.clock.advance(10_000);
    const names = new Set(shell.cluster.pods('kube-system').map((pod) => pod.metadata.name));
    expect(before.filter((pod) => names.has(pod.metadata.name))).toEqual([]);
  });

  test('version tells the running image, or that there is none', async () => {
    expect((await cilium('version')).stdout).toContain('cilium image (running): unknown');
    await install();
    expect((await cilium('version')).stdout).toContain('cilium image (running): 1.18.14');
  });

  test('global flags may stand before the command', async () => {
    await install();
    expect((await cilium('--context', 'kind-mig', '-n', 'kube-system', 'config', 'view')).code).toBe(0);
  });
});

test('a column is as wide as its widest cell in lines that follow each other', () => {
  expect(
    tabulate([
      ['a', 'long cell', 'x'],
      ['bb', 'c'],
      ['a', 'd', 'y'],
    ]),
  ).toBe('a     long cell    x\nbb    c\na     d    y\n');
});
