import { sleep } from '../../../base/clock.ts';
import { StatusError } from '../../../kube/status.ts';
import type { ConnectResult } from '../../net/network.ts';
import type { ApiResponse } from '../http/message.ts';
import type { Call } from '../http/resource.ts';
import { kubeletAnswer } from './kubelet.ts';
import { sniffed, withLinksThrough } from './proxied-page.ts';
import { proxyTarget, type ProxyTarget } from './proxy-target.ts';

/** How long the API server tries to connect. */
const dialTimeoutMs = 30_000;

/** pods/proxy, services/proxy and nodes/proxy: a request that the API server makes for the client. */
export async function proxy(call: Call): Promise<ApiResponse> {
  const { context, definition, path, request } = call;
  const target = proxyTarget(call);
  const nodes = context.nodeAccess;
  if (!nodes) throw new StatusError(503, 'ServiceUnavailable', 'no kubelet can be reached yet');
  const query = request.query.toString();
  const mark = query ? `?${query}` : '';
  if (path.rest === '' && (request.method === 'GET' || request.method === 'HEAD')) {
    // Relative links of the page would lead elsewhere without the slash.
    return { status: 301, headers: { location: `${request.path}/${mark}`, 'content-type': 'text/plain' }, body: '' };
  }
  const inner = `${path.rest || '/'}${mark}`;
  const result = nodes.request(target, { method: request.method, path: inner });
  await sleep(context.core.clock, Math.min(result.latencyMs, dialTimeoutMs), request.signal);
  if (result.outcome !== 'connected') throw failure(target, result);
  // The kubelet's own API is not of the network: the API server has a certificate for it.
  if (definition.plural === 'nodes' && target.port === 10250)
    return kubeletAnswer(context.core, path.name!.split(':').at(-2) ?? path.name!, inner);
  const { status, body, headers } = result.response ?? { status: 200, body: '', headers: {} };
  const named = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const type = named['content-type'] ?? sniffed(body);
  const proxyPath = request.path.slice(0, request.path.length - path.rest.length);
  const shown = type.startsWith('text/html') ? withLinksThrough(body, proxyPath) : body;
  return { status, headers: { ...named, 'content-type': type }, body: shown };
}

function failure({ address, port }: ProxyTarget, { outcome, reason }: ConnectResult): StatusError {
  const dial = `dial tcp ${address}:${port}:`;
  const why = { refused: 'connect: connection refused', unreachable: 'connect: no route to host', timeout: 'i/o timeout' };
  const text = why[outcome as keyof typeof why] ?? reason;
  return new StatusError(503, 'ServiceUnavailable', `error trying to reach service: ${dial} ${text}`);
}
