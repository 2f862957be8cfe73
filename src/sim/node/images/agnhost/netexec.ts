import { sleep } from '../../../../base/clock.ts';
import type { ConnectResult, Request } from '../../../net/network.ts';
import type { ContainerContext, Program } from '../../image.ts';
import { onceAborted } from './aborted.ts';
import { cobraFlags, goDurationMs } from './flags.ts';

interface HttpAnswer {
  status: number;
  body: string;
  headers?: Record<string, string>;
}

/** How a client's port is shown: nothing in the simulation tells them apart. */
const clientPort = 40_000;
const dialTimeoutMs = 5000;

export const hostnameOf = ({ env, pod }: ContainerContext): string => env['HOSTNAME'] ?? pod().metadata.name;

/** A web and UDP server that does as it is asked. */
export const netexec: Program = async (io, context) => {
  const flags = cobraFlags(io.argv.slice(1));
  const port = flags.number('http-port', 8080);
  const udp = flags.number('udp-port', 8081);
  const override = flags.text('http-override');
  const log = (text: string) => io.stderr(`${text}\n`);
  context.listen(port, {
    serve: (request) => answer(context, override ? { ...request, method: 'GET', path: override } : request, port, log),
  });
  log(`Started HTTP server on port ${port}`);
  if (udp !== -1) {
    context.listen(udp, { protocol: 'UDP', datagram: (text, source) => udpAnswer(context, text, source, udp) });
    log(`Started UDP server on port  ${udp}`);
  }
  await onceAborted(io.signal);
  const delay = flags.number('delay-shutdown', 0);
  if (delay > 0) {
    log(`Sleeping ${delay} seconds before terminating...`);
    await sleep(context.clock, delay * 1000);
  }
  return 0;
};

function answer(context: ContainerContext, { path, source, method }: Request, port: number, log: (text: string) => void): HttpAnswer {
  const { pathname, searchParams } = new URL(path, 'http://netexec');
  const value = (name: string) => searchParams.get(name) ?? '';
  const ok = (body: string): HttpAnswer => ({ status: 200, body });
  log(`${method || 'GET'} ${path}`);
  switch (pathname) {
    case '/hostname':
    case '/hostName':
      return ok(hostnameOf(context));
    case '/clientip':
      return ok(`${source}:${clientPort}`);
    case '/serverport':
      return ok(String(port));
    case '/echo':
      return { status: Number(value('code') || 200), body: value('msg') };
    case '/healthz':
      return ok('');
    case '/readyz':
      return context.signal.aborted ? { status: 503, body: 'shutting down' } : ok('ok');
    case '/redirect':
      return { status: Number(value('code') || 302), body: '', headers: { Location: value('location') } };
    case '/dial':
      return dial(context, searchParams);
    case '/exit':
    case '/shutdown': {
      const wait = goDurationMs(value('wait'));
      context.clock.after(wait, () => context.exit(Number(value('code') || 0)));
      return ok('');
    }
    default:
      return ok(`NOW: ${new Date(context.clock.now()).toISOString()}`);
  }
}

function udpAnswer(context: ContainerContext, text: string, source: string, port: number): string | undefined {
  const asked = text.trim().toLowerCase();
  if (asked === 'hostname') return hostnameOf(context);
  if (asked.startsWith('echo ')) return asked.slice('echo '.length);
  if (asked === 'clientip') return `${source}:${clientPort}`;
  return asked === 'serverport' ? String(port) : undefined;
}

function dial(context: ContainerContext, query: URLSearchParams): HttpAnswer {
  const value = (name: string) => query.get(name) ?? '';
  const request = value('request');
  if (!request) return { status: 400, body: 'request parameter not specified. <nil>\n' };
  const udp = value('protocol').toLowerCase() === 'udp';
  const host = value('host');
  const port = Number(value('port'));
  const responses: string[] = [];
  const errors: string[] = [];
  for (let i = 0; i < Number(value('tries') || 1); i++) {
    const result = context.network.connect({
      from: { podUid: context.pod().metadata.uid },
      host,
      port,
      ...(udp ? { protocol: 'UDP' as const, datagram: request } : { http: { method: 'GET', path: `/${request}` } }),
    });
    const came = result.outcome === 'connected' ? (udp ? result.datagram : result.response?.body) : undefined;
    if (came !== undefined) responses.push(came);
    else
      errors.push(
        udp
          ? `reading from udp connection failed. err:'read udp ${host}:${port}: i/o timeout'`
          : httpError(`http://${host}:${port}/${request}`, result),
      );
  }
  return { status: 200, body: JSON.stringify({ ...(responses.length > 0 && { responses }), ...(errors.length > 0 && { errors }) }) };
}

function httpError(url: string, { outcome, latencyMs }: ConnectResult): string {
  if (outcome === 'refused') return `Get "${url}": dial tcp: connect: connection refused`;
  if (outcome === 'timeout' || latencyMs > dialTimeoutMs)
    return `Get "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`;
  return `Get "${url}": dial tcp: connect: no route to host`;
}
