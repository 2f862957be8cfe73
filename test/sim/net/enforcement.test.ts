import { expect, test } from 'vitest';
import * as r from '../../../src/kube/resources.ts';
import type { KubeObject, Pod } from '../../../src/kube/types.ts';
import { ciliumAgent } from '../../../src/sim/net/cilium/agent.ts';
import type { ConnectRequest } from '../../../src/sim/net/network.ts';
import { Rig, type RunningContainer } from './rig.ts';

const pinned = { IP_AUTODETECTION_METHOD: 'kubernetes-internal-ip' };
const nobody = (labels: Record<string, string>, namespace = 'shop') => ({
  apiVersion: 'cilium.io/v2',
  kind: 'CiliumNetworkPolicy',
  metadata: { name: 'from-nobody', namespace },
  spec: { endpointSelector: { matchLabels: labels }, ingress: [{}] },
});

const apply = (rig: Rig, object: object): KubeObject => {
  const { apiVersion, kind } = object as { apiVersion: string; kind: string };
  return rig.api.create(rig.api.resourceOf(apiVersion, kind)!, object as never);
};

/** A client on one node and a server on another, all of Cilium's. */
const onCilium = async (config: Record<string, string> = {}) => {
  const rig = new Rig();
  const agents = await rig.installCilium({ 'enable-policy': 'default', 'enable-hubble': 'true', ...config });
  const client = rig.pod('shop', 'client', 'mig-worker', 'cilium-cni', { app: 'client' });
  const web = rig.pod('shop', 'web', 'mig-worker2', 'cilium-cni', { app: 'web' });
  await rig.pass(100);
  return { rig, agents, client, web, ask: (more: Partial<ConnectRequest> = {}) => rig.from(client, rig.ip(web), 8080, more) };
};

const onCalico = async () => {
  const rig = new Rig();
  const agents = await rig.installCalico(pinned);
  const client = rig.pod('shop', 'client', 'mig-worker', 'calico', { app: 'client' });
  const web = rig.pod('shop', 'web', 'mig-worker2', 'calico', { app: 'web' });
  await rig.pass(100);
  return { rig, agents, client, web, ask: (more: Partial<ConnectRequest> = {}) => rig.from(client, rig.ip(web), 8080, more) };
};

const denyWeb = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'from-nobody', namespace: 'shop' },
  spec: { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'] },
};

const run = async (agent: RunningContainer, ...argv: string[]) => {
  let stdout = '';
  const io = { argv, stdout: (text: string) => void (stdout += text), stderr: () => {}, signal: new AbortController().signal };
  const code = await ciliumAgent.programs![argv[0]!]!(io, agent.context);
  return { code, stdout };
};

test('without policies every pod reaches every other, and nothing is asked', async () => {
  const { ask } = await onCilium();
  expect(ask()).toMatchObject({ outcome: 'connected' });
  expect(ask().policy).toBeUndefined();
});

test('a policy that allows nobody takes effect within 100 ms, and its end as fast', async () => {
  const { rig, ask } = await onCilium();
  apply(rig, nobody({ app: 'web' }));
  expect(ask().outcome).toBe('connected');
  await rig.pass(100);
  expect(ask()).toMatchObject({
    outcome: 'timeout',
    policy: [{ verdict: 'allow' }, { verdict: 'deny', direction: 'ingress', engine: 'cilium' }],
  });
  rig.api.delete(rig.api.resource('cilium.io', 'ciliumnetworkpolicies')!, 'shop', 'from-nobody');
  await rig.pass(100);
  expect(ask().outcome).toBe('connected');
});

test('policyEnforcementMode is what the agent was started with: never enforces nothing, and default only after its restart', async () => {
  const { rig, agents, ask } = await onCilium({ 'enable-policy': 'never' });
  apply(rig, nobody({ app: 'web' }));
  rig.api.modify(r.configMaps, 'kube-system', 'cilium-config', ({ data }) => void (data!['enable-policy'] = 'default'));
  await rig.pass(1000);
  expect(ask().outcome).toBe('connected');
  agents[2]!.stop();
  rig.agent('mig-worker2');
  await rig.pass(11_000);
  expect(ask().outcome).toBe('timeout');
});

test('a CiliumNodeConfig turns enforcement on for its nodes alone', async () => {
  const { rig, agents, ask, client } = await onCilium({ 'enable-policy': 'never' });
  apply(rig, nobody({}));
  apply(rig, {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNodeConfig',
    metadata: { name: 'enforce', namespace: 'kube-system' },
    spec: { nodeSelector: { matchLabels: { 'kubernetes.io/hostname': 'mig-worker2' } }, defaults: { 'enable-policy': 'default' } },
  });
  for (const i of [1, 2]) {
    agents[i]!.stop();
    rig.agent(`mig-worker${i === 2 ? '2' : ''}`);
  }
  await rig.pass(11_000);
  expect(ask().outcome).toBe('timeout');
  expect(rig.network.connect({ from: { node: 'mig-control-plane' }, host: rig.ip(client), port: 80 }).outcome).toBe('connected');
});

test('an agent that has ended enforces what it knew, and learns nothing new', async () => {
  const { rig, agents, ask } = await onCilium();
  agents[2]!.stop();
  apply(rig, nobody({ app: 'web' }));
  await rig.pass(1000);
  expect(ask().outcome).toBe('connected');
  rig.agent('mig-worker2');
  await rig.pass(11_000);
  expect(ask().outcome).toBe('timeout');
});

test('Felix that is gone leaves its rules: they drop until they are flushed', async () => {
  const { rig, agents, ask } = await onCalico();
  apply(rig, denyWeb);
  await rig.pass(100);
  for (const agent of agents) agent.stop();
  rig.api.delete(rig.api.resource('networking.k8s.io', 'networkpolicies')!, 'shop', 'from-nobody');
  await rig.pass(100);
  expect(ask().outcome).toBe('timeout');
  rig.machine('mig-worker2').kernel.set('net.iptables', []);
  expect(ask().outcome).toBe('connected');
});

test('a new policy cuts no connection that stands on Calico until it is forgotten, and each one on Cilium', async () => {
  const calico = await onCalico();
  const cilium = await onCilium();
  const standing = { sourcePort: 40_000, protocol: 'UDP' } as const;
  for (const { rig, ask } of [calico, cilium]) {
    expect(ask(standing).outcome).toBe('refused');
    apply(rig, denyWeb);
    await rig.pass(100);
    expect(ask().outcome).toBe('timeout');
  }
  expect(calico.ask(standing).outcome).toBe('refused');
  expect(cilium.ask(standing).outcome).toBe('timeout');
  await calico.rig.pass(121_000);
  expect(calico.ask(standing).outcome).toBe('timeout');
});

test('staged policies drop nothing', async () => {
  const { rig, ask } = await onCalico();
  const spec = { selector: "app == 'web'", types: ['Ingress'], ingress: [{ action: 'Deny' }] };
  apply(rig, {
    apiVersion: 'crd.projectcalico.org/v1',
    kind: 'StagedNetworkPolicy',
    metadata: { name: 'default.s', namespace: 'shop' },
    spec,
  });
  await rig.pass(100);
  expect(ask().outcome).toBe('connected');
  apply(rig, { apiVersion: 'crd.projectcalico.org/v1', kind: 'NetworkPolicy', metadata: { name: 'default.s', namespace: 'shop' }, spec });
  await rig.pass(100);
  expect(ask()).toMatchObject({ outcome: 'timeout', policy: [{}, { by: { path: 'spec.ingress[0]' } }] });
});

test('a host port works through Calico’s portmap, and on Cilium only with its kube-proxy replacement or chained portmap', async () => {
  const expose = async (rig: Rig, plugin: 'calico' | 'cilium-cni') => {
    const pod = rig.api.create(r.pods, {
      metadata: { name: 'exposed', namespace: 'shop' },
      spec: { nodeName: 'mig-worker', containers: [{ name: 'c', image: 'busybox', ports: [{ containerPort: 8080, hostPort: 9000 }] }] },
    });
    rig.attach(pod as Pod, plugin);
    return rig.network.connect({ from: { outside: '203.0.113.7' }, host: '172.17.0.3', port: 9000 });
  };
  expect(await expose((await onCalico()).rig, 'calico')).toMatchObject({
    outcome: 'connected',
    source: '203.0.113.7',
    destination: { port: 8080 },
  });
  expect((await expose((await onCilium()).rig, 'cilium-cni')).outcome).toBe('refused');
  expect((await expose((await onCilium({ 'kube-proxy-replacement': 'true' })).rig, 'cilium-cni')).outcome).toBe('connected');
  expect((await expose((await onCilium({ 'cni-chaining-mode': 'portmap' })).rig, 'cilium-cni')).outcome).toBe('connected');
});

test('the policy’s condition Valid says whether the agents take it; what is not valid leaves all open', async () => {
  const { rig, ask } = await onCilium();
  const invalid = nobody({ app: 'web' });
  const spec = { ...invalid.spec, ingress: [{ fromEntities: ['host'], fromCIDR: ['10.0.0.0/8'] }] };
  apply(rig, { ...invalid, spec });
  apply(rig, nobody({ app: 'other' }, 'a'));
  await rig.pass(200);
  const conditions = rig.api.list(rig.api.resource('cilium.io', 'ciliumnetworkpolicies')!).map((policy) => policy['status']);
  expect(conditions).toMatchObject([
    { conditions: [{ type: 'Valid', status: 'True', message: 'Policy validation succeeded' }] },
    { conditions: [{ type: 'Valid', status: 'False' }] },
  ]);
  expect(ask().outcome).toBe('connected');
});

test('the agent shows a refused connection as it was recorded: endpoint, policy, and Hubble’s two flows', async () => {
  const { rig, agents, ask, web } = await onCilium();
  apply(rig, nobody({ app: 'web' }));
  await rig.pass(100);
  ask();
  const agent = agents[2]!;
  const { stdout: endpoints } = await run(agent, 'cilium-dbg', 'endpoint', 'list');
  expect(endpoints).toMatch(/^\d+ +Enabled +Disabled +\d+ +k8s:app=web/m);
  expect((await run(agent, 'cilium-dbg', 'policy', 'get')).stdout).toContain('"value": "from-nobody"');
  const { stdout } = await run(agent, 'hubble', 'observe', '--verdict', 'DROPPED');
  const ends = 'shop/client:\\d+ \\(ID:\\d+\\) <> shop/web:8080 \\(ID:\\d+\\)';
  const time = '^Nov 23 17:\\d\\d:\\d\\d\\.\\d{3}: ';
  expect(stdout.trim().split('\n')).toEqual([
    expect.stringMatching(new RegExp(`${time}${ends} policy-verdict:none INGRESS DENIED \\(TCP Flags: SYN\\)$`)),
    expect.stringMatching(new RegExp(`${time}${ends} Policy denied DROPPED \\(TCP Flags: SYN\\)$`)),
  ]);
  const json = (await run(agent, 'hubble', 'observe', '--type', 'drop', '-o', 'json')).stdout;
  expect(JSON.parse(json)).toMatchObject({
    flow: {
      verdict: 'DROPPED',
      drop_reason: 133,
      drop_reason_desc: 'POLICY_DENIED',
      event_type: { type: 1, sub_type: 133 },
      destination: { pod_name: web.metadata.name, namespace: 'shop' },
      traffic_direction: 'INGRESS',
    },
  });
});

test('the kubelet of its own node is let in, and Hubble shows it as the host', async () => {
  const { rig, agents, web } = await onCilium();
  apply(rig, nobody({ app: 'web' }));
  await rig.pass(100);
  expect(rig.network.connect({ from: { node: 'mig-worker2' }, host: rig.ip(web), port: 8080 }).outcome).toBe('connected');
  const { stdout } = await run(agents[2]!, 'hubble', 'observe', '--pod', 'shop/web', '--type', 'policy-verdict');
  expect(stdout).toMatch(
    /10\.245\.\d+\.\d+:\d+ \(host\) -> shop\/web:8080 \(ID:\d+\) policy-verdict:L3-Only INGRESS ALLOWED \(TCP Flags: SYN\)/,
  );
});

test('a node’s ring holds 4,095 events, as Hubble’s', async () => {
  const { rig, agents, ask } = await onCilium();
  for (let i = 0; i < 700; i++) ask({ http: { method: 'GET', path: '/' } });
  const { events, seen } = rig.network.flows.counts('mig-worker');
  expect(seen).toBe(5600);
  expect(events).toBeLessThanOrEqual(4095);
  expect(events).toBeGreaterThan(4085);
  expect((await run(agents[1]!, 'hubble', 'status')).stdout).toMatch(/^Current\/Max Flows: 4,0\d\d\/4,095 \(\d+\.\d\d%\)$/m);
});

test('enforcement too early in a migration: a Calico pod is the world to Cilium, whatever its labels', async () => {
  const rig = new Rig();
  await rig.installCalico(pinned);
  const agents = await rig.installCilium({ 'enable-policy': 'default', 'enable-hubble': 'true' });
  const client = rig.pod('shop', 'client', 'mig-worker', 'calico', { app: 'client' });
  const moved = rig.pod('shop', 'client2', 'mig-worker', 'cilium-cni', { app: 'client' });
  const web = rig.pod('shop', 'web', 'mig-worker2', 'cilium-cni', { app: 'web' });
  const { spec: _, ...policy } = nobody({ app: 'web' });
  const ingress = [{ fromEndpoints: [{ matchLabels: { app: 'client' } }] }];
  apply(rig, { ...policy, spec: { endpointSelector: { matchLabels: { app: 'web' } }, ingress } });
  await rig.pass(200);
  expect(rig.from(moved, rig.ip(web)).outcome).toBe('connected');
  expect(rig.from(client, rig.ip(web)).outcome).toBe('timeout');
  const { stdout } = await run(agents[2]!, 'hubble', 'observe', '--type', 'drop');
  expect(stdout).toMatch(/: 10\.245\.1\.\d+:\d+ \(world\) <> shop\/web:80 \(ID:\d+\) Policy denied DROPPED/);
});
