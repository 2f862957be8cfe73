import { $ } from 'zx';

await $`kubectl -n shop patch pdb web --type merge -p ${'{"spec":{"minAvailable":1}}'}`;
