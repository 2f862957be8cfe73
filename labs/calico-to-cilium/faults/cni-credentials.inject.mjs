import { $ } from 'zx';

const cluster = process.env.KINDLAB_CLUSTER;

const node = `${cluster}-worker2`;
await $`docker exec ${node} sed -i ${'s/token: .*/token: expired/'} /etc/cni/net.d/calico-kubeconfig`;
await $`kubectl -n shop delete pod -l app=client --field-selector ${`spec.nodeName=${node}`}`;
