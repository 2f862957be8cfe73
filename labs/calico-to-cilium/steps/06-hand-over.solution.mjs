import { $ } from 'zx';

const node = `${process.env.KINDLAB_CLUSTER}-worker`;

await $`kubectl label node ${node} io.cilium.migration/cilium-default=true`;
await $`kubectl -n kube-system delete pod -l k8s-app=cilium --field-selector spec.nodeName=${node}`;
await $`kubectl -n kube-system rollout status daemonset/cilium --timeout=120s`;
