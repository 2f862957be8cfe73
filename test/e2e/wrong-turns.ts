/** What a learner may do that is not the solution, by step: shell lines, and the checks that must say so, or none. */
export interface Turn {
  title: string;
  lines: string[];
  /** Ids of checks that must fail; empty: another right way, the step must pass. */
  fails: string[];
}

const worker = '$KINDLAB_CLUSTER-worker';
const second = '$KINDLAB_CLUSTER-worker2';
const label = (node: string) => `kubectl label node ${node} io.cilium.migration/cilium-default=true`;
const drain = (node: string) => `kubectl drain ${node} --ignore-daemonsets`;
const agent = (node: string) => [
  `kubectl -n kube-system delete pod -l k8s-app=cilium --field-selector spec.nodeName=${node}`,
  'kubectl -n kube-system rollout status daemonset/cilium',
];
const client = (node: string) => `pod -l app=client --field-selector spec.nodeName=${node}`;
const restarted = (node: string) =>
  `kubectl -n shop wait ${client(node)} --for=jsonpath='{.status.containerStatuses[0].restartCount}'=1 --timeout=60s`;
const upgrade = 'helm upgrade cilium cilium/cilium --version 1.18.14 -n kube-system';
const settings = '--set operator.unmanagedPodWatcher.restart=true,cni.customConf=false,policyEnforcementMode=default';
const rollout = ['kubectl -n kube-system rollout restart daemonset/cilium', 'kubectl -n kube-system rollout status daemonset/cilium'];

/** The values of step 3, with some of them otherwise. */
const install = (change: Record<string, string>) => {
  const values = {
    'operator.unmanagedPodWatcher.restart': 'false',
    'operator.replicas': '1',
    tunnelPort: '8473',
    'cni.customConf': 'true',
    'ipam.operator.clusterPoolIPv4PodCIDRList': '{10.245.0.0/16}',
    policyEnforcementMode: 'never',
    'bpf.hostLegacyRouting': 'true',
    'envoy.enabled': 'false',
    ...change,
  };
  const sets = Object.entries(values).map(([key, value]) => `--set '${key}=${value}'`);
  return [
    'helm repo add cilium https://helm.cilium.io/',
    `helm install cilium cilium/cilium --version 1.18.14 -n kube-system ${sets.join(' ')}`,
  ];
};

export const turns: Record<string, Turn[]> = {
  '02-pin-calico': [
    { title: 'Cilium is installed before Calico is pinned', lines: install({}), fails: ['no-cilium-yet', 'traffic'] },
    {
      title: 'pinned by a patch',
      lines: [
        `kubectl -n kube-system patch daemonset calico-node -p '{"spec":{"template":{"spec":{"containers":[{"name":"calico-node","env":[{"name":"IP_AUTODETECTION_METHOD","value":"kubernetes-internal-ip"}]}]}}}}'`,
      ],
      fails: [],
    },
  ],
  '03-install-cilium': [
    { title: 'policies are enforced', lines: install({ policyEnforcementMode: 'default' }), fails: ['no-policies'] },
    { title: 'another pool', lines: install({ 'ipam.operator.clusterPoolIPv4PodCIDRList': '{10.244.0.0/16}' }), fails: ['pool'] },
    { title: 'the agents take all nodes at once', lines: install({ 'cni.customConf': 'false' }), fails: ['hands-off', 'still-calico'] },
    { title: 'values by --set only', lines: install({}), fails: [] },
  ],
  '05-drain': [{ title: 'cordoned, not drained', lines: [`kubectl cordon ${worker}`], fails: ['drained'] }],
  '06-hand-over': [
    { title: 'label without a new agent', lines: [label(worker)], fails: ['cni-config', 'calico-config'] },
    { title: 'a new agent before the label', lines: [...agent(worker), label(worker)], fails: ['cni-config'] },
  ],
  '07-reboot': [
    { title: 'uncordoned without a restart', lines: [`kubectl uncordon ${worker}`], fails: ['pods-moved'] },
    { title: 'the uncordon is forgotten', lines: [`docker restart ${worker}`, restarted(worker)], fails: ['takes-pods'] },
    {
      title: 'pods made anew instead of a restart',
      lines: [`kubectl -n shop delete ${client(worker)}`, `kubectl uncordon ${worker}`],
      fails: [],
    },
  ],
  '08-second-worker': [
    {
      title: 'restarted before the label',
      lines: [drain(second), `docker restart ${second}`, restarted(second), label(second), `kubectl uncordon ${second}`],
      fails: ['handed-over', 'pods-moved'],
    },
  ],
  '10-finish': [
    { title: 'the old values are forgotten', lines: [`${upgrade} ${settings}`, ...rollout], fails: ['kept'] },
    {
      title: 'the agents are not restarted',
      lines: [`${upgrade} --reuse-values ${settings}`, 'kubectl -n kube-system delete ciliumnodeconfig --all'],
      fails: ['agents-restarted'],
    },
  ],
  '11-remove-calico': [
    {
      title: 'the DaemonSet alone is deleted',
      lines: ['kubectl -n kube-system delete daemonset calico-node'],
      fails: ['controllers', 'crds'],
    },
  ],
};
