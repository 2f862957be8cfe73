import { $ } from 'zx';

await $`kubectl -n kube-system set image deployment/calico-kube-controllers ${'*=registry.invalid/calico/kube-controllers:none'}`;
await $`kubectl -n kube-system delete pod -l k8s-app=calico-kube-controllers --wait=false`;
