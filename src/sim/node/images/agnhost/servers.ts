import type { Listener } from '../../../net/network.ts';
import { normalPath } from '../../file-tree.ts';
import type { ContainerContext, Program, ProgramIo } from '../../image.ts';
import { onceAborted } from './aborted.ts';
import { cobraFlags } from './flags.ts';
import { hostnameOf } from './netexec.ts';

/** What Go's runtime exits with where a program does nothing about SIGTERM. */
const goTerminated = 2;

async function untilTerminated(io: ProgramIo): Promise<number> {
  await onceAborted(io.signal);
  return goTerminated;
}

/** Waits, and ends well. */
export const pause: Program = async (io) => {
  io.stdout('Paused\n');
  await onceAborted(io.signal);
  return 0;
};

export const serveHostname: Program = async (io, context) => {
  const flags = cobraFlags(io.argv.slice(1), ['tcp', 'udp', 'http', 'close']);
  const port = flags.number('port', 9376);
  const hostname = hostnameOf(context);
  if (flags.is('http', true)) context.listen(port, { serve: () => ({ status: 200, body: hostname }) });
  else if (flags.is('tcp')) context.listen(port, {});
  if (flags.is('udp')) context.listen(port, { protocol: 'UDP', datagram: () => hostname });
  io.stderr(`Serving on port ${port}.\n`);
  await onceAborted(io.signal);
  return 0;
};

/** Healthy for ten seconds. */
export const liveness: Program = async (io, context) => {
  const started = context.clock.now();
  context.listen(8080, {
    serve({ path }) {
      const { pathname, searchParams } = new URL(path, 'http://liveness');
      const seconds = (context.clock.now() - started) / 1000;
      if (pathname === '/started') return { status: 200, body: `${seconds}s` };
      if (pathname === '/redirect') return { status: 302, body: '', headers: { Location: searchParams.get('loc') ?? '' } };
      if (pathname !== '/healthz') return { status: 404, body: '404 page not found\n' };
      return seconds > 10 ? { status: 500, body: `error: ${seconds}` } : { status: 200, body: 'ok' };
    },
  });
  return untilTerminated(io);
};

/** Serves any file of the container. */
export const testWebserver: Program = async (io, context) => {
  context.listen(cobraFlags(io.argv.slice(1)).number('port', 80), { serve: ({ path }) => fileAt(context, path) });
  return untilTerminated(io);
};

function fileAt({ files }: ContainerContext, path: string): { status: number; body: string } {
  const wanted = normalPath(decodeURIComponent(path.split('?')[0]!));
  if (!files.exists(wanted)) return { status: 404, body: '404 page not found\n' };
  if (!files.stat(wanted).directory) return { status: 200, body: files.read(wanted) };
  const links = files.list(wanted).map((stat) => {
    const name = stat.path.slice(stat.path.lastIndexOf('/') + 1) + (stat.directory ? '/' : '');
    return `<a href="${name}">${name}</a>\n`;
  });
  return { status: 200, body: `<pre>\n${links.join('')}</pre>\n` };
}

/** Serves what the environment says: SERVE_PORT_80=text. */
export const porter: Program = async (io, context) => {
  const json = cobraFlags(io.argv.slice(1), ['json-response']).is('json-response');
  for (const [name, value] of Object.entries(context.env)) {
    const [, kind = '', port] = /^SERVE_(?:(TCP|UDP|TLS)_)?PORT_(\d+)$/.exec(name) ?? [];
    if (port === undefined) continue;
    const serve: Listener = {
      serve: ({ method }) =>
        json
          ? { status: 200, body: JSON.stringify({ Method: method, Body: value }), headers: { 'Content-Type': 'application/json' } }
          : { status: 200, body: value },
    };
    context.listen(Number(port), kind === 'UDP' ? { protocol: 'UDP', datagram: () => value } : serve);
  }
  return untilTerminated(io);
};

/** gRPC's health service: the answer stands in a header, for the simulation has no HTTP/2 trailers. */
export const grpcHealth: Program = async (io, context) => {
  const flags = cobraFlags(io.argv.slice(1));
  const started = context.clock.now();
  const delay = flags.number('delay-unhealthy-sec', -1);
  let forced: boolean | undefined;
  context.listen(flags.number('port', 5000), {
    serve({ body = '' }) {
      const late = delay >= 0 && context.clock.now() - started >= delay * 1000;
      const known = body === (flags.text('service') ?? '');
      return { status: 200, body: '', headers: { 'grpc-health': !known ? 'NOT_FOUND' : (forced ?? late) ? 'NOT_SERVING' : 'SERVING' } };
    },
  });
  context.listen(flags.number('http-port', 8080), {
    serve({ path }) {
      forced = path === '/make-not-serving' ? true : path === '/make-serving' ? false : forced;
      return { status: 200, body: '' };
    },
  });
  return untilTerminated(io);
};

/** Takes one connection and says that it did. */
export const portForwardTester: Program = async (io, context) => {
  const { env } = context;
  const port = Number(env['BIND_PORT'] ?? 80);
  context.listen(port, { serve: () => ({ status: 200, body: 'x'.repeat(Number(env['CHUNKS'] ?? 1) * Number(env['CHUNK_SIZE'] ?? 10)) }) });
  return untilTerminated(io);
};
