import { $ } from 'zx';

await $({ input: JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'calico-system' } }) })`kubectl apply -f -`;
const account = {
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: 'calico-cni-plugin', namespace: 'calico-system', finalizers: ['tigera.io/cni-protector'] },
};
await $({ input: JSON.stringify(account) })`kubectl apply -f -`;
await $`kubectl delete namespace calico-system --wait=false`;
