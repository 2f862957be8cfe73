import { expect, test } from 'vitest';
import { ciliumAgent } from '../../../src/sim/net/cilium/agent.ts';
import { Rig, type RunningContainer } from './rig.ts';

const run = async (agent: RunningContainer, ...argv: string[]) => {
  const out = { stdout: '', stderr: '' };
  const io = {
    argv,
    stdout: (text: string) => void (out.stdout += text),
    stderr: (text: string) => void (out.stderr += text),
    signal: new AbortController().signal,
  };
  return { code: await ciliumAgent.programs!['cilium-dbg']!(io, agent.context), ...out };
};

test('cilium-dbg status says what the agent does with the node, as recorded', async () => {
  const rig = new Rig();
  await rig.installCalico({ IP_AUTODETECTION_METHOD: 'kubernetes-internal-ip' });
  const [, agent] = await rig.installCilium();
  const { stdout, code } = await run(agent!, 'cilium-dbg', 'status');
  expect(code).toBe(0);
  for (const line of [
    'KubeProxyReplacement:    False',
    'CNI Chaining:            none',
    'CNI Config file:         CNI configuration management disabled',
    'Routing:                 Network: Tunnel [vxlan]   Host: Legacy',
    'Device Mode:             veth',
    'Masquerading:            IPTables [IPv4: Enabled, IPv6: Disabled]',
  ])
    expect(stdout).toContain(`${line}\n`);
  expect(stdout).toMatch(/^IPAM: {20}IPv4: 2\/254 allocated from 10\.245\.\d\.0\/24,$/m);
  expect((await run(agent!, 'cilium-dbg', 'status', '--brief')).stdout).toBe('OK\n');
  expect(JSON.parse((await run(agent!, 'cilium-dbg', 'status', '-o', 'json')).stdout)).toMatchObject({ cilium: { state: 'Ok' } });
});

test('cilium-dbg config tells the options of the running agent, not those of the ConfigMap now', async () => {
  const rig = new Rig();
  const [agent] = await rig.installCilium();
  rig.api.modify(rig.api.resource('', 'configmaps')!, 'kube-system', 'cilium-config', (map) => {
    (map['data'] as Record<string, string>)['enable-policy'] = 'default';
  });
  expect((await run(agent!, 'cilium-dbg', 'config')).stdout).toMatch(/^PolicyEnforcement +: never$/m);
});

test('a stopped agent answers nothing', async () => {
  const rig = new Rig();
  const [agent] = await rig.installCilium();
  agent!.stop();
  const { code, stderr } = await run(agent!, 'cilium-dbg', 'status');
  expect(code).toBe(1);
  expect(stderr).toContain('Is the agent running?');
});
