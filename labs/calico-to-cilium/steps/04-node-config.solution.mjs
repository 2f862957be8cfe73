import { writeFile } from 'node:fs/promises';
import { $ } from 'zx';

await writeFile(
  'node-config.yaml',
  `apiVersion: cilium.io/v2
kind: CiliumNodeConfig
metadata:
  namespace: kube-system
  name: cilium-default
spec:
  nodeSelector:
    matchLabels:
      io.cilium.migration/cilium-default: "true"
  defaults:
    write-cni-conf-when-ready: /host/etc/cni/net.d/05-cilium.conflist
    custom-cni-conf: "false"
    cni-chaining-mode: "none"
    cni-exclusive: "true"
`,
);
await $`kubectl apply -f node-config.yaml`;
