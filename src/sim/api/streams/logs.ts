import { badRequest, StatusError } from '../../../kube/status.ts';
import { messageOf } from '../../../base/errors.ts';
import { methodNotAllowed } from '../http/errors.ts';
import { flag, number, text } from '../http/parameters.ts';
import type { Call } from '../http/resource.ts';
import type { ApiResponse } from '../http/message.ts';
import { resolveContainer } from './containers.ts';

/** GET …/pods/NAME/log: text, followed if asked for. */
export async function logs({ context, request, path }: Call): Promise<ApiResponse> {
  if (request.method !== 'GET') throw methodNotAllowed();
  const { query } = request;
  const { core } = context;
  const { pod, container } = resolveContainer(core, path.namespace!, path.name!, text(query, 'container'));
  // No node, no log: upstream answers with nothing.
  if (!pod.spec?.nodeName) return { status: 204, headers: {}, body: '' };
  const nodes = context.nodeAccess;
  if (!nodes) throw new StatusError(503, 'ServiceUnavailable', 'no kubelet can be reached yet');
  const seconds = number(query, 'sinceSeconds');
  const time = text(query, 'sinceTime');
  if (seconds !== undefined && time !== undefined) throw badRequest('at most one of sinceTime or sinceSeconds may be specified');
  const sinceMs = seconds !== undefined ? core.clock.now() - seconds * 1000 : time !== undefined ? Date.parse(time) : undefined;
  const tailLines = number(query, 'tailLines');
  const limitBytes = number(query, 'limitBytes') ?? Infinity;
  const follow = flag(query, 'follow');
  const target = { namespace: path.namespace!, pod: path.name!, container };
  const chunks = nodes.logs(target, {
    follow,
    previous: flag(query, 'previous'),
    timestamps: flag(query, 'timestamps'),
    ...(sinceMs !== undefined && { sinceMs }),
    ...(tailLines !== undefined && { tailLines }),
    signal: request.signal,
  });
  const iterator = chunks[Symbol.asyncIterator]();
  // A failure before the first line is an answer of its own. A followed log may stay silent: its headers do not wait.
  const first = iterator.next();
  if (!follow) await first;
  else await Promise.race([first, new Promise((resolve) => setImmediate(resolve))]);
  return {
    status: 200,
    headers: { 'content-type': 'text/plain' },
    body: (sink) => {
      const pump = async () => {
        let left = limitBytes;
        for (let next = await first; !next.done && left > 0; next = await iterator.next()) {
          const bytes = Buffer.from(next.value);
          sink.write(bytes.subarray(0, left));
          left -= bytes.length;
          if (sink.signal.aborted) break;
        }
        await iterator.return?.();
      };
      pump()
        .catch((error: unknown) => {
          if (!sink.signal.aborted) sink.write(`failed to read the log: ${messageOf(error)}\n`);
        })
        .finally(() => sink.end());
    },
  };
}
