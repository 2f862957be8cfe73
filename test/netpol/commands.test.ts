import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { projectRoot, type CliContext } from '../../src/cli/context.ts';
import { runCommandLine } from '../../src/cli/run.ts';
import { description } from './cluster-fixture.ts';

const policy = `
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: p, namespace: shop}
spec: {selector: "app == 'db'", ingress: [{action: Allow, source: {selector: "app == 'web'"}}]}
`;
const cases = (verdict: string) =>
  JSON.stringify([
    {
      case: 'one',
      engine: 'calico',
      settings: '',
      policies: policy,
      verdicts: [
        ['shop/web', 'shop/db', 'tcp', 80, 'allow'],
        ['lab/scanner', 'shop/db', 'tcp', 80, verdict],
      ],
    },
  ]);

let lastFolder = '';
let environment: Record<string, string | undefined> = {};

async function netpol(argv: string[], files: Record<string, string> = {}, stdin = '') {
  const cwd = (lastFolder = await mkdtemp(join(tmpdir(), 'kindlab-netpol-')));
  for (const [name, text] of Object.entries({ 'cluster.yaml': description, ...files })) await writeFile(join(cwd, name), text);
  const texts = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') =>
    new Writable({
      write: (chunk: Buffer, _encoding, done) => ((texts[name] += chunk.toString()), done()),
    }) as unknown as NodeJS.WriteStream;
  const cli: CliContext = {
    env: environment,
    cwd,
    root: projectRoot(),
    stdin: Readable.from([stdin]) as unknown as NodeJS.ReadStream,
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    signal: new AbortController().signal,
  };
  return { code: await runCommandLine(cli, ['netpol', ...argv]), ...texts };
}

test('verify counts what agrees, and exits with 1 on a deviation that it names with its trace', async () => {
  const good = await netpol(['verify', 'cases.json', '--cluster', 'cluster.yaml'], { 'cases.json': cases('deny') });
  expect(good).toMatchObject({ code: 0, stdout: '2 of 2 verdicts agree\n' });
  const bad = await netpol(['verify', 'cases.json', '--cluster', 'cluster.yaml'], { 'cases.json': cases('allow') });
  expect(bad.code).toBe(1);
  expect(bad.stdout).toContain('cases.json: one: lab/scanner → shop/db tcp/80: measured allow, evaluated deny');
  expect(bad.stdout).toContain('NetworkPolicy shop/p');
  expect(bad.stdout).toContain('1 of 2 verdicts agree');
});

test('explain names the rule that decides, from a folder or stdin', async () => {
  const ask = ['--cluster', 'cluster.yaml', '--engine', 'calico', '-p'];
  const allowed = await netpol(['explain', 'shop/web', 'shop/db', ...ask, 'p.yaml'], { 'p.yaml': policy });
  expect(allowed.code).toBe(0);
  expect(allowed.stdout).toContain('NetworkPolicy shop/p spec.ingress[0] (p.yaml, document 1)');
  const denied = await netpol(['explain', 'lab/scanner', 'svc-db', '80/tcp', ...ask, '-', '--json'], {}, policy);
  expect(denied.code).toBe(1);
  expect(JSON.parse(denied.stdout)).toMatchObject({ verdict: 'deny', flow: { to: 'svc-db', port: 80 } });
});

test('explain says which policies it left out, and does not vouch for the verdict', async () => {
  const broken = policy.replace('Allow', 'Permit');
  const { code, stderr } = await netpol(['explain', 'shop/web', 'shop/db', '--cluster', 'cluster.yaml', '-p', 'p.yaml'], {
    'p.yaml': broken,
  });
  expect(stderr).toContain('left out: p.yaml, document 1: NetworkPolicy shop/p: spec.ingress[0].action');
  expect(code).toBe(2);
});

test('matrix has a row for each source', async () => {
  const { stdout } = await netpol(['matrix', '--cluster', 'cluster.yaml', '-p', 'p.yaml', '--json'], { 'p.yaml': policy });
  const { flows } = JSON.parse(stdout) as { flows: { from: string; to: string; verdict: string }[] };
  expect(flows).toHaveLength(49);
  expect(flows.filter((f) => f.to === 'shop/db' && f.verdict === 'allow').map((f) => f.from)).toEqual(['shop/web', 'shop/db', 'node-n2']);
});

test.each([
  [['explain', 'shop/nobody', 'shop/db', '--cluster', 'cluster.yaml'], '"shop/nobody" is no pod, node, service or address of this cluster'],
  [['explain', 'shop/web', 'shop/db', 'http', '--cluster', 'cluster.yaml'], '"http" is no port'],
  [['explain', 'shop/web', 'svc-db', '99', '--cluster', 'cluster.yaml'], 'service shop/db has no port 99/tcp; it has 80/tcp'],
  [['verify', 'nothing.json', '--cluster', 'cluster.yaml'], 'cannot read nothing.json'],
  [['verify', 'cluster.yaml', '--cluster', 'cluster.yaml'], 'cluster.yaml: not JSON'],
  [['matrix'], "required option '--cluster <file>' not specified"],
])('netpol %j explains what is wrong', async (argv, message) => {
  const { code, stderr } = await netpol(argv);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});

test('lint exits with 1 on a finding', async () => {
  const open = '{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: p}, spec: {endpointSelector: {}, ingress: []}}';
  const { code, stdout } = await netpol(['lint', 'p.yaml'], { 'p.yaml': open });
  expect(code).toBe(1);
  expect(stdout).toContain('fail-open  CiliumNetworkPolicy default/p ingress: ingress: [] enforces nothing (trap 6)');
});

const narrower = policy.replace('source: {selector: "app == \'web\'"}', 'source: {selector: "app == \'nobody\'"}');

test('compare exits with 0 for the same, 1 for a difference, and 2 where not everything was read', async () => {
  const same = await netpol(['compare', 'a.yaml', '--with', 'b.yaml', '--cluster', 'cluster.yaml'], { 'a.yaml': policy, 'b.yaml': policy });
  expect(same).toMatchObject({ code: 0, stdout: expect.stringContaining('endpoints that may come: equivalent') });
  const other = await netpol(['compare', 'a.yaml', '--with', 'b.yaml', '--cluster', 'cluster.yaml'], {
    'a.yaml': policy,
    'b.yaml': narrower,
  });
  expect(other).toMatchObject({ code: 1, stdout: expect.stringContaining('shop/web → shop/db') });
  const broken = policy.replace('Allow', 'Alow');
  const partly = await netpol(['compare', '-', '--with', '-', '--cluster', 'cluster.yaml'], {}, broken);
  expect(partly).toMatchObject({ code: 2, stderr: expect.stringContaining('left out') });
});

test('coverage lists each rule, and the report is one page that loads nothing', async () => {
  const { code, stdout } = await netpol(['coverage', 'a.yaml', '--with', 'b.yaml', '--cluster', 'cluster.yaml', '--html', 'r.html'], {
    'a.yaml': policy,
    'b.yaml': narrower.replace('name: p', 'name: "<script>alert(1)</script>"'),
  });
  expect(code).toBe(1);
  expect(stdout).toContain('uncovered  NetworkPolicy shop/p spec.ingress[0]');
  const page = await readFile(join(lastFolder, 'r.html'), 'utf8');
  expect(page).toContain('shop/web');
  expect(page).not.toContain('<script');
  expect(page).not.toMatch(/src=|href=|url\(|@import/);
});

/** Answers as a cluster would whose dataplane lets only shop/web in to shop/db, where lab/scanner's image has no client. */
const kubectl = `#!/bin/sh
case "$*" in
*"get pods"*) echo '{"items":[{"metadata":{"namespace":"shop","name":"web"},"status":{"phase":"Running","podIP":"192.168.1.5"}},{"metadata":{"namespace":"shop","name":"db"},"status":{"phase":"Running","podIP":"192.168.1.6"}},{"metadata":{"namespace":"lab","name":"scanner"},"status":{"phase":"Running","podIP":"192.168.1.7"}}]}' ;;
*"-n lab scanner"*192.168.1.6*) echo 'nc: 192.168.1.6 (192.168.1.6:80): Connection refused' >&2; exit 1 ;;
*"-n shop db"*) echo 'no nc, curl or wget in the image'; exit 127 ;;
*) exit 0 ;;
esac
`;

test('matrix --probe tries the connections, and lists where the dataplane disagrees and what could not be tried', async () => {
  const bin = await mkdtemp(join(tmpdir(), 'kindlab-bin-'));
  await writeFile(join(bin, 'kubectl'), kubectl);
  await chmod(join(bin, 'kubectl'), 0o755);
  environment = { PATH: `${bin}:${process.env['PATH']}` };
  const { code, stdout } = await netpol(['matrix', '80', '--cluster', 'cluster.yaml', '-p', 'p.yaml', '--probe', 'kubeconfig'], {
    'p.yaml': policy,
  });
  environment = {};
  expect(code).toBe(1);
  expect(stdout).toContain('lab/scanner → shop/db tcp/80: evaluated deny, the dataplane says allow (nc: 192.168.1.6');
  expect(stdout).toContain('shop/db → shop/web tcp/80: not tried: no nc, curl or wget in the image');
  expect(stdout).toContain('3 of 4 tried connections agree, 2 could not be tried');
});

test('explain and matrix write pages, too', async () => {
  await netpol(['explain', 'shop/web', 'shop/db', '--cluster', 'cluster.yaml', '-p', 'p.yaml', '--html', 'e.html'], { 'p.yaml': policy });
  expect(await readFile(join(lastFolder, 'e.html'), 'utf8')).toContain('NetworkPolicy shop/p spec.ingress[0]');
  await netpol(['matrix', '--cluster', 'cluster.yaml', '-p', 'p.yaml', '--html', 'm.html'], { 'p.yaml': policy });
  expect(await readFile(join(lastFolder, 'm.html'), 'utf8')).toContain('<th scope="row">lab/scanner</th>');
});
