import { $ } from 'zx';

const cluster = process.env.KINDLAB_CLUSTER;

await $`kubectl -n kube-system patch configmap cilium-config --type merge -p ${'{"data":{"tunnel-port":"4789"}}'}`;
await $`kubectl -n kube-system delete pod -l k8s-app=cilium --field-selector ${`spec.nodeName=${cluster}-worker`}`;
