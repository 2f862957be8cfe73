import { rfc3339 } from '../../../base/clock.ts';
import type { Request } from '../../net/network.ts';
import type { ContainerContext, ImageBehaviour } from '../image.ts';

type Answer = { status: number; body: string; headers?: Record<string, string> };

const page = (title: string, text: string) =>
  `<!DOCTYPE html>\n<html>\n<head>\n<title>${title}</title>\n</head>\n<body>\n<h1>${title}</h1>\n<p>${text}</p>\n</body>\n</html>\n`;

/** 10.245.1.83 - - [23/Nov/2026:17:25:44 +0000] "GET / HTTP/1.1" 200 615 "-" "-" */
function accessLine(context: ContainerContext, request: Request, answer: Answer): string {
  const [, day, month, year, time] = new Date(context.clock.now()).toUTCString().split(/,? /);
  return `${request.source} - - [${day}/${month}/${year}:${time} +0000] "${request.method} ${request.path} HTTP/1.1" ${answer.status} ${answer.body.length} "-" "-"`;
}

const http = (context: ContainerContext, port: number, answer: (request: Request) => Answer, log = true): void =>
  context.listen(port, {
    serve(request) {
      const given = answer(request);
      if (log) context.log(accessLine(context, request, given));
      return given;
    },
  });

const hostname = (context: ContainerContext) => context.pod().spec?.hostname ?? context.pod().metadata.name;

const nginx: ImageBehaviour = {
  images: ['docker.io/library/nginx', 'docker.io/nginxinc/nginx-unprivileged', 'registry.k8s.io/e2e-test-images/nginx'],
  startupMs: 100,
  start(context) {
    const welcome = page('Welcome to nginx!', 'If you see this page, nginx is successfully installed and working.');
    const server = { server: 'nginx/1.29.3', 'content-type': 'text/html' };
    const port = context.container.image?.includes('unprivileged') ? 8080 : 80;
    http(context, port, (request) =>
      request.path === '/' || request.path === '/index.html'
        ? { status: 200, body: welcome, headers: server }
        : { status: 404, body: page('404 Not Found', 'nginx'), headers: server },
    );
  },
};

const httpd: ImageBehaviour = {
  images: ['docker.io/library/httpd', 'registry.k8s.io/e2e-test-images/httpd'],
  startupMs: 100,
  start(context) {
    http(context, 80, (request) =>
      request.path === '/'
        ? { status: 200, body: '<html><body><h1>It works!</h1></body></html>\n' }
        : { status: 404, body: page('404 Not Found', '') },
    );
  },
};

/** kindlab's own demo server: its name to whoever asks, on $PORT (8080), silently, for it is asked all the time. */
const web: ImageBehaviour = {
  images: ['docker.io/kindlab/web'],
  startupMs: 200,
  start(context) {
    const port = Number(context.env['PORT'] ?? context.container.ports?.[0]?.containerPort ?? 8080);
    context.log(`${rfc3339(context.clock.now())} listening on :${port}`);
    http(context, port, () => ({ status: 200, body: `${hostname(context)}\n`, headers: { 'content-type': 'text/plain' } }), false);
  },
};

/** registry.k8s.io/e2e-test-images/agnhost: netexec, serve-hostname, test-webserver; anything else waits as `pause` does. */
const agnhost: ImageBehaviour = {
  images: ['registry.k8s.io/e2e-test-images/agnhost'],
  startupMs: 100,
  start(context) {
    const words = [...(context.container.command ?? []), ...(context.container.args ?? [])].filter((w) => w !== '/agnhost');
    const flag = (name: string) =>
      words
        .map((w, i) => (w === `--${name}` ? words[i + 1] : w.startsWith(`--${name}=`) ? w.split('=')[1] : undefined))
        .find((v) => v !== undefined);
    const answers = (request: Request): Answer => {
      const path = new URL(request.path, 'http://x');
      switch (path.pathname) {
        case '/hostname':
        case '/hostName':
          return { status: 200, body: hostname(context) };
        case '/clientip':
          return { status: 200, body: `${request.source}:40000` };
        case '/healthz':
          return { status: 200, body: 'ok' };
        case '/echo':
          return { status: Number(path.searchParams.get('code') ?? 200), body: path.searchParams.get('msg') ?? '' };
        default:
          return { status: 200, body: `NOW: ${new Date(context.clock.now()).toISOString()}` };
      }
    };
    const open = (port: number, answer: (request: Request) => Answer) => http(context, port, answer, false);
    if (words[0] === 'netexec') {
      open(Number(flag('http-port') ?? 8080), answers);
      context.listen(Number(flag('udp-port') ?? 8081), { protocol: 'UDP' });
    } else if (words[0] === 'serve-hostname') open(Number(flag('port') ?? 9376), () => ({ status: 200, body: hostname(context) }));
    else if (words[0] === 'test-webserver') open(Number(flag('port') ?? 80), () => ({ status: 200, body: '' }));
  },
};

const coredns: ImageBehaviour = {
  images: ['registry.k8s.io/coredns/coredns'],
  startupMs: 300,
  distroless: true,
  start(context) {
    context.log('.:53');
    context.log('CoreDNS-1.14.2');
    context.listen(53, { protocol: 'UDP' });
    context.listen(53, { protocol: 'TCP' });
    http(context, 8080, () => ({ status: 200, body: 'OK' }), false);
    http(context, 8181, () => ({ status: 200, body: 'OK' }), false);
    http(context, 9153, () => ({ status: 200, body: '' }), false);
  },
};

/** The control plane's static pods and kube-proxy: they run; what they do is done by kindlab's own controllers and network. */
const healthPorts: Readonly<Record<string, readonly number[]>> = {
  'kube-apiserver': [6443],
  'kube-controller-manager': [10257],
  'kube-scheduler': [10259],
  etcd: [2379, 2381],
  'kube-proxy': [10249, 10256],
};
const controlPlane: ImageBehaviour = {
  images: Object.keys(healthPorts).map((name) => `registry.k8s.io/${name}`),
  startupMs: 500,
  distroless: true,
  start(context) {
    for (const port of healthPorts[context.container.name] ?? []) http(context, port, () => ({ status: 200, body: 'ok' }), false);
  },
};

const pause: ImageBehaviour = { images: ['registry.k8s.io/pause'], distroless: true };

export const serverImages: readonly ImageBehaviour[] = [nginx, httpd, web, agnhost, coredns, controlPlane, pause];
