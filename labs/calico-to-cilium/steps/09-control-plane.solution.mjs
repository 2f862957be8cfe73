import { $, retry } from 'zx';

const node = `${process.env.KINDLAB_CLUSTER}-control-plane`;

await $`kubectl drain ${node} --ignore-daemonsets --timeout=120s`;
await $`kubectl label node ${node} io.cilium.migration/cilium-default=true`;
await $`kubectl -n kube-system delete pod -l k8s-app=cilium --field-selector spec.nodeName=${node}`;
await $`kubectl -n kube-system rollout status daemonset/cilium --timeout=120s`;
await $`docker restart ${node}`;
// The API server went down with the node: ask until it answers again, and knows who may ask.
await retry(60, '2s', () => $`kubectl -n shop get pods --request-timeout=5s`.quiet());
await $`kubectl -n shop wait --for=jsonpath={.status.containerStatuses[0].restartCount}=1 pod -l app=client --field-selector spec.nodeName=${node} --timeout=120s`;
await $`kubectl -n shop wait --for=condition=Ready pod -l app=client --field-selector spec.nodeName=${node} --timeout=120s`;
await $`cilium status --wait`;
await $`kubectl uncordon ${node}`;
