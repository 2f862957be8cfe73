import { writeFile } from 'node:fs/promises';
import { $ } from 'zx';

await writeFile(
  'values-migration.yaml',
  `operator:
  unmanagedPodWatcher:
    restart: false
routingMode: tunnel
tunnelProtocol: vxlan
tunnelPort: 8473
cni:
  customConf: true
  uninstall: false
ipam:
  mode: cluster-pool
  operator:
    clusterPoolIPv4PodCIDRList: ["10.245.0.0/16"]
policyEnforcementMode: never
bpf:
  hostLegacyRouting: true
envoy:
  enabled: false
`,
);
const { stdout } = await $`cilium install --version 1.18.14 --values values-migration.yaml --dry-run-helm-values`;
await writeFile('values-initial.yaml', stdout);

await $`helm repo add cilium https://helm.cilium.io/`;
await $`helm install cilium cilium/cilium --version 1.18.14 --namespace kube-system --values values-initial.yaml`;
await $`cilium status --wait`;
