import type { MachineRecord } from './records.ts';

interface InitialFile {
  path: string;
  text: string;
  mode?: number;
  size?: number;
}

export const kubernetesVersion = 'v1.36.3';

const osRelease = `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
HOME_URL="https://www.debian.org/"
SUPPORT_URL="https://www.debian.org/support"
BUG_REPORT_URL="https://bugs.debian.org/"
`;

/** Sizes as recorded on a Kind node (facts/recorded/migration.txt). */
const cniBinaries = { bridge: 3981474, 'host-local': 3010722, loopback: 2965666, portmap: 3551394, ptp: 3821730 };

/** Folders that a new Kind node has, beside those of its files. */
export const initialFolders = ['/etc/cni/net.d', '/var/log/pods', '/var/log/containers', '/root', '/run', '/tmp', '/proc', '/dev'];

/** What a new Kind node has on its disk, as far as learners look. */
export function initialFiles(name: string, spec: MachineRecord['spec']): InitialFile[] {
  const gateway = spec.address.replace(/\d+\.\d+$/, '0.1');
  return [
    { path: '/etc/os-release', text: osRelease },
    { path: '/etc/hostname', text: `${name}\n` },
    { path: '/etc/hosts', text: `127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n${spec.address}\t${name}\n` },
    { path: '/etc/resolv.conf', text: `nameserver ${gateway}\noptions edns0 trust-ad ndots:0\n` },
    { path: '/kind/version', text: kubernetesVersion },
    { path: '/var/lib/kubelet/config.yaml', text: kubeletConfig },
    ...Object.entries(cniBinaries).map(([binary, size]) => ({ path: `/opt/cni/bin/${binary}`, text: '', mode: 0o755, size })),
    ...(spec.role === 'control-plane' ? staticPods(spec.address) : []),
  ];
}

const kubeletConfig = `apiVersion: kubelet.config.k8s.io/v1beta1
cgroupDriver: systemd
clusterDNS:
- 10.96.0.10
clusterDomain: cluster.local
failSwapOn: false
kind: KubeletConfiguration
rotateCertificates: true
staticPodPath: /etc/kubernetes/manifests
`;

interface StaticPod {
  name: string;
  image: string;
  cpu: string;
  memory?: string;
  command: string[];
  probe: { path: string; port: number; scheme: 'HTTP' | 'HTTPS'; host: string };
}

function staticPods(address: string): InitialFile[] {
  const pods: StaticPod[] = [
    {
      name: 'etcd',
      image: 'registry.k8s.io/etcd:3.6.8-0',
      cpu: '100m',
      memory: '100Mi',
      command: ['etcd', `--advertise-client-urls=https://${address}:2379`, '--data-dir=/var/lib/etcd', '--client-cert-auth=true'],
      probe: { path: '/readyz', port: 2381, scheme: 'HTTP', host: '127.0.0.1' },
    },
    {
      name: 'kube-apiserver',
      image: `registry.k8s.io/kube-apiserver:${kubernetesVersion}`,
      cpu: '250m',
      command: [
        'kube-apiserver',
        `--advertise-address=${address}`,
        '--authorization-mode=Node,RBAC',
        '--secure-port=6443',
        '--service-cluster-ip-range=10.96.0.0/16',
      ],
      probe: { path: '/livez', port: 6443, scheme: 'HTTPS', host: address },
    },
    {
      name: 'kube-controller-manager',
      image: `registry.k8s.io/kube-controller-manager:${kubernetesVersion}`,
      cpu: '200m',
      command: ['kube-controller-manager', '--allocate-node-cidrs=true', '--bind-address=127.0.0.1', '--leader-elect=true'],
      probe: { path: '/healthz', port: 10257, scheme: 'HTTPS', host: '127.0.0.1' },
    },
    {
      name: 'kube-scheduler',
      image: `registry.k8s.io/kube-scheduler:${kubernetesVersion}`,
      cpu: '100m',
      command: ['kube-scheduler', '--bind-address=127.0.0.1', '--leader-elect=true'],
      probe: { path: '/livez', port: 10259, scheme: 'HTTPS', host: '127.0.0.1' },
    },
  ];
  return pods.map((pod) => ({ path: `/etc/kubernetes/manifests/${pod.name}.yaml`, text: staticPodManifest(pod), mode: 0o600 }));
}

const staticPodManifest = (pod: StaticPod): string => `apiVersion: v1
kind: Pod
metadata:
  labels:
    component: ${pod.name}
    tier: control-plane
  name: ${pod.name}
  namespace: kube-system
spec:
  containers:
  - command:
${pod.command.map((word) => `    - ${word}`).join('\n')}
    image: ${pod.image}
    imagePullPolicy: IfNotPresent
    livenessProbe:
      failureThreshold: 8
      httpGet:
        host: ${pod.probe.host}
        path: ${pod.probe.path}
        port: ${pod.probe.port}
        scheme: ${pod.probe.scheme}
      initialDelaySeconds: 10
      periodSeconds: 10
      timeoutSeconds: 15
    name: ${pod.name}
    resources:
      requests:
        cpu: ${pod.cpu}${pod.memory ? `\n        memory: ${pod.memory}` : ''}
  hostNetwork: true
  priority: 2000001000
  priorityClassName: system-node-critical
  securityContext:
    seccompProfile:
      type: RuntimeDefault
`;
