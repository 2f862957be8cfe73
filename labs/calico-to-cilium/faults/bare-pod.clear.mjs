import { $ } from 'zx';

await $`kubectl -n shop delete pod ledger --ignore-not-found`;
