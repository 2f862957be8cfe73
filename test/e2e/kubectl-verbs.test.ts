import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../src/sim/cluster.ts';
import { startSimulatedCluster } from '../../src/sim/start.ts';
import { kubectls } from './kindlab.ts';

/** What a learner types, and the line by which it is known to be right. */

interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

const found = kubectls();
const transports = [
  ['WebSocket', {}],
  ['SPDY', { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false', KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' }],
] as const;

describe.skipIf(found.length === 0)(found.length === 0 ? 'kubectl (skipped: there is none)' : 'verbs', () => {
  describe.each(found)('of %s', (program) => {
    const folder = mkdtempSync(join(tmpdir(), 'kindlab-verbs-'));
    const file = (name: string) => join(folder, name);
    let cluster: SimulatedCluster;

    const start = (args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess => {
      const all = { ...process.env, HOME: folder, KUBECONFIG: cluster.kubeconfigPath, ...env };
      return spawn(program, args, { env: all, cwd: folder, timeout: 60_000 });
    };
    const run = (
      args: readonly string[],
      { input = '', env = {} }: { input?: string | Buffer; env?: NodeJS.ProcessEnv } = {},
    ): Promise<Ran> =>
      new Promise((resolve) => {
        const child = start(args, env);
        let stdout = '';
        let stderr = '';
        child.stdout!.on('data', (chunk: Buffer) => (stdout += chunk.toString('latin1')));
        child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
        child.on('close', (code) => resolve({ code, stdout, stderr: stderr.replace(/^WARNING: version difference.*\n/m, '') }));
        child.stdin!.on('error', () => {
          // It has ended without reading.
        });
        child.stdin!.end(input);
      });
    const kubectl = (command: string, input?: string | Buffer) => run(command.split(' '), { ...(input !== undefined && { input }) });
    /** Succeeds, and prints something like this. */
    const prints = async (command: string, like: RegExp | string, input?: string) => {
      const ran = await kubectl(command, input);
      expect(ran, command).toMatchObject({ code: 0 });
      expect(ran.stdout, command).toMatch(like);
    };
    const fails = async (command: string, code: number, stderr: RegExp | string) => {
      const ran = await kubectl(command);
      expect(ran.code, command).toBe(code);
      expect(ran.stderr, command).toMatch(stderr);
    };

    beforeAll(async () => {
      cluster = await startSimulatedCluster({ name: 'verbs', workers: 2, cni: 'calico', folder: file('cluster'), seed: 7 });
      await prints('run web --image=nginx --port=80 --expose', 'pod/web created');
      await prints('create deployment shop --image=nginx --replicas=2', 'deployment.apps/shop created');
      await prints('run box --image=busybox -- sleep 10000', 'pod/box created');
      await prints('wait --for=condition=Ready pod/web pod/box --timeout=20s', 'pod/web condition met');
      await prints('rollout status deployment/shop --timeout=20s', 'successfully rolled out');
    });

    afterAll(async () => {
      await cluster?.[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    });

    describe.each(transports)('over %s', (_name, env) => {
      const exec = (input: string | Buffer, ...args: string[]) => run(['exec', ...args], { input, env });

      it('exec passes streams and exit codes on', async () => {
        expect(await exec('', 'box', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7')).toEqual({
          code: 7,
          stdout: 'out\n',
          stderr: 'err\ncommand terminated with exit code 7\n',
        });
        expect(await exec('typed\n', '-i', 'box', '--', 'cat')).toEqual({ code: 0, stdout: 'typed\n', stderr: '' });
        const missing = await exec('', 'box', '--', 'nosuch');
        expect(missing.code).not.toBe(0);
        expect(missing.stderr).toContain('exec: "nosuch": executable file not found in $PATH');
      });

      it('exec carries bytes as they are', async () => {
        const bytes = randomBytes(100_000);
        const { stdout } = await exec(bytes, '-i', 'box', '--', 'md5sum');
        expect(stdout).toContain(createHash('md5').update(bytes).digest('hex'));
      });

      it('exec -it is a shell behind a terminal', async () => {
        const command = `${program} exec -it box -- sh`;
        const all = { ...process.env, HOME: folder, KUBECONFIG: cluster.kubeconfigPath, ...env };
        const child = spawn('script', ['-qfec', command, '/dev/null'], { env: all, timeout: 30_000 });
        let seen = '';
        child.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString()));
        const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
        await expect.poll(() => seen, { timeout: 10_000 }).toContain('/ # ');
        child.stdin.write('hostname\r');
        await expect.poll(() => seen, { timeout: 10_000 }).toContain('hostname\r\nbox\r\n/ # ');
        child.stdin.write('exit 4\r');
        expect(await closed).toBe(4);
      });

      it('cp goes both ways, with folders and with files that are no text', async () => {
        mkdirSync(file('sent/inner'), { recursive: true });
        writeFileSync(file('sent/text'), 'a text\n');
        writeFileSync(file('sent/inner/bytes'), randomBytes(5000));
        rmSync(file('back'), { recursive: true, force: true });
        expect((await run(['cp', 'sent', 'box:/tmp/kept'], { env })).code).toBe(0);
        expect((await exec('', 'box', '--', 'cat', '/tmp/kept/text')).stdout).toBe('a text\n');
        expect((await run(['cp', 'box:/tmp/kept', 'back'], { env })).code).toBe(0);
        expect(readFileSync(file('back/inner/bytes'))).toEqual(readFileSync(file('sent/inner/bytes')));
        await exec('', 'box', '--', 'rm', '-r', '/tmp/kept');
      });

      it('port-forward reaches what listens in the pod, again and again, and says what refuses', async () => {
        const child = start(['port-forward', 'service/web', ':80'], env);
        let seen = '';
        child.stdout!.on('data', (chunk: Buffer) => (seen += chunk.toString()));
        await expect.poll(() => seen, { timeout: 10_000 }).toMatch(/Forwarding from 127\.0\.0\.1:\d+ -> 80/);
        const port = /127\.0\.0\.1:(\d+)/.exec(seen)![1];
        const answers = Array.from({ length: 5 }, async () =>
          (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })).text(),
        );
        for (const answer of await Promise.all(answers)) expect(answer).toContain('Welcome to nginx!');
        child.kill();
        const refused = start(['port-forward', 'pod/box', ':99'], env);
        let said = '';
        let told = '';
        refused.stdout!.on('data', (chunk: Buffer) => (told += chunk.toString()));
        refused.stderr!.on('data', (chunk: Buffer) => (said += chunk.toString()));
        await expect.poll(() => told, { timeout: 10_000 }).toContain('Forwarding');
        await expect(fetch(`http://127.0.0.1:${/127\.0\.0\.1:(\d+)/.exec(told)![1]}/`)).rejects.toThrow();
        await expect.poll(() => said, { timeout: 10_000 }).toContain('dial tcp4 127.0.0.1:99: connect: connection refused');
        refused.kill();
      });
    });

    it('run -it attaches to a shell; what it leaves is its exit code', async () => {
      const ran = await run(['run', 'tmp', '--rm', '-i', '--restart=Never', '--image=busybox', '--', 'sh'], {
        input: 'hostname\nexit 3\n',
      });
      expect(ran.stdout).toContain('tmp\n');
      expect(ran.stdout).toContain('pod "tmp" deleted');
      expect(ran.stderr).toContain('pod default/tmp terminated (Error)');
      expect(ran.code).toBe(3);
    });

    it('get --raw goes through the proxies of pods, services and nodes', async () => {
      await prints('get --raw /api/v1/namespaces/default/pods/web:80/proxy/', 'Welcome to nginx!');
      await prints('get --raw /api/v1/namespaces/default/services/web/proxy/', 'Welcome to nginx!');
      await prints('get --raw /api/v1/nodes/verbs-worker/proxy/healthz', /^ok$/);
      await fails('get --raw /api/v1/namespaces/default/pods/web:81/proxy/', 1, /dial tcp [\d.]+:81: connect: connection refused/);
      await fails('get --raw /api/v1/namespaces/default/services/none/proxy/', 1, 'services "none" not found');
    });

    it('logs: of one and of many, with times, since, followed', async () => {
      await prints(
        'run talker --image=busybox --labels=app=talk -- sh -c for\ti\tin\t1\t2\t3;do\techo\tline\t$i;sleep\t1;done;sleep\t1000',
        'created',
      );
      await prints('wait --for=condition=Ready pod/talker --timeout=10s', 'condition met');
      const follower = start(['logs', '-f', 'talker']);
      let seen = '';
      follower.stdout!.on('data', (chunk: Buffer) => (seen += chunk.toString()));
      await expect.poll(() => seen, { timeout: 10_000 }).toBe('line 1\nline 2\nline 3\n');
      follower.kill();
      await prints('logs talker --tail=1', /^line 3\n$/);
      await prints('logs talker --timestamps --tail=1', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z line 3\n$/);
      await prints('logs -l app=talk --prefix --all-containers', '[pod/talker/talker] line 1');
      await prints('logs talker --since=1h', /^line 1\n/);
      await fails('logs talker --previous', 1, 'previous terminated container "talker" in pod "talker" not found');
      await fails('logs talker -c nosuch', 1, 'container nosuch is not valid for pod talker');
    });

    it('top shows figures of nodes and of pods', async () => {
      await prints(
        'top nodes',
        /^NAME +CPU\(cores\) +CPU\(%\) +MEMORY\(bytes\) +MEMORY\(%\) *\nverbs-control-plane +\d+m +\d+% +\d+Mi +\d+%/,
      );
      await prints('top pods', /^NAME +CPU\(cores\) +MEMORY\(bytes\) *\n(.*\n)*web +\d+m +\d+Mi/);
      await prints('top pod web --containers', /web +web +\d+m/);
    });

    it('debug adds a container to a pod, copies one, and looks at a node', async () => {
      await prints('debug web --image=busybox --profile=general -c look -- sleep 1000', /^$/);
      await prints(`wait --for=jsonpath={.status.ephemeralContainerStatuses[0].state.running} pod/web --timeout=10s`, 'condition met');
      await prints('exec web -c look -- hostname', /^web\n$/);
      await prints('debug web --image=busybox --profile=general --copy-to=web-copy -- sleep 1000', '');
      await prints('wait --for=condition=Ready pod/web-copy --timeout=15s', 'condition met');
      await prints(
        'debug node/verbs-worker --image=busybox --profile=general -- sleep 1000',
        /Creating debugging pod node-debugger-verbs-worker-\w+ with container debugger on node verbs-worker\./,
      );
    });

    it('sets, rolls out, undoes, pauses', async () => {
      await prints('set image deployment/shop nginx=nginx:1.29', 'deployment.apps/shop image updated');
      await prints('rollout status deployment/shop --timeout=30s', 'deployment "shop" successfully rolled out');
      await prints('annotate deployment/shop kubernetes.io/change-cause=newer', 'deployment.apps/shop annotated');
      await prints('rollout history deployment/shop', /REVISION +CHANGE-CAUSE\n1 +<none>\n2 +newer/);
      await prints('rollout undo deployment/shop', 'deployment.apps/shop rolled back');
      await prints('rollout history deployment/shop --revision=3', /Image:\tnginx\n/);
      await prints('rollout pause deployment/shop', 'deployment.apps/shop paused');
      await prints('set env deployment/shop COLOUR=blue', 'deployment.apps/shop env updated');
      await prints('set resources deployment/shop --limits=cpu=200m,memory=64Mi', 'deployment.apps/shop resource requirements updated');
      await prints('rollout resume deployment/shop', 'deployment.apps/shop resumed');
      await prints('rollout restart deployment/shop', 'deployment.apps/shop restarted');
      await prints('rollout status deployment/shop --timeout=30s', 'successfully rolled out');
      await prints('autoscale deployment shop --min=1 --max=3 --cpu-percent=50', 'horizontalpodautoscaler.autoscaling/shop autoscaled');
      await prints('describe hpa shop', /Reference: +Deployment\/shop/);
      await prints('expose deployment shop --port=80', 'service/shop exposed');
      await prints('scale deployment shop --replicas=3', 'deployment.apps/shop scaled');
      await prints('describe deployment shop', /Replicas: +3 desired/);
    });

    it('taints, labels, annotates; cordons and drains around a disruption budget', async () => {
      await prints('taint node verbs-worker2 a=b:NoSchedule', 'node/verbs-worker2 tainted');
      await prints('taint node verbs-worker2 a-', 'node/verbs-worker2 untainted');
      await prints('label pod web tier=front', 'pod/web labeled');
      await fails('label pod web tier=back', 1, "error: 'tier' already has a value (front), and --overwrite is false");
      await prints('scale deployment shop --replicas=2', 'scaled');
      await prints('rollout status deployment/shop --timeout=30s', 'successfully rolled out');
      await prints('create poddisruptionbudget shop --selector=app=shop --min-available=1', 'poddisruptionbudget.policy/shop created');
      await prints('describe pdb shop', /Min available: +1/);
      await prints('cordon verbs-worker2', 'node/verbs-worker2 cordoned');
      await prints(
        'drain verbs-worker --ignore-daemonsets --delete-emptydir-data --force --timeout=10s --pod-selector=app=shop',
        'node/verbs-worker cordoned',
      ).catch((error: unknown) => {
        // With nowhere to go, the last pod stays; kubectl gives up after its time.
        expect(String(error)).toContain("would violate the pod's disruption budget");
      });
      await prints('uncordon verbs-worker verbs-worker2', 'node/verbs-worker uncordoned');
      await prints('rollout status deployment/shop --timeout=30s', 'successfully rolled out');
    });

    const map = (value: string, labels = '') => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map${labels}}\ndata: {a: ${value}}\n`;

    it('applies, differs, edits, replaces, patches, prunes', async () => {
      await prints('apply -f -', 'configmap/map created', map('b'));
      const differs = await kubectl('diff -f -', map('c'));
      expect(differs.code).toBe(1);
      expect(differs.stdout).toMatch(/^-  a: b\n\+  a: c$/m);
      await prints('apply --server-side --force-conflicts -f -', 'configmap/map serverside-applied', map('c'));
      await prints('replace -f -', 'configmap/map replaced', map('d'));
      await prints('replace --force -f -', 'configmap/map replaced', map('e'));
      expect(await run(['edit', 'configmap', 'map'], { env: { KUBE_EDITOR: 'sed -i s/a:.e/a:\\ f/' } })).toMatchObject({
        code: 0,
        stdout: 'configmap/map edited\n',
      });
      await prints('get configmap map -o jsonpath={.data.a}', /^f$/);
      await prints('patch configmap map -p {"data":{"a":"g"}}', 'configmap/map patched');
      await prints('patch configmap map --type=merge -p {"data":{"b":"h"}}', 'patched');
      await prints('patch configmap map --type=json -p [{"op":"remove","path":"/data/b"}]', 'patched');
      await prints('patch configmap map -p {"data":{"a":"g"}}', 'configmap/map patched (no change)');
      await prints('get configmap map -o yaml', /^data:\n {2}a: g\nkind|^apiVersion: v1\ndata:\n {2}a: g\n/);
      await prints('apply -f -', 'created', map('x', ', labels: {set: one}').replace('name: map', 'name: old'));
      await prints(
        'apply -f - --prune -l set=one --prune-allowlist=core/v1/ConfigMap',
        /configmap\/new created\nconfigmap\/old pruned/,
        map('x', ', labels: {set: one}').replace('name: map', 'name: new'),
      );
      mkdirSync(file('base'), { recursive: true });
      writeFileSync(file('base/kustomization.yaml'), 'resources: [map.yaml]\nnamePrefix: made-\n');
      writeFileSync(file('base/map.yaml'), map('k'));
      await prints('apply -k base', 'configmap/made-map created');
      await prints('delete -k base', 'configmap "made-map" deleted');
    });

    it('waits for conditions, values and deletions', async () => {
      await prints('wait --for=condition=Available deployment/shop --timeout=20s', 'deployment.apps/shop condition met');
      await prints('wait --for=jsonpath={.status.phase}=Running pod/web --timeout=5s', 'pod/web condition met');
      await prints('run gone --image=busybox --restart=Never -- sleep 1000', 'pod/gone created');
      await prints('delete pod gone --wait=false --grace-period=1', 'pod "gone" deleted');
      await prints('wait --for=delete pod/gone --timeout=40s', '');
      await fails('wait --for=condition=Ready=false pod/web --timeout=1s', 1, 'timed out waiting for the condition on pods/web');
    });

    it('selects and prints in every way', async () => {
      await prints(
        'get pods -o custom-columns=N:.metadata.name,P:.status.phase --field-selector metadata.name=web',
        /^N +P\nweb +Running\n$/,
      );
      await prints('get pods --field-selector status.phase=Running -l run=web -o name', /^pod\/web\n$/);
      await prints('get pod web -o go-template={{.metadata.name}}', /^web$/);
      await prints('get nodes -o wide', /verbs-worker +Ready +<none> +\w+ +v1\.36\.3 +172\.18\.0\.3/);
      await prints('get all', /^NAME +READY +STATUS +RESTARTS +AGE\npod\/box/);
      await prints(
        'get events --field-selector involvedObject.name=web',
        /Normal +Scheduled +pod\/web +Successfully assigned default\/web to verbs-worker/,
      );
      await prints('events --for pod/web', /Normal +Pulled +Pod\/web/);
      const watcher = start(['get', 'configmaps', '-w', '--field-selector', 'metadata.name=watched']);
      let seen = '';
      watcher.stdout!.on('data', (chunk: Buffer) => (seen += chunk.toString()));
      await sleep(1000);
      await prints('create configmap watched --from-literal=a=b', 'created');
      await expect.poll(() => seen, { timeout: 10_000 }).toMatch(/^NAME +DATA +AGE\nwatched +1 +\d+s\n$/);
      watcher.kill();
    });

    it('describes and explains', async () => {
      await prints('describe pod web', /Name: +web\n[\s\S]*Conditions:\n[\s\S]*Events:\n/);
      await prints('describe node verbs-worker', /Non-terminated Pods: +\(\d+ in total\)/);
      await prints('describe service web', /Endpoints: +192\.168\.[\d.]+:80/);
      await prints('describe configmap kube-root-ca.crt', /BEGIN CERTIFICATE/);
      for (const kind of [
        'ns',
        'sa',
        'rs',
        'ds -A',
        'endpointslices',
        'sc',
        'priorityclasses',
        'clusterroles',
        'leases -A',
        'crd',
        'ippools',
      ])
        await prints(`describe ${kind}`, /^Name: /);
      await prints('explain pod.spec.containers.ports', /FIELD: ports <\[\]ContainerPort>/);
      await prints('explain ippool', /GROUP: +crd\.projectcalico\.org\nKIND: +IPPool/);
      await prints('api-resources --api-group=apps', /deployments +deploy +apps\/v1 +true +Deployment/);
      await prints('api-versions', /^apps\/v1$/m);
      await prints('cluster-info', 'Kubernetes control plane');
      await prints('get cs', /^NAME +STATUS +MESSAGE +ERROR *\nscheduler +Healthy +ok/);
      await prints('version', 'Server Version: v1.36.3');
    });

    it('knows who may do what', async () => {
      await prints('auth whoami', /Username +kubernetes-admin/);
      await prints('auth can-i create pods', /^yes\n$/);
      await prints('create role reader --verb=get --resource=pods', 'role.rbac.authorization.k8s.io/reader created');
      await prints('create rolebinding reader --role=reader --serviceaccount=default:default', 'created');
      const as = '--as=system:serviceaccount:default:default';
      await prints(`auth can-i get pods ${as}`, /^yes\n$/);
      expect(await kubectl(`auth can-i delete pods ${as}`)).toMatchObject({ code: 1, stdout: 'no\n' });
      await fails(
        `delete pod web ${as}`,
        1,
        'pods "web" is forbidden: User "system:serviceaccount:default:default" cannot delete resource "pods" in API group "" in the namespace "default"',
      );
      await fails(`exec web ${as} -- true`, 1, /cannot (create|get) resource "pods\/exec" in API group ""/);
      const { stdout: token } = await kubectl('create token default');
      const mine = await run([
        '--token',
        token.trim(),
        '--kubeconfig',
        '/dev/null',
        '--server',
        await server(),
        '--insecure-skip-tls-verify',
        'auth',
        'whoami',
      ]);
      expect(mine.stdout).toMatch(/Username +system:serviceaccount:default:default/);
    });
    const server = async () => (await kubectl('config view --minify -o jsonpath={.clusters[0].cluster.server}')).stdout;

    it('runs jobs and cron jobs', async () => {
      await prints('create job once --image=busybox -- echo hi', 'job.batch/once created');
      await prints('wait --for=condition=complete job/once --timeout=20s', 'job.batch/once condition met');
      await prints('logs job/once', /^hi\n$/);
      await prints('create cronjob daily --image=busybox --schedule=@daily -- date', 'cronjob.batch/daily created');
      await prints('create job --from=cronjob/daily now', 'job.batch/now created');
    });

    it('says of what is not there what a real cluster says', async () => {
      await fails('get pod nosuch', 1, 'Error from server (NotFound): pods "nosuch" not found');
      await fails('get nosuch', 1, 'error: the server doesn\'t have a resource type "nosuch"');
      await fails('exec nosuch -- true', 1, 'pods "nosuch" not found');
      await fails('exec web -c nosuch -- true', 1, 'container nosuch is not valid for pod web');
      await fails('create ns default', 1, 'Error from server (AlreadyExists): namespaces "default" already exists');
      expect((await kubectl('get pods -n nosuch')).stderr).toBe('No resources found in nosuch namespace.\n');
    });
  });
});
