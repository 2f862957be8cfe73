import type { ContainerContext, ImageBehaviour } from '../image.ts';
import type { Listener } from '../../net/network.ts';

const ok: Listener = { serve: () => ({ status: 200, body: 'ok' }) };

/** A program of the control plane: its health port, and nothing of its work, which the simulator does elsewhere. */
const component = (
  name: string,
  sizeBytes: number,
  ports: number[],
  lines: string[],
  listener: (context: ContainerContext) => Listener = () => ok,
): ImageBehaviour => ({
  images: [`registry.k8s.io/${name}`],
  sizeBytes,
  distroless: true,
  startupMs: 400,
  start(context) {
    for (const port of ports) context.listen(port, listener(context));
    if (!context.resumed) for (const line of lines) context.log(line.replace(/^klog /, klogHeader(context.clock.now())));
  },
});

const apiListener = ({ podApi }: ContainerContext): Listener => ({
  ...ok,
  ...(podApi && { answer: ({ method, path }, { headers, body, signal }) => podApi.answer({ method, path, headers, body }, signal) }),
});

const coreDns: ImageBehaviour = {
  images: ['registry.k8s.io/coredns/coredns', 'coredns/coredns'],
  sizeBytes: 22_000_000,
  distroless: true,
  startupMs: 80,
  // `health { lameduck 5s }`: it answers on while it is taken out of its service.
  stopMs: 5000,
  start(context) {
    context.listen(53, { protocol: 'UDP' });
    context.listen(53, { protocol: 'TCP' });
    context.listen(8080, { serve: ({ path }) => (path === '/health' ? { status: 200, body: 'OK' } : notFound) });
    context.listen(8181, { serve: ({ path }) => (path === '/ready' ? { status: 200, body: 'OK' } : notFound) });
    context.listen(9153, { serve: () => ({ status: 200, body: '' }) });
    if (context.resumed) return;
    context.log('maxprocs: Leaving GOMAXPROCS=2: CPU quota undefined');
    context.log('.:53');
    context.log('CoreDNS-1.14.2');
    context.log('linux/amd64, go1.26.1');
  },
};

const notFound = { status: 404, body: '404 page not found\n' };

const klog = (text: string): string => `klog ${text}`;

/** `I1123 17:25:44.703000       1 `: severity, date, time, process. */
const klogHeader = (ms: number): string => {
  const [, month, day, time] = /^\d+-(\d+)-(\d+)T(.+)Z$/.exec(new Date(ms).toISOString()) ?? [];
  return `I${month}${day} ${time}000       1 `;
};

export const kubeSystemImages: readonly ImageBehaviour[] = [
  component('kube-apiserver', 27_000_000, [6443], [klog('server.go] "Serving securely on [::]:6443"')], apiListener),
  component('kube-controller-manager', 23_000_000, [10257], [klog('controllermanager.go] "Starting"')]),
  component('kube-scheduler', 17_000_000, [10259], [klog('server.go] "Starting Kubernetes Scheduler"')]),
  component('etcd', 23_000_000, [2379, 2380, 2381], ['{"level":"info","msg":"serving client traffic securely","traffic":"grpc+http"}']),
  component('kube-proxy', 26_000_000, [10249, 10256], [klog('server_linux.go] "Using iptables proxy"')]),
  coreDns,
  { images: ['registry.k8s.io/pause'], sizeBytes: 320_000, distroless: true, startupMs: 0 },
];
