import { serviceAccounts } from '../../../kube/resources.ts';
import type { ApiClient } from '../../api/client.ts';
import type { Machine } from '../../node/machine.ts';

export const configFolder = '/etc/cni/net.d';
export const kubeconfigPath = `${configFolder}/calico-kubeconfig`;
/** Written by calico-node: the plugin asks it who the node is. */
export const nodenamePath = '/var/lib/calico/nodename';
/** Bytes of the binary calico, which is its IPAM plugin as well (recorded/migration.txt). */
const binaryBytes = 126_226_594;
const kubeconfigBytes = 2796;

/** `data.cni_network_config` of ConfigMap calico-config where the container is not given one. */
export const networkConfigTemplate = `{
  "name": "k8s-pod-network",
  "cniVersion": "0.3.1",
  "plugins": [
    {
      "type": "calico",
      "log_level": "info",
      "log_file_path": "/var/log/calico/cni/cni.log",
      "datastore_type": "kubernetes",
      "nodename": "__KUBERNETES_NODE_NAME__",
      "mtu": __CNI_MTU__,
      "ipam": {
          "type": "calico-ipam"
      },
      "policy": {
          "type": "k8s"
      },
      "kubernetes": {
          "kubeconfig": "__KUBECONFIG_FILEPATH__"
      }
    },
    {
      "type": "portmap",
      "snat": true,
      "capabilities": {"portMappings": true}
    }
  ]
}`;

interface Install {
  machine: Machine;
  api: ApiClient;
  env: Record<string, string>;
  namespace: string;
  serviceAccount: string;
}

/** What calico/cni's `install` puts on the node at every start of a calico-node pod. */
export const installCni = ({ machine, api, env, namespace, serviceAccount }: Install): void => {
  for (const name of ['calico', 'calico-ipam']) machine.files.write(`/opt/cni/bin/${name}`, '', { mode: 0o755, size: binaryBytes });
  const account = api.get(serviceAccounts, namespace, 'calico-cni-plugin') ?? api.get(serviceAccounts, namespace, serviceAccount);
  const token = `simulated:${namespace}:${account?.metadata.name ?? serviceAccount}:${account?.metadata.uid ?? ''}`;
  machine.files.write(kubeconfigPath, kubeconfig(token), { mode: 0o600, size: kubeconfigBytes });
  const config = (env['CNI_NETWORK_CONFIG'] ?? networkConfigTemplate)
    .replaceAll('__KUBERNETES_NODE_NAME__', machine.name)
    .replaceAll('__KUBECONFIG_FILEPATH__', kubeconfigPath)
    .replaceAll('__CNI_MTU__', env['CNI_MTU'] ?? '0');
  machine.files.write(`${configFolder}/${env['CNI_CONF_NAME'] ?? '10-calico.conflist'}`, config, { mode: 0o600 });
};

const kubeconfig = (token: string): string => `# Kubeconfig file for Calico CNI plugin. Installed by calico/node.
apiVersion: v1
kind: Config
clusters:
- name: local
  cluster:
    server: https://10.96.0.1:443
users:
- name: calico
  user:
    token: "${token}"
contexts:
- name: calico-context
  context:
    cluster: local
    user: calico
current-context: calico-context`;

/** Whether the plugin's credentials name a service account that still exists. */
export const isAuthorized = (machine: Machine, api: ApiClient): boolean => {
  const token = /token: "simulated:(.*):(.*):(.*)"/.exec(machine.files.read(kubeconfigPath));
  const [, namespace = '', name = '', uid = ''] = token ?? [];
  return token !== null && api.get(serviceAccounts, namespace, name)?.metadata.uid === uid;
};
