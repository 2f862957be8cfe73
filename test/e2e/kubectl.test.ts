import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { namespaces } from '../../src/kube/resources.ts';
import type { NodeAccess } from '../../src/sim/api/node-access.ts';
import { Catalog } from '../../src/sim/api/registry/catalog.ts';
import { createApiServer, type ApiServer } from '../../src/sim/api/server.ts';
import { seededRandom } from '../../src/sim/random.ts';
import { Store } from '../../src/sim/store/store.ts';

/** KUBECTL names another release to try. */
const kubectlPath = process.env['KUBECTL'] ?? 'kubectl';

function whyNot(): string | undefined {
  try {
    execFileSync(kubectlPath, ['version', '--client']);
    return undefined;
  } catch {
    return `${kubectlPath} does not run here`;
  }
}

const nodes: NodeAccess = {
  async exec(_target, io) {
    io.stdout(`${io.argv.join(' ')}\n`);
    for await (const chunk of io.stdin ?? []) io.stdout(Buffer.from(chunk).toString());
    return io.argv[0] === 'false' ? 1 : 0;
  },
  attach: async () => 0,
  async *logs() {
    yield 'a line\n';
  },
  request: () => {
    throw new Error('not in this test');
  },
  connect: async () => {
    throw new Error('not in this test');
  },
};

const missing = whyNot();
const folder = mkdtempSync(join(tmpdir(), 'kindlab-kubectl-'));
const store = Store.open(join(folder, 'store.sqlite'));
let server: ApiServer;

interface Result {
  stdout: string;
  stderr: string;
  code: number;
}

/** Runs kubectl; `input` is its standard input. */
function kubectl(command: string, input = ''): Promise<Result> {
  return new Promise((resolve) => {
    const args = ['--kubeconfig', server.kubeconfigPath, ...command.split(' ')];
    const child = execFile(kubectlPath, args, { timeout: 20_000 }, (error, stdout, stderr) => {
      // Releases far apart warn of each other; that is no part of the answer.
      const told = stderr.replace(/^WARNING: version difference.*\n/m, '');
      resolve({ stdout, stderr: told, code: error ? Number(error.code ?? 1) : 0 });
    });
    child.stdin?.end(input);
  });
}

const podYaml = `apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {nodeName: n1, containers: [{name: c, image: nginx}]}
`;

beforeAll(async () => {
  const core = { store, clock: systemClock, random: seededRandom(1), catalog: new Catalog(store) };
  server = createApiServer({ core, name: 'test', folder, nodeAccess: nodes });
  server.api.create(namespaces, { metadata: { name: 'default' } });
  await server.listen();
});

afterAll(async () => {
  await server.close();
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(missing)(`kubectl${missing ? ` (skipped: ${missing})` : ''}`, () => {
  it('applies, shows no difference, and applies again', async () => {
    expect((await kubectl('apply -f -', podYaml)).stdout).toBe('pod/web created\n');
    expect((await kubectl('diff -f -', podYaml)).code).toBe(0);
    expect((await kubectl('apply -f -', podYaml)).stdout).toBe('pod/web unchanged\n');
    expect((await kubectl('apply --server-side -f -', podYaml)).stdout).toBe('pod/web serverside-applied\n');
  });

  it('prints the columns of a real cluster', async () => {
    const { stdout } = await kubectl('get pods -o wide');
    expect(stdout.split('\n')[0]).toMatch(/^NAME +READY +STATUS +RESTARTS +AGE +IP +NODE +NOMINATED NODE +READINESS GATES$/);
    expect(stdout.split('\n')[1]).toMatch(/^web +0\/1 +Pending +0 +\d+s +<none> +n1 +<none> +<none>$/);
  });

  it('creates by generators, whose requests are protobuf', async () => {
    expect((await kubectl('create deployment shop --image=nginx --replicas=2')).stdout).toBe('deployment.apps/shop created\n');
    expect((await kubectl('create namespace team')).stdout).toBe('namespace/team created\n');
    expect((await kubectl('get deployment shop')).stdout).toMatch(/shop +0\/2 +0 +0/);
  });

  it('scales, patches, sets, labels, annotates and restarts', async () => {
    for (const command of [
      'scale deployment shop --replicas=5',
      'set image deployment/shop nginx=nginx:2',
      'rollout restart deployment/shop',
      'label pod web tier=front',
      'annotate pod web note=x',
      'patch deployment shop -p {"spec":{"minReadySeconds":3}}',
      'patch deployment shop --type=json -p [{"op":"replace","path":"/spec/minReadySeconds","value":4}]',
    ]) {
      expect(await kubectl(command), command).toMatchObject({ code: 0, stderr: '' });
    }
    const { stdout } = await kubectl(
      'get deployment shop -o jsonpath={.spec.replicas},{.spec.minReadySeconds},{.spec.template.spec.containers[*].image}',
    );
    expect(stdout).toBe('5,4,nginx:2');
  });

  it('says who one is and what one may', async () => {
    expect((await kubectl('auth whoami')).stdout).toContain('kubernetes-admin');
    expect((await kubectl('auth can-i delete nodes')).stdout).toBe('yes\n');
    await kubectl('create serviceaccount robot');
    expect((await kubectl('auth can-i list pods --as=nobody')).stdout).toBe('no\n');
    expect((await kubectl('create token robot')).stdout.split('.')).toHaveLength(3);
  });

  it('explains, lists resources, and tells what is wrong', async () => {
    expect((await kubectl('explain pod.spec.containers.image')).stdout).toContain('Container image name');
    expect((await kubectl('api-resources')).stdout).toMatch(/deployments +deploy +apps\/v1 +true +Deployment/);
    expect((await kubectl('get pods nope')).stderr).toBe('Error from server (NotFound): pods "nope" not found\n');
    expect((await kubectl('create -f -', podYaml.replace('image', 'imag'))).stderr).toContain('unknown field "spec.containers[0].imag"');
  });

  it('waits by a watch, and follows by one', async () => {
    const follower = spawn(kubectlPath, ['--kubeconfig', server.kubeconfigPath, 'get', 'configmaps', '-w']);
    let seen = '';
    follower.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString()));
    await sleep(1_000);
    await kubectl('create configmap late --from-literal=a=b');
    expect((await kubectl('wait --for=create configmap/late --timeout=5s')).code).toBe(0);
    expect((await kubectl('wait --for=jsonpath={.status.phase}=Pending pod/web --timeout=5s')).stdout).toBe('pod/web condition met\n');
    expect((await kubectl('delete configmap late')).stdout).toMatch(/^configmap "late" deleted/);
    await sleep(200);
    follower.kill();
    expect(seen).toMatch(/^NAME +DATA +AGE\nlate +1 +\d+s\nlate +1 +\d+s\n$/);
  });

  it('runs commands in a pod and reads its log', async () => {
    expect((await kubectl('exec web -- echo hi')).stdout).toBe('echo hi\n');
    expect((await kubectl('exec -i web -- cat', 'typed\n')).stdout).toBe('cat\ntyped\n');
    expect((await kubectl('exec web -- false')).code).toBe(1);
    expect((await kubectl('logs web')).stdout).toBe('a line\n');
  });

  it('deletes, and waits until it is gone', async () => {
    expect((await kubectl('delete deployment shop')).stdout).toMatch(/^deployment.apps "shop" deleted/);
    expect((await kubectl('delete pod web --grace-period=0 --force')).code).toBe(0);
    expect((await kubectl('get all')).stderr).toBe('No resources found in default namespace.\n');
  });
});
