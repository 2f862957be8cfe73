import { $ } from 'zx';

const cluster = process.env.KINDLAB_CLUSTER;

await $`kubectl label node ${`${cluster}-worker2`} io.cilium.migration/cilium-default=true --overwrite`;
