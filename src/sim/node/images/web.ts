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

/** Serves files of `root`, and logs as nginx and httpd do. */
const fileServer =
  (root: string, server: string) =>
  (context: ContainerContext): void => {
    context.listen(80, {
      serve(request) {
        const answer = fileAnswer(context, root, request);
        context.log(
          `${request.source} - - [${date(context.clock.now())}] "${request.method || 'GET'} ${request.path} HTTP/1.1" ${answer.status} ${answer.body.length} "-" "-" "-"`,
        );
        return { ...answer, headers: { Server: server, 'Content-Type': 'text/html' } };
      },
    });
  };

function fileAnswer({ files }: ContainerContext, root: string, { path }: Request): { status: number; body: string } {
  const wanted = `${root}${path.split('?')[0]}`;
  const isFolder = files.exists(wanted) && files.stat(wanted).directory;
  const file = isFolder ? `${wanted.replace(/\/$/, '')}/index.html` : wanted;
  if (files.exists(file)) return { status: 200, body: files.read(file) };
  const [status, title] = isFolder ? [403, '403 Forbidden'] : [404, '404 Not Found'];
  return { status, body: `<html><head><title>${title}</title></head></html>\n` };
}

export const nginx: ImageBehaviour = {
  images: ['nginx', 'nginxinc/nginx-unprivileged', 'registry.k8s.io/e2e-test-images/nginx'],
  sizeBytes: 59_000_000,
  runsCommands: true,
  files: { '/usr/share/nginx/html/index.html': welcome },
  start: fileServer('/usr/share/nginx/html', 'nginx/1.29.3'),
};

export const httpd: ImageBehaviour = {
  images: ['httpd', 'registry.k8s.io/e2e-test-images/httpd'],
  sizeBytes: 45_000_000,
  runsCommands: true,
  files: { '/usr/local/apache2/htdocs/index.html': '<html><body><h1>It works!</h1></body></html>\n' },
  start: fileServer('/usr/local/apache2/htdocs', 'Apache/2.4.65 (Unix)'),
};

/** Google's sample: says its host name. */
export const helloApp: ImageBehaviour = {
  images: ['gcr.io/google-samples/hello-app'],
  sizeBytes: 12_000_000,
  start(context) {
    context.listen(Number(context.env['PORT'] ?? 8080), {
      serve: () => ({ status: 200, body: `Hello, world!\nVersion: 1.0.0\nHostname: ${hostnameOf(context)}\n` }),
    });
  },
};
