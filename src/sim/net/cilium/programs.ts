import type { ContainerContext, Program } from '../../node/image.ts';
import { runningConfig } from './config.ts';
import { endpointsOf } from './endpoints.ts';
import { endpointTable } from './endpoint-text.ts';
import { labelList } from './identities.ts';
import { monitorDrops, policyText } from './policy-text.ts';
import { ciliumIdentities } from './resources.ts';
import { agentRunning } from './plugin.ts';
import { agentStatus, statusLines } from './status.ts';

const notRunning =
  'Error: Cannot get status/probe: Get "http://localhost/v1/healthz?brief=false": dial unix /var/run/cilium/cilium.sock: connect: no such file or directory\nIs the agent running?\n';

/** `cilium-dbg` in the agent's container: status, endpoint list, config, bpf-free parts that learners use. */
export const ciliumDbg: Program = (io, context) => {
  const words = io.argv.slice(1).filter((word) => !word.startsWith('-'));
  const flag = (...names: string[]) => io.argv.some((word) => names.includes(word));
  const json = io.argv.some(
    (word, i) => word === '-ojson' || word === '--output=json' || (['-o', '--output'].includes(word) && io.argv[i + 1] === 'json'),
  );
  const print = (text: string): number => {
    io.stdout(text);
    return 0;
  };
  if (words[0] === 'version') return print(`Client: ${versionOf(context)}\nDaemon: ${versionOf(context)}\n`);
  if (!agentRunning(context.machine)) {
    io.stderr(notRunning);
    return 1;
  }
  const [command, sub] = words;
  if (command === 'status') {
    const status = agentStatus(context, versionOf(context));
    if (json) return print(`${JSON.stringify(status.json, null, 2)}\n`);
    return print(flag('--brief') ? 'OK\n' : statusLines(status, flag('--verbose')));
  }
  if (command === 'endpoint' && sub === 'list') {
    const endpoints = endpointsOf(context.machine);
    return print(json ? `${JSON.stringify(endpoints.map(endpointJson), null, 2)}\n` : endpointTable(context, endpoints));
  }
  if (command === 'config') return print(configText(context));
  if (command === 'identity' && sub === 'list') return print(identityText(context));
  if (command === 'policy' && sub === 'get') return print(policyText(context));
  if (command === 'monitor') return monitorDrops(io, context);
  io.stderr(`Error: unknown command "${words.join(' ')}" for "cilium-dbg"\nRun 'cilium-dbg --help' for usage.\n`);
  return 1;
};

const reservedIdentities = ['host', 'world', 'unmanaged', 'health', 'init', 'remote-node', 'kube-apiserver', 'ingress'];

/** Every identity that the agent knows: the reserved ones, and those that CiliumIdentity objects stand for. */
const identityText = ({ api }: ContainerContext): string => {
  const rows = [
    ...reservedIdentities.map((name, i) => [i + 1, [`reserved:${name}`]] as const),
    ...api
      .list(ciliumIdentities)
      .map((identity) => [Number(identity.metadata.name), labelList(identity['security-labels'])] as const)
      .toSorted(([a], [b]) => a - b),
  ];
  return ['ID      LABELS', ...rows.map(([id, labels]) => `${String(id).padEnd(8)}${labels.join('\n        ')}`)].join('\n') + '\n';
};

const versionOf = ({ container }: ContainerContext): string => /:v?([^:@/]+)(?:@.*)?$/.exec(container.image ?? '')?.[1] ?? '';

const endpointJson = ({ id, ip, identity, labels, namespace, name }: ReturnType<typeof endpointsOf>[number]) => ({
  id,
  status: {
    state: 'ready',
    identity: { id: identity, labels },
    networking: { addressing: [{ ipv4: ip }] },
    'external-identifiers': name ? { 'k8s-namespace': namespace, 'k8s-pod-name': name } : {},
  },
});

/** `cilium-dbg config`: what the agent was started with that differs from nothing. */
const configText = ({ machine }: ContainerContext): string => {
  const config = runningConfig(machine) ?? {};
  const policy = config['enable-policy'] ?? 'default';
  const lines = Object.entries(config)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key.padEnd(45)} : ${value}`);
  return `#### Read-write configurations ####\nPolicyEnforcement                             : ${policy}\n#### Read-only configurations ####\n${lines.join('\n')}\n`;
};
