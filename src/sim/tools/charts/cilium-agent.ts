import type { Draft } from '../../../kube/types.ts';
import { configChecksum } from './cilium-config.ts';
import { valueAt, type Json, type Values } from './chart.ts';

export const partOf = { 'app.kubernetes.io/part-of': 'cilium' };

/** `image.override`, or repository, suffix and tag. */
export function imageOf(values: Values, path: string, suffix = ''): string {
  const override = valueAt(values, `${path}.override`);
  return override
    ? String(override)
    : `${String(valueAt(values, `${path}.repository`))}${suffix}:${String(valueAt(values, `${path}.tag`))}`;
}

const filled = (value: Json | undefined) =>
  value === undefined || value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0)
    ? undefined
    : value;

/** `{ [key]: value }` where the value says something, as templates do by `with`. */
export const given = (key: string, value: Json | undefined) => {
  const found = filled(value);
  return found === undefined ? {} : { [key]: found };
};

/** How the API server is found where kube-proxy is not there to help. */
export const apiServerEnv = (values: Values) =>
  valueAt(values, 'k8sServiceHost')
    ? [
        { name: 'KUBERNETES_SERVICE_HOST', value: String(values['k8sServiceHost']) },
        { name: 'KUBERNETES_SERVICE_PORT', value: String(valueAt(values, 'k8sServicePort') || '6443') },
      ]
    : [];

export const identityEnv = [
  { name: 'K8S_NODE_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'spec.nodeName' } } },
  { name: 'CILIUM_K8S_NAMESPACE', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } } },
];

const agentCapabilities = [
  ...['CHOWN', 'KILL', 'NET_ADMIN', 'NET_RAW', 'IPC_LOCK', 'SYS_MODULE', 'SYS_ADMIN', 'SYS_RESOURCE'],
  ...['DAC_OVERRIDE', 'FOWNER', 'SETGID', 'SETUID', 'SYSLOG'],
];

const confined = (...add: string[]) => ({
  seLinuxOptions: { level: 's0', type: 'spc_t' },
  capabilities: { ...(add.length > 0 && { add }), drop: ['ALL'] },
});

/** DaemonSet cilium. */
export function agentDaemonSet(values: Values, namespace: string): Draft {
  const labels = { 'k8s-app': 'cilium', 'app.kubernetes.io/name': 'cilium-agent', ...partOf };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'cilium', namespace, labels },
    spec: {
      selector: { matchLabels: { 'k8s-app': 'cilium' } },
      updateStrategy: valueAt(values, 'updateStrategy'),
      template: {
        metadata: {
          labels: { ...labels, ...(valueAt(values, 'podLabels') as Record<string, string>) },
          annotations: {
            'kubectl.kubernetes.io/default-container': 'cilium-agent',
            ...(valueAt(values, 'rollOutCiliumPods') === true && configChecksum(values)),
            ...(valueAt(values, 'podAnnotations') as Record<string, string>),
          },
        },
        spec: {
          securityContext: { appArmorProfile: { type: 'Unconfined' }, seccompProfile: { type: 'Unconfined' } },
          containers: [agentContainer(values)],
          initContainers: initContainers(values),
          restartPolicy: 'Always',
          priorityClassName: valueAt(values, 'priorityClassName') || 'system-node-critical',
          serviceAccountName: valueAt(values, 'serviceAccounts.cilium.name'),
          automountServiceAccountToken: valueAt(values, 'serviceAccounts.cilium.automount'),
          terminationGracePeriodSeconds: valueAt(values, 'terminationGracePeriodSeconds'),
          hostNetwork: true,
          ...given('dnsPolicy', valueAt(values, 'dnsPolicy')),
          ...given('affinity', valueAt(values, 'affinity')),
          ...given('nodeSelector', valueAt(values, 'nodeSelector')),
          ...given('tolerations', valueAt(values, 'tolerations')),
          volumes: volumes(values),
        },
      },
    },
  };
}

function agentContainer(values: Values) {
  const healthz = {
    host: valueAt(values, 'ipv4.enabled') === false ? '::1' : '127.0.0.1',
    path: '/healthz',
    port: valueAt(values, 'healthPort'),
    scheme: 'HTTP',
    httpHeaders: [{ name: 'brief', value: 'true' }],
  };
  return {
    name: 'cilium-agent',
    image: imageOf(values, 'image'),
    imagePullPolicy: valueAt(values, 'image.pullPolicy'),
    command: ['cilium-agent'],
    args: ['--config-dir=/tmp/cilium/config-map', ...((valueAt(values, 'extraArgs') as string[] | undefined) ?? [])],
    startupProbe: { httpGet: healthz, failureThreshold: 300, periodSeconds: 2, successThreshold: 1, initialDelaySeconds: 5 },
    livenessProbe: { httpGet: healthz, failureThreshold: 10, periodSeconds: 30, successThreshold: 1, timeoutSeconds: 5 },
    readinessProbe: { httpGet: healthz, failureThreshold: 3, periodSeconds: 30, successThreshold: 1, timeoutSeconds: 5 },
    env: [
      ...identityEnv,
      { name: 'CILIUM_CLUSTERMESH_CONFIG', value: '/var/lib/cilium/clustermesh/' },
      { name: 'GOMEMLIMIT', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1' } } },
      ...apiServerEnv(values),
      ...((valueAt(values, 'extraEnv') as { name: string }[] | undefined) ?? []),
    ],
    ...(valueAt(values, 'cni.install') !== false && { lifecycle: { preStop: { exec: { command: ['/cni-uninstall.sh'] } } } }),
    ...given('resources', valueAt(values, 'resources')),
    securityContext: confined(...agentCapabilities),
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [
      { name: 'host-proc-sys-net', mountPath: '/host/proc/sys/net' },
      { name: 'host-proc-sys-kernel', mountPath: '/host/proc/sys/kernel' },
      { name: 'bpf-maps', mountPath: '/sys/fs/bpf', mountPropagation: 'HostToContainer' },
      { name: 'cilium-run', mountPath: '/var/run/cilium' },
      { name: 'etc-cni-netd', mountPath: valueAt(values, 'cni.hostConfDirMountPath') },
      { name: 'clustermesh-secrets', mountPath: '/var/lib/cilium/clustermesh', readOnly: true },
      { name: 'lib-modules', mountPath: '/lib/modules', readOnly: true },
      { name: 'xtables-lock', mountPath: '/run/xtables.lock' },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}

function initContainers(values: Values) {
  const common = {
    image: imageOf(values, 'image'),
    imagePullPolicy: valueAt(values, 'image.pullPolicy'),
    terminationMessagePolicy: 'FallbackToLogsOnError',
  };
  const binPath = { name: 'BIN_PATH', value: valueAt(values, 'cni.binPath') };
  const onHost = (program: string) =>
    `cp /usr/bin/${program} /hostbin/${program};\nnsenter --mount=/hostproc/1/ns/mnt "\${BIN_PATH}/${program}";\nrm /hostbin/${program}\n`;
  const hostMounts = [
    { name: 'hostproc', mountPath: '/hostproc' },
    { name: 'cni-path', mountPath: '/hostbin' },
  ];
  const stateEnv = (name: string, key: string) => ({
    name,
    valueFrom: { configMapKeyRef: { name: 'cilium-config', key, optional: true } },
  });
  return [
    {
      name: 'config',
      ...common,
      command: ['cilium-dbg', 'build-config'],
      env: [...identityEnv, ...apiServerEnv(values)],
      volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
    },
    {
      name: 'mount-cgroup',
      ...common,
      env: [{ name: 'CGROUP_ROOT', value: valueAt(values, 'cgroup.hostRoot') }, binPath],
      command: ['sh', '-ec', onHost('cilium-mount')],
      volumeMounts: hostMounts,
      securityContext: confined('SYS_ADMIN', 'SYS_CHROOT', 'SYS_PTRACE'),
    },
    {
      name: 'apply-sysctl-overwrites',
      ...common,
      env: [binPath],
      command: ['sh', '-ec', onHost('cilium-sysctlfix')],
      volumeMounts: hostMounts,
      securityContext: confined('SYS_ADMIN', 'SYS_CHROOT', 'SYS_PTRACE'),
    },
    {
      name: 'mount-bpf-fs',
      ...common,
      command: ['/bin/bash', '-c', '--'],
      args: ['mount | grep "/sys/fs/bpf type bpf" || mount -t bpf bpf /sys/fs/bpf'],
      securityContext: { privileged: true },
      volumeMounts: [{ name: 'bpf-maps', mountPath: '/sys/fs/bpf', mountPropagation: 'Bidirectional' }],
    },
    {
      name: 'clean-cilium-state',
      ...common,
      command: ['/init-container.sh'],
      env: [
        stateEnv('CILIUM_ALL_STATE', 'clean-cilium-state'),
        stateEnv('CILIUM_BPF_STATE', 'clean-cilium-bpf-state'),
        stateEnv('WRITE_CNI_CONF_WHEN_READY', 'write-cni-conf-when-ready'),
        ...apiServerEnv(values),
      ],
      securityContext: confined('NET_ADMIN', 'SYS_MODULE', 'SYS_ADMIN', 'SYS_RESOURCE'),
      volumeMounts: [
        { name: 'bpf-maps', mountPath: '/sys/fs/bpf' },
        { name: 'cilium-cgroup', mountPath: valueAt(values, 'cgroup.hostRoot'), mountPropagation: 'HostToContainer' },
        { name: 'cilium-run', mountPath: '/var/run/cilium' },
      ],
    },
    {
      name: 'install-cni-binaries',
      ...common,
      command: ['/install-plugin.sh'],
      resources: { requests: { cpu: '100m', memory: '10Mi' } },
      securityContext: confined(),
      volumeMounts: [{ name: 'cni-path', mountPath: '/host/opt/cni/bin' }],
    },
  ];
}

function volumes(values: Values) {
  const hostPath = (name: string, path: Json | undefined, type?: string) => ({ name, hostPath: { path, ...(type && { type }) } });
  return [
    { name: 'tmp', emptyDir: {} },
    hostPath('cilium-run', valueAt(values, 'daemon.runPath'), 'DirectoryOrCreate'),
    hostPath('bpf-maps', '/sys/fs/bpf', 'DirectoryOrCreate'),
    hostPath('hostproc', '/proc', 'Directory'),
    hostPath('cilium-cgroup', valueAt(values, 'cgroup.hostRoot'), 'DirectoryOrCreate'),
    hostPath('cni-path', valueAt(values, 'cni.binPath'), 'DirectoryOrCreate'),
    hostPath('etc-cni-netd', valueAt(values, 'cni.confPath'), 'DirectoryOrCreate'),
    hostPath('lib-modules', '/lib/modules'),
    hostPath('xtables-lock', '/run/xtables.lock', 'FileOrCreate'),
    hostPath('host-proc-sys-net', '/proc/sys/net', 'Directory'),
    hostPath('host-proc-sys-kernel', '/proc/sys/kernel', 'Directory'),
    {
      name: 'clustermesh-secrets',
      projected: { defaultMode: 0o400, sources: [{ secret: { name: 'cilium-clustermesh', optional: true } }] },
    },
  ];
}
