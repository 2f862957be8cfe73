import { configMap, type Manifest } from './objects.ts';
import { kubernetesVersion } from './objects.ts';

export interface ClusterFacts {
  name: string;
  podCidr: string;
  caPem: string;
  /** The control plane's InternalIP. */
  address: string;
}

/** ConfigMaps that kubeadm and kube-apiserver leave behind. */
export const kubeadmConfig = ({ name, podCidr, caPem }: ClusterFacts): Manifest[] => [
  configMap('kube-system', 'kubeadm-config', {
    ClusterConfiguration: `apiServer:
  certSANs:
  - localhost
  - 127.0.0.1
  extraArgs:
  - name: runtime-config
    value: ""
apiVersion: kubeadm.k8s.io/v1beta4
caCertificateValidityPeriod: 87600h0m0s
certificateValidityPeriod: 8760h0m0s
certificatesDir: /etc/kubernetes/pki
clusterName: ${name}
controlPlaneEndpoint: ${name}-control-plane:6443
controllerManager:
  extraArgs:
  - name: enable-hostpath-provisioner
    value: "true"
dns: {}
encryptionAlgorithm: RSA-2048
etcd:
  local:
    dataDir: /var/lib/etcd
imageRepository: registry.k8s.io
kind: ClusterConfiguration
kubernetesVersion: ${kubernetesVersion}
networking:
  dnsDomain: cluster.local
  podSubnet: ${podCidr}
  serviceSubnet: 10.96.0.0/16
proxy: {}
scheduler: {}
`,
  }),
  configMap('kube-system', 'kubelet-config', {
    kubelet: `apiVersion: kubelet.config.k8s.io/v1beta1
cgroupDriver: systemd
clusterDNS:
- 10.96.0.10
clusterDomain: cluster.local
imageGCHighThresholdPercent: 100
evictionHard:
  imagefs.available: 0%
  nodefs.available: 0%
  nodefs.inodesFree: 0%
kind: KubeletConfiguration
rotateCertificates: true
staticPodPath: /etc/kubernetes/manifests
`,
  }),
  configMap('kube-system', 'extension-apiserver-authentication', {
    'client-ca-file': caPem,
    'requestheader-allowed-names': '["front-proxy-client"]',
    'requestheader-client-ca-file': caPem,
    'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
    'requestheader-group-headers': '["X-Remote-Group"]',
    'requestheader-uid-headers': '["X-Remote-Uid"]',
    'requestheader-username-headers': '["X-Remote-User"]',
  }),
  configMap('kube-public', 'cluster-info', {
    kubeconfig: `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${Buffer.from(caPem).toString('base64')}
    server: https://${name}-control-plane:6443
  name: ""
contexts: null
current-context: ""
kind: Config
preferences: {}
users: null
`,
  }),
];

/** kind's default storage class. */
export const storage = (): Manifest[] => [
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: 'rancher.io/local-path',
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'WaitForFirstConsumer',
  },
];
