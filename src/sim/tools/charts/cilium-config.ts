import { createHash } from 'node:crypto';
import { valueAt, type Values } from './chart.ts';

/**
 * The data of ConfigMap cilium-config: the keys that the agent and the operator read, as the chart's
 * templates/cilium-configmap.yaml derives them from the values.
 */
export function ciliumConfig(values: Values): Record<string, string> {
  const text = (path: string): string => String(valueAt(values, path) ?? '');
  const given = (path: string): boolean => !['', '0', 'null', 'undefined'].includes(String(valueAt(values, path)));
  const config: Record<string, string> = {};
  /** A key that stands in the map only where its value is set. */
  const optional = (key: string, path: string) => {
    if (given(path)) config[key] = text(path);
  };

  Object.assign(config, {
    'agent-not-ready-taint-key': text('agentNotReadyTaintKey'),
    'auto-direct-node-routes': text('autoDirectNodeRoutes'),
    'bpf-events-drop-enabled': 'true',
    'bpf-events-policy-verdict-enabled': 'true',
    'bpf-events-trace-enabled': 'true',
    'bpf-lb-acceleration': text('loadBalancer.acceleration'),
    'bpf-lb-algorithm-annotation': 'false',
    'bpf-lb-external-clusterip': text('bpf.lbExternalClusterIP'),
    'bpf-lb-map-max': '65536',
    'bpf-lb-mode-annotation': 'false',
    'bpf-lb-sock': 'false',
    'bpf-map-dynamic-size-ratio': text('bpf.mapDynamicSizeRatio') || '0.0025',
    'bpf-policy-map-max': text('bpf.policyMapMax'),
    'bpf-root': text('bpf.root'),
    'cgroup-root': text('cgroup.hostRoot'),
    'cilium-endpoint-gc-interval': text('operator.endpointGCInterval'),
    'cluster-id': text('cluster.id'),
    'cluster-name': text('cluster.name'),
    'cni-exclusive': text('cni.exclusive'),
    'cni-log-file': text('cni.logFile'),
    'custom-cni-conf': text('cni.customConf'),
    'datapath-mode': text('bpf.datapathMode'),
    debug: text('debug.enabled'),
    'debug-verbose': text('debug.verbose'),
    'direct-routing-skip-unreachable': 'false',
    'dnsproxy-enable-transparent-mode': 'true',
    'enable-auto-protect-node-port-range': 'true',
    'enable-bpf-clock-probe': 'false',
    'enable-endpoint-health-checking': text('endpointHealthChecking.enabled'),
    'enable-endpoint-lockdown-on-policy-overflow': 'false',
    'enable-health-check-loadbalancer-ip': 'false',
    'enable-health-check-nodeport': 'true',
    'enable-health-checking': text('healthChecking'),
    'enable-hubble': text('hubble.enabled'),
    'enable-ipv4': text('ipv4.enabled'),
    'enable-ipv4-big-tcp': 'false',
    'enable-ipv4-masquerade': text('enableIPv4Masquerade'),
    'enable-ipv6': text('ipv6.enabled'),
    'enable-ipv6-big-tcp': 'false',
    'enable-ipv6-masquerade': text('enableIPv6Masquerade'),
    'enable-k8s-networkpolicy': 'true',
    'enable-k8s-terminating-endpoint': 'true',
    'enable-l2-neigh-discovery': 'false',
    'enable-l7-proxy': text('l7Proxy'),
    'enable-lb-ipam': 'true',
    'enable-local-redirect-policy': text('localRedirectPolicy'),
    'enable-masquerade-to-route-source': 'false',
    'enable-metrics': 'true',
    'enable-node-selector-labels': 'false',
    'enable-non-default-deny-policies': 'true',
    'enable-policy': text('policyEnforcementMode').toLowerCase(),
    'enable-policy-secrets-sync': 'true',
    'enable-sctp': 'false',
    'enable-source-ip-verification': 'true',
    'enable-svc-source-range-check': 'true',
    'enable-tcx': text('bpf.enableTCX'),
    'enable-vtep': 'false',
    'enable-well-known-identities': 'false',
    'enable-xt-socket-fallback': text('enableXTSocketFallback'),
    'external-envoy-proxy': String(valueAt(values, 'envoy.enabled') !== false),
    'health-check-icmp-failure-threshold': '3',
    'identity-allocation-mode': text('identityAllocationMode'),
    'identity-gc-interval': text('operator.identityGCInterval'),
    'identity-heartbeat-timeout': text('operator.identityHeartbeatTimeout'),
    'identity-management-mode': 'agent',
    'install-no-conntrack-iptables-rules': text('installNoConntrackIptablesRules'),
    ipam: text('ipam.mode'),
    'ipam-cilium-node-update-rate': text('ipam.ciliumNodeUpdateRate'),
    'k8s-client-burst': '20',
    'k8s-client-qps': '10',
    'k8s-require-ipv4-pod-cidr': 'false',
    'k8s-require-ipv6-pod-cidr': 'false',
    'kube-proxy-replacement': text('kubeProxyReplacement'),
    'max-connected-clusters': '255',
    'mesh-auth-enabled': 'true',
    'monitor-aggregation': text('bpf.monitorAggregation'),
    'monitor-aggregation-flags': text('bpf.monitorFlags'),
    'monitor-aggregation-interval': text('bpf.monitorInterval'),
    'node-port-bind-protection': 'true',
    'nodeport-addresses': '',
    'nodes-gc-interval': text('operator.nodeGCInterval'),
    'operator-api-serve-addr': '127.0.0.1:9234',
    'operator-prometheus-serve-addr': `:${text('operator.prometheus.port')}`,
    'policy-cidr-match-mode': '',
    'preallocate-bpf-maps': text('bpf.preallocateMaps'),
    procfs: '/host/proc',
    'proxy-connect-timeout': '2',
    'remove-cilium-node-taints': text('operator.removeNodeTaints'),
    'routing-mode': text('routingMode') || 'tunnel',
    'service-no-backend-response': 'reject',
    'set-cilium-is-up-condition': text('operator.setNodeNetworkStatus'),
    'set-cilium-node-taints': text('operator.setNodeTaints') || text('operator.removeNodeTaints'),
    'synchronize-k8s-nodes': 'true',
    'tunnel-protocol': text('tunnelProtocol') || 'vxlan',
    'tunnel-source-port-range': '0-0',
    'unmanaged-pod-watcher-interval':
      valueAt(values, 'operator.unmanagedPodWatcher.restart') === true ? text('operator.unmanagedPodWatcher.intervalSeconds') : '0',
    'write-cni-conf-when-ready': `${text('cni.hostConfDirMountPath')}/05-cilium.conflist`,
  });

  // A custom CNI configuration means that the agent leaves /etc/cni/net.d alone.
  if (valueAt(values, 'cni.customConf') === true) delete config['write-cni-conf-when-ready'];
  if (valueAt(values, 'cni.install') === false) delete config['write-cni-conf-when-ready'];
  config['cni-chaining-mode'] = text('cni.chainingMode') || (given('cni.chainingTarget') ? 'generic-veth' : 'none');
  optional('cni-chaining-target', 'cni.chainingTarget');
  if (valueAt(values, 'cni.uninstall') === true) config['cni-uninstall'] = 'true';
  optional('tunnel-port', 'tunnelPort');
  optional('enable-host-legacy-routing', 'bpf.hostLegacyRouting');
  optional('enable-bpf-masquerade', 'bpf.masquerade');
  optional('mtu', 'MTU');
  optional('ipv4-native-routing-cidr', 'ipv4NativeRoutingCIDR');
  optional('ipv6-native-routing-cidr', 'ipv6NativeRoutingCIDR');
  if (valueAt(values, 'endpointRoutes.enabled') === true) config['enable-endpoint-routes'] = 'true';
  if (valueAt(values, 'bandwidthManager.enabled') === true) config['enable-bandwidth-manager'] = 'true';
  if (valueAt(values, 'l2announcements.enabled') === true) config['enable-l2-announcements'] = 'true';
  if (valueAt(values, 'operator.skipCRDCreation') === true) config['skip-crd-creation'] = 'true';
  if (valueAt(values, 'encryption.enabled') === true) config[`enable-${text('encryption.type')}`] = 'true';
  if (['cluster-pool', 'multi-pool'].includes(config['ipam']!)) {
    config['cluster-pool-ipv4-cidr'] = list(valueAt(values, 'ipam.operator.clusterPoolIPv4PodCIDRList'));
    config['cluster-pool-ipv4-mask-size'] = text('ipam.operator.clusterPoolIPv4MaskSize');
    if (config['enable-ipv6'] === 'true') {
      config['cluster-pool-ipv6-cidr'] = list(valueAt(values, 'ipam.operator.clusterPoolIPv6PodCIDRList'));
      config['cluster-pool-ipv6-mask-size'] = text('ipam.operator.clusterPoolIPv6MaskSize');
    }
  }
  if (config['enable-hubble'] === 'true') {
    config['hubble-disable-tls'] = String(valueAt(values, 'hubble.tls.enabled') === false);
    config['hubble-listen-address'] = text('hubble.listenAddress');
    config['hubble-socket-path'] = text('hubble.socketPath');
    optional('hubble-event-buffer-capacity', 'hubble.eventBufferCapacity');
  }
  const extra = valueAt(values, 'extraConfig');
  if (typeof extra === 'object' && extra !== null) for (const [key, value] of Object.entries(extra)) config[key] = String(value);
  return config;
}

/** What `rollOutCiliumPods` and `operator.rollOutPods` put on the pods: with it a change of the configuration is a roll-out. */
export const configChecksum = (values: Values): Record<string, string> => ({
  'cilium.io/cilium-configmap-checksum': createHash('sha256')
    .update(JSON.stringify(ciliumConfig(values)))
    .digest('hex'),
});

const list = (value: unknown): string => (Array.isArray(value) ? value.join(' ') : String(value ?? ''));
