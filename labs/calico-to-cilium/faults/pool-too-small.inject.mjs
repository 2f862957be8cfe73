import { $ } from 'zx';

const cluster = process.env.KINDLAB_CLUSTER;

const node = `${cluster}-worker2`;
await $`kubectl -n kube-system patch configmap cilium-config --type merge -p ${'{"data":{"cluster-pool-ipv4-cidr":"10.245.0.0/23"}}'}`;
// The two nodes that stay hold the first two blocks, as if they had come first.
const blocks = ['10.245.0.0/24', '10.245.1.0/24'];
for (const [i, other] of [`${cluster}-control-plane`, `${cluster}-worker`].entries())
  await $`kubectl patch ciliumnode ${other} --type merge -p ${JSON.stringify({ spec: { ipam: { podCIDRs: [blocks[i]] } } })}`;
await $`kubectl -n kube-system delete pod -l io.cilium/app=operator`;
await $`kubectl -n kube-system rollout status deployment/cilium-operator --timeout=120s`;
await $`kubectl patch ciliumnode ${node} --type merge -p ${'{"spec":{"ipam":{"podCIDRs":null}}}'}`;
await $`kubectl -n kube-system delete pod -l k8s-app=cilium`;
