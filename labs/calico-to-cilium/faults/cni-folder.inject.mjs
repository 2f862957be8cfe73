import { $ } from 'zx';

const cluster = process.env.KINDLAB_CLUSTER;

const node = `${cluster}-worker`;
await $`kubectl -n kube-system patch ciliumnodeconfig cilium-default --type merge -p ${'{"spec":{"defaults":{"write-cni-conf-when-ready":"/host/etc/cni/conf.d/05-cilium.conflist"}}}'}`;
await $`kubectl label node ${node} io.cilium.migration/cilium-default=true --overwrite`;
await $`kubectl -n kube-system delete pod -l k8s-app=cilium --field-selector ${`spec.nodeName=${node}`}`;
await $`kubectl -n kube-system rollout status daemonset/cilium --timeout=120s`;
