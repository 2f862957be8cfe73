import { right, wrong, type Attempt } from './attempt.ts';

const drain = 'kubectl drain mig-worker --ignore-daemonsets --timeout=60s';
const label = 'kubectl label node mig-worker io.cilium.migration/cilium-default=true';
const newAgent = (node = 'mig-worker') =>
  `kubectl -n kube-system delete pod -l k8s-app=cilium --field-selector spec.nodeName=${node}\nkubectl -n kube-system rollout status ds/cilium --timeout=60s`;
const ofWorker = '--field-selector spec.nodeName=mig-worker';
const restarted = `kubectl -n shop wait pod -l app=client ${ofWorker} --for=jsonpath='{.status.containerStatuses[0].restartCount}'=1 --timeout=60s
kubectl -n shop wait pod -l app=client ${ofWorker} --for=condition=Ready --timeout=60s
cilium status --wait`;
const ready = 'kubectl -n shop rollout status deploy/web --timeout=30s';
const bare = `kubectl -n shop run bare --image=kindlab/web:2 --overrides='{"spec":{"nodeName":"mig-worker"}}'`;

/** Steps 5 to 7: mig-worker. */
export const firstNode: Attempt[] = [
  wrong('05-drain', 'cordoned only', 'kubectl cordon mig-worker', 'drained', /cordons and evicts/),
  wrong('05-drain', 'without --ignore-daemonsets', 'kubectl drain mig-worker --timeout=10s', 'drained', /--ignore-daemonsets/),
  wrong('05-drain', 'the wrong node', 'kubectl drain mig-worker2 --ignore-daemonsets --timeout=60s', 'others-open', /One node at a time/),
  wrong('05-drain', 'pods deleted, and not cordoned', 'kubectl -n kube-system delete pod -l k8s-app=kube-dns', 'cordoned', /unschedulable/),
  wrong(
    '05-drain',
    'a pod without a controller in the way',
    `${bare}\nkubectl drain mig-worker --ignore-daemonsets --timeout=10s`,
    'drained',
    /--force/,
  ),
  wrong('05-drain', 'the budget lifted', `kubectl -n shop delete pdb web\n${drain}`, 'budget', /web/),
  wrong(
    '05-drain',
    'the budget lowered',
    `kubectl -n shop patch pdb web --type=merge -p '{"spec":{"minAvailable":0}}'\n${drain}`,
    'budget',
    /minAvailable/,
  ),
  wrong('05-drain', 'the shop made smaller', `kubectl -n shop scale deploy web --replicas=1\n${drain}`, 'shop-complete', /replicas/),
  wrong('05-drain', 'a taint instead of a drain', 'kubectl taint node mig-worker moving=yes:NoExecute', 'cordoned', /unschedulable/),
  right('05-drain', 'with --force and --delete-emptydir-data', `${bare}\n${drain} --force --delete-emptydir-data`),
  right('05-drain', 'with --disable-eviction, where the budget would have let it', `${drain} --disable-eviction`),
  right('05-drain', 'by a selector', 'kubectl drain -l kubernetes.io/hostname=mig-worker --ignore-daemonsets --timeout=60s'),
  right(
    '05-drain',
    'cordoned, and pods deleted by hand',
    `kubectl cordon mig-worker
kubectl get pods -A ${ofWorker} --no-headers -o custom-columns=NS:.metadata.namespace,NAME:.metadata.name,OWNER:.metadata.ownerReferences[0].kind |
  grep ReplicaSet | while read -r namespace name _; do kubectl -n $namespace delete pod $name; sleep 1; done`,
  ),

  wrong('06-hand-over', 'the label alone', label, 'cni-config', /label alone changes nothing/),
  wrong('06-hand-over', 'the agent alone', newAgent(), 'label', /cilium-default/),
  wrong('06-hand-over', 'the agent before the label', `${newAgent()}\n${label}`, 'cni-config', /label alone changes nothing/),
  wrong('06-hand-over', 'another value of the label', `${label.replace('=true', '=yes')}\n${newAgent()}`, 'label', /"yes"/),
  wrong(
    '06-hand-over',
    'the agent of another node',
    `${label}\n${newAgent('mig-worker2')}`,
    'cni-config',
    /Delete the Cilium pod of this node/,
  ),
  wrong(
    '06-hand-over',
    'all nodes at once',
    `${label.replace('mig-worker', '--all')}\nkubectl -n kube-system rollout restart ds/cilium\nkubectl -n kube-system rollout status ds/cilium --timeout=60s`,
    'only-this-node',
    /mig-worker2|control-plane/,
  ),
  wrong(
    '06-hand-over',
    'Calico’s file deleted by hand',
    `${label}\ndocker exec mig-worker rm /etc/cni/net.d/10-calico.conflist`,
    'cni-config',
    /label alone/,
  ),
  wrong(
    '06-hand-over',
    'the files written by hand',
    `${label}\ndocker exec mig-worker sh -c 'cd /etc/cni/net.d; echo "{\\"cniVersion\\":\\"0.3.1\\",\\"name\\":\\"cilium\\",\\"plugins\\":[{\\"type\\":\\"cilium-cni\\"}]}" > 05-cilium.conflist; mv 10-calico.conflist 10-calico.conflist.cilium_bak'`,
    'agent',
    /management disabled/,
  ),
  wrong(
    '06-hand-over',
    'the node config gone before its time',
    `kubectl -n kube-system delete ciliumnodeconfig cilium-default\n${label}\n${newAgent()}`,
    'cni-config',
    /CiliumNodeConfig/,
  ),
  wrong('06-hand-over', 'restarted before the label', `docker restart mig-worker\n${restarted}\n${label}`, 'cni-config', /label alone/),
  wrong(
    '06-hand-over',
    'uncordoned before the agent',
    `kubectl uncordon mig-worker\n${label}\n${newAgent()}`,
    'still-cordoned',
    /Let no other pods come/,
  ),
  right(
    '06-hand-over',
    'the label by a patch, all agents rolled anew',
    `kubectl patch node mig-worker -p '{"metadata":{"labels":{"io.cilium.migration/cilium-default":"true"}}}'\nkubectl -n kube-system rollout restart ds/cilium\nkubectl -n kube-system rollout status ds/cilium --timeout=60s`,
  ),
  right('06-hand-over', 'a new agent too early, and once more', `${newAgent()}\n${label}\n${newAgent()}`),

  wrong('07-reboot', 'uncordoned without a restart', 'kubectl uncordon mig-worker', 'pods-moved', /until its sandbox is made anew/),
  wrong('07-reboot', 'the uncordon forgotten', `docker restart mig-worker\n${restarted}`, 'takes-pods', /Still cordoned/),
  wrong(
    '07-reboot',
    'another node restarted',
    `docker restart mig-worker2\nkubectl uncordon mig-worker\nsleep 3`,
    'pods-moved',
    /podIP is "192\.168\./,
  ),
  wrong(
    '07-reboot',
    'Calico removed too early',
    `docker restart mig-worker\n${restarted}\nkubectl -n kube-system delete ds calico-node\nkubectl uncordon mig-worker`,
    'calico-stays',
    /Nodes that have not moved need Calico/,
  ),
  right(
    '07-reboot',
    'pods made anew instead of a restart',
    `kubectl -n shop delete pod -l app=client ${ofWorker}\n${ready}\nkubectl uncordon mig-worker`,
  ),
  right(
    '07-reboot',
    'all clients rolled anew instead of a restart',
    `kubectl -n shop rollout restart ds/client\nkubectl -n shop rollout status ds/client --timeout=60s\nkubectl uncordon mig-worker`,
  ),
  right('07-reboot', 'uncordoned at once after the restart', 'docker restart mig-worker\nkubectl uncordon mig-worker'),
];
