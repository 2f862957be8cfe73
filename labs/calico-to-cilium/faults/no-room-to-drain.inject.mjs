import { $ } from 'zx';

await $`kubectl -n shop patch pdb web --type merge -p ${'{"spec":{"minAvailable":2}}'}`;
await $`kubectl -n shop scale deployment/web --replicas=2`;
