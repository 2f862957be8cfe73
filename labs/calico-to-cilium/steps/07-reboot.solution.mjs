import { $ } from 'zx';

const node = `${process.env.KINDLAB_CLUSTER}-worker`;

await $`docker restart ${node}`;
// The client of this node comes back once its sandbox is made anew, by Cilium.
await $`kubectl -n shop wait --for=jsonpath={.status.containerStatuses[0].restartCount}=1 pod -l app=client --field-selector spec.nodeName=${node} --timeout=120s`;
await $`kubectl -n shop wait --for=condition=Ready pod -l app=client --field-selector spec.nodeName=${node} --timeout=120s`;
await $`cilium status --wait`;
await $`kubectl uncordon ${node}`;
