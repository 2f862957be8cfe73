import { right, wrong, type Attempt } from './attempt.ts';

const upgrade = 'helm upgrade cilium cilium/cilium --version 1.18.14 --namespace kube-system';
const set = (values: Record<string, string> = {}) =>
  Object.entries({ 'operator.unmanagedPodWatcher.restart': 'true', 'cni.customConf': 'false', policyEnforcementMode: 'default', ...values })
    .map(([key, value]) => `--set ${key}=${value}`)
    .join(' ');
const roll = 'kubectl -n kube-system rollout restart ds/cilium\nkubectl -n kube-system rollout status ds/cilium --timeout=90s';
const nodeConfigGone = 'kubectl -n kube-system delete ciliumnodeconfig cilium-default';
const whole = `operator: {replicas: 1, unmanagedPodWatcher: {restart: true}}
cluster: {name: kind-mig}
routingMode: tunnel
tunnelProtocol: vxlan
tunnelPort: 8473
cni: {customConf: false, uninstall: false}
ipam: {mode: cluster-pool, operator: {clusterPoolIPv4PodCIDRList: ["10.245.0.0/16"]}}
policyEnforcementMode: default
bpf: {hostLegacyRouting: true}
envoy: {enabled: false}`;

const programs =
  'kubectl -n kube-system delete ds/calico-node deploy/calico-kube-controllers pdb/calico-kube-controllers --ignore-not-found';
const kinds = 'kubectl get crd -o name | grep projectcalico.org | xargs kubectl delete';
const roles = 'kubectl get clusterrole,clusterrolebinding -o name | grep calico | xargs kubectl delete';
const accounts = 'kubectl -n kube-system get serviceaccount,configmap -o name | grep calico | xargs kubectl -n kube-system delete';

const nodes = ['mig-worker', 'mig-worker2', 'mig-control-plane'];
const everywhere = (clean: (node: string) => string, on = nodes) => on.map(clean).join('\n');
const device = (node: string) => `docker exec ${node} ip link delete vxlan.calico`;
const blackhole = (node: string) => `docker exec ${node} ip route flush type blackhole`;
const rules = (node: string) => `docker exec ${node} sh -c 'iptables-save | grep -v cali | iptables-restore'`;
const sets = (node: string) => `docker exec ${node} sh -c 'for set in $(ipset list -n | grep cali40); do ipset destroy $set; done'`;
const files = (node: string) =>
  `docker exec ${node} sh -c 'rm -f /etc/cni/net.d/*.cilium_bak /etc/cni/net.d/calico-kubeconfig /opt/cni/bin/calico /opt/cni/bin/calico-ipam'`;
const annotations = (node: string) =>
  `kubectl annotate node ${node} projectcalico.org/IPv4Address- projectcalico.org/IPv4VXLANTunnelAddr- projectcalico.org/Interfaces-`;
const all = (node: string) => [device, blackhole, rules, sets, files, annotations].map((clean) => clean(node)).join('\n');
const allBut = (left: (node: string) => string) =>
  everywhere((node) =>
    [device, blackhole, rules, sets, files, annotations]
      .filter((clean) => clean !== left)
      .map((clean) => clean(node))
      .join('\n'),
  );
const restart = (node: string, times: number) => `kubectl drain ${node} --ignore-daemonsets --timeout=90s
docker restart ${node}
until kubectl get nodes >/dev/null 2>&1; do sleep 0.2; done
kubectl -n shop wait pod -l app=client --field-selector spec.nodeName=${node} --for=jsonpath='{.status.containerStatuses[0].restartCount}'=${times} --timeout=60s
kubectl -n shop wait pod -l app=client --field-selector spec.nodeName=${node} --for=condition=Ready --timeout=60s
kubectl uncordon ${node}`;

/** Steps 10 to 12: Cilium alone. */
export const afterwards: Attempt[] = [
  wrong('10-finish', 'the values given before forgotten', `${upgrade} ${set()}\n${roll}\n${nodeConfigGone}`, 'kept', /--reuse-values/),
  wrong(
    '10-finish',
    'the agents not restarted',
    `${upgrade} --reuse-values ${set()}\n${nodeConfigGone}`,
    'agents-restarted',
    /rollout restart/,
  ),
  wrong(
    '10-finish',
    'policies still never enforced',
    `${upgrade} --reuse-values ${set({ policyEnforcementMode: 'never' })}\n${roll}\n${nodeConfigGone}`,
    'settings',
    /never/,
  ),
  wrong(
    '10-finish',
    'customConf left',
    `${upgrade} --reuse-values ${set({ 'cni.customConf': 'true' })}\n${roll}\n${nodeConfigGone}`,
    'settings',
    /custom-cni-conf/,
  ),
  wrong('10-finish', 'the node config left', `${upgrade} --reuse-values ${set()}\n${roll}`, 'node-config', /cilium-default/),
  wrong(
    '10-finish',
    'the agents restarted without node config, before the upgrade',
    `${nodeConfigGone}\n${roll}`,
    'settings',
    /custom-cni-conf/,
  ),
  wrong('10-finish', 'Cilium uninstalled', 'helm uninstall cilium -n kube-system', 'agents', /./),
  right(
    '10-finish',
    'with all values from a file',
    `cat > values.yaml <<'YAML'\n${whole}\nYAML\n${upgrade} -f values.yaml\n${roll}\n${nodeConfigGone}`,
  ),
  right(
    '10-finish',
    'with --reset-then-reuse-values and rollOutCiliumPods',
    `${upgrade} --reset-then-reuse-values ${set({ rollOutCiliumPods: 'true' })}\nkubectl -n kube-system rollout status ds/cilium --timeout=90s\n${nodeConfigGone}`,
  ),

  wrong('11-remove-calico', 'the DaemonSet alone', 'kubectl -n kube-system delete ds calico-node', 'controllers', /only crashes/),
  wrong('11-remove-calico', 'the programs, and not the kinds', programs, 'crds', /deletes the kinds/),
  wrong('11-remove-calico', 'the roles left', `${programs}\n${kinds}`, 'roles', /calico/),
  wrong('11-remove-calico', 'the accounts left', `${programs}\n${kinds}\n${roles}`, 'accounts', /calico/),
  wrong('11-remove-calico', 'Cilium’s DaemonSet as well', `${programs}\nkubectl -n kube-system delete ds cilium`, 'cilium-stays', /cilium/),
  right('11-remove-calico', 'kinds before programs', [kinds, programs, roles, accounts].join('\n')),
  right(
    '11-remove-calico',
    'scaled down and then deleted by label',
    [
      'kubectl -n kube-system scale deploy/calico-kube-controllers --replicas=0',
      'kubectl -n kube-system delete ds,deploy,pdb -l k8s-app=calico-node',
      'kubectl -n kube-system delete ds,deploy,pdb -l k8s-app=calico-kube-controllers',
      programs,
      kinds,
      roles,
      accounts,
    ].join('\n'),
  ),

  wrong('12-clean-up', 'one node only', all('mig-worker'), 'devices', /mig-worker2/),
  wrong('12-clean-up', 'the files left', allBut(files), 'cni-files', /credential/),
  wrong('12-clean-up', 'the binaries left', allBut(files), 'binaries', /calico/),
  wrong('12-clean-up', 'the annotations left', allBut(annotations), 'annotations', /IPv4Address.*expected absent/),
  wrong('12-clean-up', 'the rules left', allBut(rules), 'rules', /cali/),
  wrong('12-clean-up', 'the blackhole left', allBut(blackhole), 'routes', /packets for unused addresses/),
  right(
    '12-clean-up',
    'all CNI files deleted: the agent writes its own again',
    `${everywhere((node) => `docker exec ${node} sh -c 'rm /etc/cni/net.d/*'`)}\n${everywhere(all)}`,
  ),
  right(
    '12-clean-up',
    'another way to delete each',
    everywhere(
      (node) => `docker exec ${node} ip link del dev vxlan.calico
docker exec ${node} sh -c 'ip route del $(ip route | grep blackhole)'
docker exec ${node} sh -c 'iptables-save > /tmp/rules; grep -v cali /tmp/rules > /tmp/kept; iptables-restore < /tmp/kept'
${sets(node)}
docker exec ${node} sh -c 'find /etc/cni/net.d /opt/cni/bin -name "*calico*" -delete'
kubectl get node ${node} -o json | sed '/projectcalico.org/d' | kubectl replace -f -`,
    ),
  ),
  right(
    '12-clean-up',
    'a rolling restart, and files and annotations by hand',
    [
      everywhere((node) => restart(node, 2), ['mig-worker', 'mig-worker2', 'mig-control-plane']),
      everywhere(files),
      everywhere(annotations),
    ].join('\n'),
  ),
];
