import { $ } from 'zx';

await $`kubectl -n kube-system set env daemonset/calico-node -c calico-node IP_AUTODETECTION_METHOD=kubernetes-internal-ip`;
await $`kubectl -n kube-system rollout status daemonset/calico-node --timeout=120s`;
