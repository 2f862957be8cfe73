import { $ } from 'zx';

await $`kubectl delete apiservice v3.projectcalico.org --ignore-not-found`;
await $`kubectl wait --for=delete namespace/retired --timeout=60s`;
