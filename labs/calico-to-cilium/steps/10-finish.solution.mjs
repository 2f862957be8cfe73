import { $ } from 'zx';

await $`helm upgrade cilium cilium/cilium --version 1.18.14 --namespace kube-system --reuse-values --set operator.unmanagedPodWatcher.restart=true --set cni.customConf=false --set policyEnforcementMode=default`;
await $`kubectl -n kube-system rollout restart daemonset/cilium`;
await $`kubectl -n kube-system rollout status daemonset/cilium --timeout=180s`;
await $`kubectl -n kube-system delete ciliumnodeconfig cilium-default`;
await $`cilium status --wait`;
