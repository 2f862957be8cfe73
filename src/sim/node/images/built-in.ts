import type { ImageBehaviour } from '../image.ts';
import { kubernetesVersion } from '../node-files.ts';
import { kubeSystemImages } from './kube-system.ts';
import { probe } from './probe.ts';
import { agnhost } from './agnhost/index.ts';
import { nonewprivs } from './agnhost/small.ts';
import { helloApp, httpd, nginx, web } from './web.ts';

/** Images whose container is a shell, or a command that the manifest names. */
const shells: ImageBehaviour = {
  images: [
    'busybox',
    'alpine',
    'debian',
    'ubuntu',
    'curlimages/curl',
    'nicolaka/netshoot',
    'kindlab/client',
    'perl',
    'registry.k8s.io/e2e-test-images/busybox',
    'registry.k8s.io/e2e-test-images/perl',
  ],
  sizeBytes: 4_000_000,
  runsCommands: true,
  // Without a command: their shell waits for somebody to attach, or finds no input and ends.
  start(context) {
    if (context.container.stdin) return;
    const cancel = context.clock.after(50, () => context.exit(0));
    context.signal.addEventListener('abort', cancel, { once: true });
  },
};

const noNewPrivs: ImageBehaviour = {
  images: ['registry.k8s.io/e2e-test-images/nonewprivs'],
  entrypoint: ['/nnp'],
  programs: { nnp: nonewprivs },
  sizeBytes: 3_000_000,
};

export const builtInImages: readonly ImageBehaviour[] = [
  ...kubeSystemImages,
  probe,
  web,
  nginx,
  httpd,
  helloApp,
  agnhost,
  noNewPrivs,
  shells,
];

/** What kindest/node brings with it. */
export const preloadedImages: readonly string[] = [
  'registry.k8s.io/coredns/coredns:v1.14.2',
  'registry.k8s.io/etcd:3.6.8-0',
  ...['kube-apiserver', 'kube-controller-manager', 'kube-proxy', 'kube-scheduler'].map(
    (name) => `registry.k8s.io/${name}:${kubernetesVersion}`,
  ),
  'registry.k8s.io/pause:3.10.1',
];
