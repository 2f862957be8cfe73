import { $ } from 'zx';

const cluster = process.env.KINDLAB_CLUSTER;

await $`kubectl -n kube-system delete pod -l k8s-app=calico-node --field-selector ${`spec.nodeName=${cluster}-worker2`}`;
await $`kubectl -n kube-system rollout status daemonset/calico-node --timeout=120s`;
await $`kubectl -n shop rollout status daemonset/client --timeout=120s`;
