import { nodes } from '../../../kube/resources.ts';
import { rfc3339 } from '../../../base/clock.ts';
import type { ContainerContext } from '../../node/image.ts';
import { parseCidr, sizeOf } from '../ipv4.ts';
import { cniConfigStatus } from './cni-files.ts';
import { isTrue, runningConfig } from './config.ts';
import { datapathOf } from './datapath.ts';
import { endpointsOf } from './endpoints.ts';

/** What `cilium-dbg status` tells, gathered from the node. */
export interface AgentStatus {
  rows: readonly (readonly [label: string, text: string])[];
  /** Allocated addresses and what for, for --verbose. */
  addresses: readonly string[];
  json: Record<string, unknown>;
}

const apis =
  '["EndpointSliceOrEndpoint", "cilium/v2::CiliumCIDRGroup", "cilium/v2::CiliumClusterwideNetworkPolicy", "cilium/v2::CiliumEndpoint", "cilium/v2::CiliumNetworkPolicy", "cilium/v2::CiliumNode", "core/v1::Namespace", "core/v1::Pods", "core/v1::Service", "networking.k8s.io/v1::NetworkPolicy"]';

export const agentStatus = ({ api, clock, machine }: ContainerContext, version: string): AgentStatus => {
  const config = runningConfig(machine) ?? {};
  const datapath = datapathOf(machine);
  const endpoints = endpointsOf(machine);
  const kubernetes = api.get(nodes, undefined, machine.name)?.status?.nodeInfo?.kubeletVersion ?? '';
  const podCidr = datapath?.podCidr ?? '0.0.0.0/32';
  const allocated = endpoints.length + 1;
  const usable = sizeOf(parseCidr(podCidr)) - 2;
  const network = datapath?.tunnel === 'disabled' ? 'Native' : `Tunnel [${datapath?.tunnel ?? 'vxlan'}]`;
  const host = isTrue(config, 'enable-host-legacy-routing') || !isTrue(config, 'kube-proxy-replacement') ? 'Legacy' : 'BPF';
  const cniFile = cniConfigStatus(machine, config);
  const chaining = config['cni-chaining-mode'] || 'none';
  const masquerading = isTrue(config, 'enable-bpf-masquerade') ? 'BPF' : 'IPTables';
  const rows: AgentStatus['rows'] = [
    ['KVStore:', 'Disabled'],
    ['Kubernetes:', `Ok         ${kubernetes.split('.').slice(0, 2).join('.').replace('v', '')} (${kubernetes}) [linux/amd64]`],
    ['Kubernetes APIs:', apis],
    ['KubeProxyReplacement:', datapath?.kubeProxyReplacement ? `True   [eth0   ${machine.address} (Direct Routing)]` : 'False'],
    ['Host firewall:', 'Disabled'],
    ['SRv6:', 'Disabled'],
    ['CNI Chaining:', chaining],
    ['CNI Config file:', cniFile],
    ['Cilium:', `Ok    (v${version.replace(/^v/, '')})`],
    ['NodeMonitor:', 'Listening for events on 2 CPUs with 64x4096 of shared memory'],
    ['Cilium health daemon:', 'Ok'],
    ['IPAM:', `IPv4: ${allocated}/${usable} allocated from ${podCidr},`],
    ['IPv4 BIG TCP:', 'Disabled'],
    ['IPv6 BIG TCP:', 'Disabled'],
    ['BandwidthManager:', 'Disabled'],
    ['Routing:', `Network: ${network}   Host: ${host}`],
    ['Attach Mode:', config['enable-tcx'] === 'false' ? 'Legacy TC' : 'TCX'],
    ['Device Mode:', datapath?.deviceMode ?? 'veth'],
    ['Masquerading:', `${masquerading} [IPv4: Enabled, IPv6: Disabled]`],
    ['Controller Status:', `${15 + endpoints.length * 2}/${15 + endpoints.length * 2} healthy`],
    ['Proxy Status:', 'No managed proxy redirect'],
    ['Global Identity Range:', 'min 256, max 65535'],
    ['Hubble:', isTrue(config, 'enable-hubble') ? 'Ok' : 'Disabled'],
    ['Encryption:', 'Disabled'],
    ['Cluster health:', `${(datapath?.peers.length ?? 0) + 1}/${(datapath?.peers.length ?? 0) + 1} reachable   (${rfc3339(clock.now())})`],
    ['Modules Health:', 'Stopped(10) Degraded(0) OK(68)'],
  ];
  const json = {
    cilium: { state: 'Ok', msg: `v${version}` },
    kubernetes: { state: 'Ok', msg: `${kubernetes} [linux/amd64]` },
    'cni-file': { state: cniFile.startsWith('CNI') ? 'Disabled' : 'Ok', msg: cniFile },
    'cni-chaining': { mode: chaining },
    ipam: { status: `${allocated}/${usable} allocated from ${podCidr}` },
    kvstore: { state: 'Disabled' },
    'kube-proxy-replacement': { mode: datapath?.kubeProxyReplacement ? 'True' : 'False' },
    masquerading: { mode: masquerading, enabled: true },
    controllers: [],
  };
  const addresses = [
    `  ${datapath?.host} (router)`,
    ...endpoints.map(({ ip, namespace, name }) => `  ${ip} (${name ? `${namespace}/${name}` : 'health'})`),
  ];
  return { rows, addresses, json };
};

export const statusLines = ({ rows, addresses }: AgentStatus, verbose: boolean): string =>
  rows
    .flatMap(([label, text]) => {
      const line = `${label.padEnd(24)} ${text}`;
      return verbose && label === 'IPAM:' ? [line, 'Allocated addresses:', ...addresses] : [line];
    })
    .map((line) => `${line}\n`)
    .join('');
