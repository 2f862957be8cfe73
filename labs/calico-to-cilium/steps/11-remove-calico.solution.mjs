import { $ } from 'zx';

const names = async (...args) => {
  const { stdout } = await $`kubectl get ${args} -o name`;
  return stdout.split('\n').filter((name) => name.includes('calico'));
};

await $`kubectl -n kube-system delete daemonset/calico-node deployment/calico-kube-controllers poddisruptionbudget/calico-kube-controllers --ignore-not-found`;
await $`kubectl delete ${await names('clusterrolebindings')} ${await names('clusterroles')}`;
await $`kubectl -n kube-system delete ${await names('serviceaccounts,configmaps', '-n', 'kube-system')}`;
await $`kubectl delete ${await names('customresourcedefinitions')}`;
