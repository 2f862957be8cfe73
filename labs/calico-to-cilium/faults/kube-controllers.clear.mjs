import { $ } from 'zx';

await $`kubectl -n kube-system rollout undo deployment/calico-kube-controllers`;
await $`kubectl -n kube-system rollout status deployment/calico-kube-controllers --timeout=120s`;
