import { right, wrong, type Attempt } from './attempt.ts';

const drain = (node: string) => `kubectl drain ${node} --ignore-daemonsets --timeout=90s`;
const label = (node: string) => `kubectl label node ${node} io.cilium.migration/cilium-default=true`;
const newAgent = (node: string) =>
  `kubectl -n kube-system delete pod -l k8s-app=cilium --field-selector spec.nodeName=${node}\nkubectl -n kube-system rollout status ds/cilium --timeout=60s`;
const handOver = (node: string) => `${label(node)}\n${newAgent(node)}`;
const client = (node: string) => `pod -l app=client --field-selector spec.nodeName=${node}`;
const restart = (node: string) => `docker restart ${node}
until kubectl get nodes >/dev/null 2>&1; do sleep 0.2; done
kubectl -n shop wait ${client(node)} --for=jsonpath='{.status.containerStatuses[0].restartCount}'=1 --timeout=60s
kubectl -n shop wait ${client(node)} --for=condition=Ready --timeout=60s
cilium status --wait`;
const uncordon = (node: string) => `kubectl uncordon ${node}`;
const complete = 'kubectl -n shop rollout status deploy/web --timeout=30s';

const second = 'mig-worker2';
const plane = 'mig-control-plane';

/** Steps 8 and 9: the other nodes. */
export const otherNodes: Attempt[] = [
  wrong(
    '08-second-worker',
    'restarted before the label',
    [drain(second), restart(second), label(second), uncordon(second)].join('\n'),
    'handed-over',
    /Label first/,
  ),
  wrong(
    '08-second-worker',
    'handed over, and not restarted',
    [drain(second), handOver(second), uncordon(second)].join('\n'),
    'pods-moved',
    /until its sandbox is made anew/,
  ),
  wrong('08-second-worker', 'not drained', [handOver(second), restart(second), 'sleep 2'].join('\n'), 'traffic', /lost \d+ requests/),
  wrong(
    '08-second-worker',
    'the uncordon forgotten',
    [drain(second), handOver(second), restart(second)].join('\n'),
    'takes-pods',
    /uncordon mig-worker2/,
  ),
  wrong(
    '08-second-worker',
    'the budget lifted for the drain',
    ['kubectl -n shop delete pdb web', drain(second), handOver(second), restart(second), uncordon(second)].join('\n'),
    'budget',
    /web/,
  ),
  right(
    '08-second-worker',
    'restarted with its old agent, and what Calico made before the new one was up deleted',
    [drain(second), label(second), restart(second), `kubectl -n shop delete ${client(second)}`, uncordon(second)].join('\n'),
  ),
  right(
    '08-second-worker',
    'the workload made anew instead of a restart',
    [drain(second), handOver(second), `kubectl -n shop delete ${client(second)}`, uncordon(second)].join('\n'),
  ),
  right(
    '08-second-worker',
    'handed over before the drain',
    [handOver(second), drain(second), restart(second), uncordon(second)].join('\n'),
  ),

  wrong(
    '09-control-plane',
    'handed over, and not restarted',
    [drain(plane), handOver(plane), uncordon(plane)].join('\n'),
    'pods-moved',
    /until its sandbox is made anew/,
  ),
  wrong(
    '09-control-plane',
    'restarted before the label',
    [drain(plane), restart(plane), label(plane), uncordon(plane)].join('\n'),
    'handed-over',
    /Label first/,
  ),
  wrong(
    '09-control-plane',
    'the uncordon forgotten',
    [drain(plane), handOver(plane), restart(plane)].join('\n'),
    'takes-pods',
    /uncordon mig-control-plane/,
  ),
  wrong(
    '09-control-plane',
    'Calico removed with the last node on it',
    ['kubectl -n kube-system delete ds calico-node', drain(plane), handOver(plane)].join('\n'),
    'calico-stays',
    /Nodes that have not moved need Calico/,
  ),
  right(
    '09-control-plane',
    'pods made anew instead of a restart',
    [drain(plane), handOver(plane), `kubectl -n shop delete ${client(plane)}`, uncordon(plane), complete].join('\n'),
  ),
  right(
    '09-control-plane',
    'uncordoned by a patch, labelled by an apply',
    [
      drain(plane),
      `kubectl apply --server-side -f - <<'YAML'\napiVersion: v1\nkind: Node\nmetadata: {name: ${plane}, labels: {io.cilium.migration/cilium-default: "true"}}\nYAML`,
      newAgent(plane),
      restart(plane),
      `kubectl patch node ${plane} -p '{"spec":{"unschedulable":null}}'`,
    ].join('\n'),
  ),
];
