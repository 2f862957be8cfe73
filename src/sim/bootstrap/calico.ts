import { networkConfigTemplate } from '../net/calico/cni-files.ts';
import { calicoCrds } from './calico-crds.ts';
import { account, clusterRole, clusterRoleBinding, configMap, rule, serviceAccount, type Manifest } from './objects.ts';

const version = 'v3.32.1';
const namespace = 'kube-system';
const image = (name: string): string => `quay.io/calico/${name}:${version}`;
const accounts = ['calico-kube-controllers', 'calico-node', 'calico-cni-plugin'];

/** Calico by manifest (manifests/calico-vxlan.yaml), with the cluster's pod network as its pool. */
export const calico = ({ podCidr }: { podCidr: string }): Manifest[] => [
  ...accounts.map((name) => serviceAccount(namespace, name)),
  configMap(namespace, 'calico-config', {
    typha_service_name: 'none',
    calico_backend: 'vxlan',
    veth_mtu: '0',
    cni_network_config: networkConfigTemplate,
  }),
  ...calicoCrds(),
  ...settings,
  ...rbac(),
  nodeDaemonSet(podCidr),
  kubeControllers,
  {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'calico-kube-controllers', namespace, labels: { 'k8s-app': 'calico-kube-controllers' } },
    spec: { maxUnavailable: 1, selector: { matchLabels: { 'k8s-app': 'calico-kube-controllers' } } },
  },
];

/** What calico-node writes at its first start, when nobody has. */
const settings: Manifest[] = [
  {
    apiVersion: 'crd.projectcalico.org/v1',
    kind: 'FelixConfiguration',
    metadata: { name: 'default' },
    spec: {
      bpfConnectTimeLoadBalancing: 'TCP',
      bpfHostNetworkedNATWithoutCTLB: 'Enabled',
      floatingIPs: 'Disabled',
      logSeverityScreen: 'Info',
      nftablesMode: 'Auto',
      reportingInterval: '0s',
      vxlanVNI: 4096,
    },
  },
  {
    apiVersion: 'crd.projectcalico.org/v1',
    kind: 'ClusterInformation',
    metadata: { name: 'default' },
    spec: { calicoVersion: version, clusterType: 'k8s,kubeadm,kdd', datastoreReady: true },
  },
];

function rbac(): Manifest[] {
  const read = ['get', 'list', 'watch'];
  const all = [...read, 'create', 'update', 'patch', 'delete'];
  const roles = [
    clusterRole('calico-kube-controllers', [rule([''], ['nodes', 'pods', 'services'], read), rule(['crd.projectcalico.org'], ['*'], all)]),
    clusterRole('calico-node', [
      rule([''], ['nodes', 'namespaces', 'pods', 'services', 'endpoints', 'configmaps', 'serviceaccounts'], read),
      rule([''], ['nodes/status', 'pods/status'], ['patch', 'update']),
      rule(['discovery.k8s.io'], ['endpointslices'], ['list', 'watch']),
      rule(['networking.k8s.io'], ['networkpolicies'], ['list', 'watch']),
      rule(['crd.projectcalico.org'], ['*'], all),
    ]),
    clusterRole('calico-cni-plugin', [
      rule([''], ['pods', 'nodes', 'namespaces'], ['get']),
      rule([''], ['pods/status'], ['patch']),
      rule(['crd.projectcalico.org'], ['blockaffinities', 'ipamblocks', 'ipamhandles', 'clusterinformations', 'ippools'], all),
    ]),
    clusterRole('calico-tier-getter', [rule(['projectcalico.org'], ['tiers'], ['get'])]),
  ];
  const bindings = accounts.map((name) => clusterRoleBinding(name, name, [account(namespace, name)]));
  const everyone = { kind: 'User', name: 'system:kube-controller-manager', apiGroup: 'rbac.authorization.k8s.io' } as const;
  return [...roles, ...bindings, clusterRoleBinding('calico-tier-getter', 'calico-tier-getter', [everyone])];
}

const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
const setting = (name: string, key: string) => ({ name, valueFrom: { configMapKeyRef: { name: 'calico-config', key } } });
const endpoint = [{ configMapRef: { name: 'kubernetes-services-endpoint', optional: true } }];
const hostPath = (name: string, path: string, type?: string) => ({ name, hostPath: { path, ...(type && { type }) } });

function nodeDaemonSet(podCidr: string): Manifest {
  const labels = { 'k8s-app': 'calico-node' };
  const cniMounts = [
    { mountPath: '/host/opt/cni/bin', name: 'cni-bin-dir' },
    { mountPath: '/host/etc/cni/net.d', name: 'cni-net-dir' },
  ];
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'calico-node', namespace, labels },
    spec: {
      selector: { matchLabels: labels },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
      template: {
        metadata: { labels },
        spec: {
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          hostNetwork: true,
          tolerations: [
            { effect: 'NoSchedule', operator: 'Exists' },
            { key: 'CriticalAddonsOnly', operator: 'Exists' },
            { effect: 'NoExecute', operator: 'Exists' },
          ],
          serviceAccountName: 'calico-node',
          terminationGracePeriodSeconds: 0,
          priorityClassName: 'system-node-critical',
          initContainers: [
            {
              name: 'upgrade-ipam',
              image: image('cni'),
              imagePullPolicy: 'IfNotPresent',
              command: ['/opt/cni/bin/calico-ipam', '-upgrade'],
              envFrom: endpoint,
              env: [field('KUBERNETES_NODE_NAME', 'spec.nodeName'), setting('CALICO_NETWORKING_BACKEND', 'calico_backend')],
              volumeMounts: [{ mountPath: '/var/lib/cni/networks', name: 'host-local-net-dir' }, cniMounts[0]],
              securityContext: { privileged: true },
            },
            {
              name: 'install-cni',
              image: image('cni'),
              imagePullPolicy: 'IfNotPresent',
              command: ['/opt/cni/bin/install'],
              envFrom: endpoint,
              env: [
                { name: 'CNI_CONF_NAME', value: '10-calico.conflist' },
                setting('CNI_NETWORK_CONFIG', 'cni_network_config'),
                field('KUBERNETES_NODE_NAME', 'spec.nodeName'),
                setting('CNI_MTU', 'veth_mtu'),
                { name: 'SLEEP', value: 'false' },
              ],
              volumeMounts: cniMounts,
              securityContext: { privileged: true },
            },
            {
              name: 'ebpf-bootstrap',
              image: image('node'),
              imagePullPolicy: 'IfNotPresent',
              command: ['calico-node', '-ebpf-bootstrap', '-best-effort'],
              volumeMounts: [{ mountPath: '/sys/fs', name: 'sys-fs', mountPropagation: 'Bidirectional' }],
              securityContext: { privileged: true },
            },
          ],
          containers: [
            {
              name: 'calico-node',
              image: image('node'),
              imagePullPolicy: 'IfNotPresent',
              envFrom: endpoint,
              env: [
                { name: 'DATASTORE_TYPE', value: 'kubernetes' },
                { name: 'WAIT_FOR_DATASTORE', value: 'true' },
                field('NODENAME', 'spec.nodeName'),
                setting('CALICO_NETWORKING_BACKEND', 'calico_backend'),
                { name: 'CLUSTER_TYPE', value: 'k8s' },
                { name: 'IP', value: 'autodetect' },
                { name: 'CALICO_IPV4POOL_IPIP', value: 'Never' },
                { name: 'CALICO_IPV4POOL_VXLAN', value: 'Always' },
                { name: 'CALICO_IPV6POOL_VXLAN', value: 'Never' },
                setting('FELIX_VXLANMTU', 'veth_mtu'),
                { name: 'CALICO_IPV4POOL_CIDR', value: podCidr },
                { name: 'CALICO_DISABLE_FILE_LOGGING', value: 'true' },
                { name: 'FELIX_DEFAULTENDPOINTTOHOSTACTION', value: 'ACCEPT' },
                { name: 'FELIX_IPV6SUPPORT', value: 'false' },
                { name: 'FELIX_HEALTHENABLED', value: 'true' },
              ],
              securityContext: { privileged: true },
              resources: { requests: { cpu: '250m' } },
              lifecycle: { preStop: { exec: { command: ['/bin/calico-node', '-shutdown'] } } },
              livenessProbe: {
                exec: { command: ['/bin/calico-node', '-felix-live'] },
                periodSeconds: 10,
                initialDelaySeconds: 10,
                failureThreshold: 6,
                timeoutSeconds: 10,
              },
              readinessProbe: { exec: { command: ['/bin/calico-node', '-felix-ready'] }, periodSeconds: 10, timeoutSeconds: 10 },
              volumeMounts: [
                { mountPath: '/host/etc/cni/net.d', name: 'cni-net-dir', readOnly: false },
                { mountPath: '/lib/modules', name: 'lib-modules', readOnly: true },
                { mountPath: '/run/xtables.lock', name: 'xtables-lock', readOnly: false },
                { mountPath: '/var/run/calico', name: 'var-run-calico', readOnly: false },
                { mountPath: '/var/lib/calico', name: 'var-lib-calico', readOnly: false },
                { name: 'policysync', mountPath: '/var/run/nodeagent' },
                { name: 'cni-log-dir', mountPath: '/var/log/calico/cni', readOnly: true },
              ],
            },
          ],
          volumes: [
            hostPath('lib-modules', '/lib/modules'),
            hostPath('var-run-calico', '/var/run/calico', 'DirectoryOrCreate'),
            hostPath('var-lib-calico', '/var/lib/calico', 'DirectoryOrCreate'),
            hostPath('xtables-lock', '/run/xtables.lock', 'FileOrCreate'),
            hostPath('sys-fs', '/sys/fs/', 'DirectoryOrCreate'),
            hostPath('cni-bin-dir', '/opt/cni/bin', 'DirectoryOrCreate'),
            hostPath('cni-net-dir', '/etc/cni/net.d'),
            hostPath('cni-log-dir', '/var/log/calico/cni'),
            hostPath('host-local-net-dir', '/var/lib/cni/networks'),
            hostPath('policysync', '/var/run/nodeagent', 'DirectoryOrCreate'),
          ],
        },
      },
    },
  };
}

const controllerLabels = { 'k8s-app': 'calico-kube-controllers' };

const kubeControllers: Manifest = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'calico-kube-controllers', namespace, labels: controllerLabels },
  spec: {
    replicas: 1,
    selector: { matchLabels: controllerLabels },
    strategy: { type: 'Recreate' },
    template: {
      metadata: { name: 'calico-kube-controllers', namespace, labels: controllerLabels },
      spec: {
        nodeSelector: { 'kubernetes.io/os': 'linux' },
        tolerations: [
          { key: 'CriticalAddonsOnly', operator: 'Exists' },
          { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' },
        ],
        serviceAccountName: 'calico-kube-controllers',
        securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
        priorityClassName: 'system-cluster-critical',
        containers: [
          {
            name: 'calico-kube-controllers',
            image: image('kube-controllers'),
            imagePullPolicy: 'IfNotPresent',
            env: [
              { name: 'ENABLED_CONTROLLERS', value: 'node,loadbalancer' },
              { name: 'DATASTORE_TYPE', value: 'kubernetes' },
            ],
            livenessProbe: {
              exec: { command: ['/usr/bin/check-status', '-l'] },
              periodSeconds: 10,
              initialDelaySeconds: 10,
              failureThreshold: 6,
              timeoutSeconds: 10,
            },
            readinessProbe: { exec: { command: ['/usr/bin/check-status', '-r'] }, periodSeconds: 10 },
            securityContext: { runAsNonRoot: true },
          },
        ],
      },
    },
  },
};
