import { $ } from 'zx';

const node = `${process.env.KINDLAB_CLUSTER}-worker`;

await $`kubectl drain ${node} --ignore-daemonsets --timeout=120s`;
await $`kubectl -n shop rollout status deployment/web --timeout=60s`;
