import { right, wrong, type Attempt } from './attempt.ts';

const notes = (cidr: string, file: string, namespace = 'shop') =>
  `kubectl -n ${namespace} create configmap lab-notes --from-literal=pod-cidr=${cidr} --from-literal=cni-config=${file}`;

const pin = 'kubectl -n kube-system set env ds/calico-node -c calico-node IP_AUTODETECTION_METHOD=kubernetes-internal-ip';
const rolledOut = 'kubectl -n kube-system rollout status ds/calico-node --timeout=60s';

/** The values of the instructions, with some of them changed or left out. */
const values = (changes: Record<string, string | undefined> = {}): string => {
  const given: Record<string, string | undefined> = {
    'operator.unmanagedPodWatcher.restart': 'false',
    routingMode: 'tunnel',
    tunnelProtocol: 'vxlan',
    tunnelPort: '8473',
    'cni.customConf': 'true',
    'cni.uninstall': 'false',
    'ipam.mode': 'cluster-pool',
    'ipam.operator.clusterPoolIPv4PodCIDRList': '{10.245.0.0/16}',
    policyEnforcementMode: 'never',
    'bpf.hostLegacyRouting': 'true',
    'envoy.enabled': 'false',
    ...changes,
  };
  return Object.entries(given)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `--set '${key}=${value}'`)
    .join(' ');
};
const repo = 'helm repo add cilium https://helm.cilium.io/';
const install = (changes: Record<string, string | undefined> = {}, namespace = 'kube-system') =>
  `${repo}\nhelm install cilium cilium/cilium --version 1.18.14 --namespace ${namespace} --create-namespace ${values(changes)}
cilium status --wait --wait-duration 60s -n ${namespace}`;

const nodeConfig = (parts: { version?: string; namespace?: string; label?: string; file?: string; exclusive?: string } = {}) => `
apiVersion: cilium.io/${parts.version ?? 'v2'}
kind: CiliumNodeConfig
metadata: {namespace: ${parts.namespace ?? 'kube-system'}, name: cilium-default}
spec:
  nodeSelector: {matchLabels: {${parts.label ?? 'io.cilium.migration/cilium-default'}: "true"}}
  defaults:
    write-cni-conf-when-ready: ${parts.file ?? '/host/etc/cni/net.d/05-cilium.conflist'}
    custom-cni-conf: "false"
    cni-chaining-mode: "none"
    cni-exclusive: ${parts.exclusive ?? '"true"'}
`;
const given = (verb: string, yaml: string) => `kubectl ${verb} -f - <<'YAML'\n${yaml}\nYAML`;

/** Steps 1 to 4: before a node moves. */
export const beforehand: Attempt[] = [
  wrong(
    '01-know-the-cluster',
    'a node’s block for the pool',
    notes('192.168.69.192/26', '10-calico.conflist'),
    'pod-cidr',
    /one node's block/,
  ),
  wrong('01-know-the-cluster', 'the network of services', notes('10.96.0.0/16', '10-calico.conflist'), 'pod-cidr', /network of services/),
  wrong('01-know-the-cluster', 'Calico’s kubeconfig', notes('192.168.0.0/16', 'calico-kubeconfig'), 'cni-config', /reads the \.conflist/),
  wrong(
    '01-know-the-cluster',
    'the notes in another namespace',
    notes('192.168.0.0/16', '10-calico.conflist', 'default'),
    'pod-cidr',
    /namespace shop/,
  ),
  right(
    '01-know-the-cluster',
    'applied from a manifest, with the whole path',
    given(
      'apply',
      `
apiVersion: v1
kind: ConfigMap
metadata: {name: lab-notes, namespace: shop}
data: {pod-cidr: 192.168.0.0/16, cni-config: /etc/cni/net.d/10-calico.conflist}`,
    ),
  ),

  wrong(
    '02-pin-calico',
    'another method',
    'kubectl -n kube-system set env ds/calico-node IP_AUTODETECTION_METHOD=interface=eth0',
    'method',
    /set, to something else/,
  ),
  wrong(
    '02-pin-calico',
    'the variable in the wrong container',
    `kubectl -n kube-system patch ds calico-node -p '{"spec":{"template":{"spec":{"initContainers":[{"name":"install-cni","env":[{"name":"IP_AUTODETECTION_METHOD","value":"kubernetes-internal-ip"}]}]}}}}'`,
    'method',
    /init container/,
  ),
  wrong(
    '02-pin-calico',
    'in the annotations of the nodes instead',
    'kubectl annotate node --all --overwrite projectcalico.org/IPv4Address=10.245.1.1/32',
    'method',
    /IP_AUTODETECTION_METHOD/,
  ),
  wrong('02-pin-calico', 'Cilium installed first', install(), 'no-cilium-yet', /Installed before Calico is pinned/),
  right(
    '02-pin-calico',
    'by a patch',
    `kubectl -n kube-system patch ds calico-node -p '{"spec":{"template":{"spec":{"containers":[{"name":"calico-node","env":[{"name":"IP_AUTODETECTION_METHOD","value":"kubernetes-internal-ip"}]}]}}}}'`,
  ),
  right(
    '02-pin-calico',
    'by an editor',
    `KUBE_EDITOR="sed -i '0,/- env:/s//- env:\\n        - {name: IP_AUTODETECTION_METHOD, value: kubernetes-internal-ip}/'" kubectl -n kube-system edit ds calico-node`,
  ),
  right('02-pin-calico', 'in all containers at once', `${pin.replace(' -c calico-node', '')}\n${rolledOut}`),

  wrong(
    '03-install-cilium',
    'Calico unpinned again before the install',
    `kubectl -n kube-system set env ds/calico-node -c calico-node IP_AUTODETECTION_METHOD-\n${rolledOut}\n${install()}\nsleep 2`,
    'traffic',
    /lost \d+ requests/,
  ),
  wrong(
    '03-install-cilium',
    'Calico unpinned: the node addresses',
    `kubectl -n kube-system set env ds/calico-node -c calico-node IP_AUTODETECTION_METHOD-\n${rolledOut}\n${install()}\nsleep 2`,
    'addresses',
    /10\.245\./,
  ),
  wrong(
    '03-install-cilium',
    'a pool that overlaps Calico’s',
    install({ 'ipam.operator.clusterPoolIPv4PodCIDRList': '{192.168.0.0/17}' }),
    'pool',
    /Two CNIs that hand out the same addresses/,
  ),
  wrong(
    '03-install-cilium',
    'the chart’s own pool',
    install({ 'ipam.operator.clusterPoolIPv4PodCIDRList': undefined }),
    'pool',
    /10\.0\.0\.0\/8/,
  ),
  wrong('03-install-cilium', 'IPAM of the nodes’ own ranges', install({ 'ipam.mode': 'kubernetes' }), 'pool', /needs cluster-pool/),
  wrong('03-install-cilium', 'Calico’s tunnel port', install({ tunnelPort: '4789' }), 'tunnel', /4789/),
  wrong('03-install-cilium', 'the default tunnel port', install({ tunnelPort: undefined }), 'tunnel', /8472|tunnel-port/),
  wrong(
    '03-install-cilium',
    'the CNI configuration not left alone',
    install({ 'cni.customConf': undefined }),
    'hands-off',
    /all nodes at once/,
  ),
  wrong('03-install-cilium', 'policies enforced', install({ policyEnforcementMode: 'default' }), 'no-policies', /strangers from the world/),
  wrong(
    '03-install-cilium',
    'the pod watcher left on',
    install({ 'operator.unmanagedPodWatcher.restart': undefined }),
    'pod-watcher',
    /restarts CoreDNS/,
  ),
  wrong(
    '03-install-cilium',
    'packets past the kernel’s routes',
    install({ 'bpf.hostLegacyRouting': 'false' }),
    'legacy-routing',
    /hostLegacyRouting=true/,
  ),
  wrong('03-install-cilium', 'in a namespace of its own', install({}, 'cilium'), 'agents', /belong into kube-system/),
  wrong(
    '03-install-cilium',
    'the dry run alone',
    `printf 'tunnelPort: 8473\\n' > v.yaml; cilium install --version 1.18.14 --values v.yaml --dry-run-helm-values > w.yaml`,
    'agents',
    /daemonset/i,
  ),
  right('03-install-cilium', 'with --set instead of a file of values', install()),
  right(
    '03-install-cilium',
    'with wrong values, uninstalled, and then with the right ones',
    `${install({ policyEnforcementMode: 'default' })}\nhelm uninstall cilium -n kube-system --wait\n${install()}`,
  ),
  right(
    '03-install-cilium',
    'with one wrong value, put right by an upgrade',
    `${install({ policyEnforcementMode: 'default' })}\nhelm upgrade cilium cilium/cilium --version 1.18.14 -n kube-system --reuse-values --set policyEnforcementMode=never\nkubectl -n kube-system rollout restart ds/cilium\nkubectl -n kube-system rollout status ds/cilium --timeout=60s`,
  ),

  wrong(
    '04-node-config',
    'in the default namespace',
    given('apply', nodeConfig({ namespace: 'default' })),
    'node-config',
    /own namespace only/,
  ),
  wrong('04-node-config', 'for another label', given('apply', nodeConfig({ label: 'cilium-default' })), 'node-config', /selector/),
  right('04-node-config', 'a version that 1.18 serves still, with a warning', given('apply', nodeConfig({ version: 'v2alpha1' }))),
  wrong(
    '04-node-config',
    'the file as the node sees it',
    given('apply', nodeConfig({ file: '/etc/cni/net.d/05-cilium.conflist' })),
    'node-config',
    /as \/host\/etc/,
  ),
  wrong(
    '04-node-config',
    'a file that comes after Calico’s',
    given('apply', nodeConfig({ file: '/host/etc/cni/net.d/20-cilium.conflist' })),
    'node-config',
    /20-cilium/,
  ),
  wrong('04-node-config', 'a boolean where a string belongs', given('apply', nodeConfig({ exclusive: 'true' })), 'node-config', /./),
  wrong(
    '04-node-config',
    'a node labelled at once',
    `${given('apply', nodeConfig())}\nkubectl label node mig-worker io.cilium.migration/cilium-default=true`,
    'nobody-yet',
    /Take the label off/,
  ),
  wrong(
    '04-node-config',
    'all nodes switched at once',
    `kubectl label node --all io.cilium.migration/cilium-default=true\n${given('apply', nodeConfig())}\nkubectl -n kube-system rollout restart ds/cilium\nkubectl -n kube-system rollout status ds/cilium --timeout=60s`,
    'still-calico',
    /05-cilium/,
  ),
  right('04-node-config', 'created', given('create', nodeConfig())),
  right(
    '04-node-config',
    'wrong at first, then replaced',
    `${given('apply', nodeConfig({ label: 'x' }))}\n${given('replace', nodeConfig())}`,
  ),
  right(
    '04-node-config',
    'put right by a patch',
    `${given('apply', nodeConfig({ file: '/x' }))}\nkubectl -n kube-system patch ciliumnodeconfig cilium-default --type=merge -p '{"spec":{"defaults":{"write-cni-conf-when-ready":"/host/etc/cni/net.d/05-cilium.conflist"}}}'`,
  ),
];
