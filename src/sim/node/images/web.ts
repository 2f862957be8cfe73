import type { Request } from '../../net/network.ts';
import type { ContainerContext, ImageBehaviour } from '../image.ts';

const hostnameOf = ({ env, pod }: ContainerContext): string => env['HOSTNAME'] ?? pod().metadata.name;

/** The labs' web server: answers its host name on $PORT, 8080 by default. */
export const web: ImageBehaviour = {
  images: ['kindlab/web'],
  sizeBytes: 4_100_000,
  runsCommands: true,
  start(context) {
    const body = `${hostnameOf(context)}\n`;
    const port = Number(context.env['PORT'] ?? 8080);
    context.log(`listening on :${port}`);
    context.listen(port, { serve: () => ({ status: 200, body }) });
  },
};

const welcome = `<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, nginx is successfully installed and working.
Further configuration is required for the web server, reverse proxy,
API gateway, load balancer, content cache, or other features.</p>

<p><em>Thank you for using nginx.</em></p>
</body>
</html>
`;

const date = (ms: number): string => {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) (\S+)/.exec(new Date(ms).toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
};

/** Serves files of `root`, with `index` where there are none, and logs as nginx and httpd do. */
const fileServer =
  (root: string, index: string, server: string) =>
  (context: ContainerContext): void => {
    context.listen(80, {
      serve(request) {
        const answer = fileAnswer(context, root, index, request);
        context.log(
          `${request.source} - - [${date(context.clock.now())}] "${request.method || 'GET'} ${request.path} HTTP/1.1" ${answer.status} ${answer.body.length} "-" "-" "-"`,
        );
        return { ...answer, headers: { Server: server, 'Content-Type': 'text/html' } };
      },
    });
  };

function fileAnswer({ files }: ContainerContext, root: string, index: string, { path }: Request): { status: number; body: string } {
  const wanted = `${root}${path.split('?')[0]}`;
  const file = files.exists(wanted) && files.stat(wanted).directory ? `${wanted.replace(/\/$/, '')}/index.html` : wanted;
  if (files.exists(file)) return { status: 200, body: files.read(file) };
  return path === '/' ? { status: 200, body: index } : { status: 404, body: '<html><head><title>404 Not Found</title></head></html>\n' };
}

export const nginx: ImageBehaviour = {
  images: ['nginx', 'nginxinc/nginx-unprivileged', 'registry.k8s.io/e2e-test-images/nginx'],
  sizeBytes: 59_000_000,
  runsCommands: true,
  start: fileServer('/usr/share/nginx/html', welcome, 'nginx/1.29.3'),
};

export const httpd: ImageBehaviour = {
  images: ['httpd', 'registry.k8s.io/e2e-test-images/httpd'],
  sizeBytes: 45_000_000,
  runsCommands: true,
  start: fileServer('/usr/local/apache2/htdocs', '<html><body><h1>It works!</h1></body></html>\n', 'Apache/2.4.65 (Unix)'),
};

/** Says its host name, or acts as netexec does; the sub-command is the first argument. */
export const agnhost: ImageBehaviour = {
  images: ['registry.k8s.io/e2e-test-images/agnhost', 'gcr.io/google-samples/hello-app'],
  sizeBytes: 53_000_000,
  runsCommands: true,
  start(context) {
    const words = [...(context.container.command ?? []), ...(context.container.args ?? [])].filter((word) => !word.endsWith('agnhost'));
    const [command = 'netexec', ...rest] = words;
    const flag = (name: string) => rest.find((word) => word.startsWith(`--${name}=`))?.split('=')[1];
    if (command === 'pause') return;
    if (command === 'connect') return connect(context, rest);
    const port = Number(flag(command === 'serve-hostname' ? 'port' : 'http-port') ?? (command === 'serve-hostname' ? 9376 : 8080));
    context.listen(port, {
      serve: (request) => ({ status: 200, body: command === 'serve-hostname' ? hostnameOf(context) : netexec(context, request) }),
    });
    const udp = Number(flag('udp-port') ?? 8081);
    if (command === 'netexec' && udp > 0) context.listen(udp, { protocol: 'UDP' });
  },
};

function netexec(context: ContainerContext, { path, source }: Request): string {
  const [route = '/', query = ''] = path.split('?');
  if (route === '/hostname' || route === '/hostName') return hostnameOf(context);
  if (route === '/clientip') return `${source}:40000`;
  if (route === '/echo') return new URLSearchParams(query).get('msg') ?? '';
  if (route === '/healthz') return '';
  return `NOW: ${new Date(context.clock.now()).toISOString()}`;
}

/** `agnhost connect HOST:PORT`: exits 0 when it connects, and says REFUSED, TIMEOUT or DNS where it does not. */
function connect(context: ContainerContext, [target = '']: string[]): void {
  const [host = '', port = '80'] = target.split(':');
  const { outcome } = context.network.connect({ from: { podUid: context.pod().metadata.uid }, host, port: Number(port) });
  const said = {
    connected: '',
    refused: 'REFUSED',
    timeout: 'TIMEOUT',
    unreachable: 'OTHER',
    unresolved: 'DNS',
    'resolve-timeout': 'DNS',
    'too-big': 'TIMEOUT',
  };
  if (said[outcome]) context.log(said[outcome]);
  context.exit(outcome === 'connected' ? 0 : 1);
}
