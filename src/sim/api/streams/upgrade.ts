import { notFound, badRequest, StatusError } from '../../../kube/status.ts';
import type { Pod } from '../../../kube/types.ts';
import { impersonate } from '../auth/impersonate.ts';
import type { ServerContext } from '../http/context.ts';
import { unknownResource } from '../http/errors.ts';
import { authorizeResource, failure } from '../http/handler.ts';
import type { ApiRequest } from '../http/message.ts';
import { parseResourcePath } from '../http/route.ts';
import { refuseUpgrade, type UpgradeHandler } from '../http/server.ts';
import type { StreamPath } from './program.ts';
import { logs } from './logs.ts';
import { webSocketLog } from './websocket-log.ts';
import { upgradeRequired } from './upgrade-errors.ts';
import type { Upgrade } from './websocket.ts';

/** Decides what an upgrade request is for. What serves it is loaded when the first one comes. */
export const createUpgradeHandler =
  (context: ServerContext): UpgradeHandler =>
  (sent, incoming, socket, head) => {
    const request = sent.header('impersonate-user') ? { ...sent, user: impersonate(context.core, sent.user, sent.header) } : sent;
    const path = parseResourcePath(request.path);
    const definition = path && context.core.catalog.find(path.group, path.version, path.plural);
    if (!path || !definition) throw unknownResource();
    const { subresource = '' } = path;
    if (definition.table !== '/pods' || !['exec', 'attach', 'portforward', 'log'].includes(subresource)) {
      throw badRequest('unable to upgrade: this resource has no streams');
    }
    // exec, attach and port-forward are creations to the authorizer, whatever their method.
    const isLog = subresource === 'log';
    authorizeResource(context, isLog ? request : { ...request, method: 'POST' }, path, definition);
    if (!context.nodeAccess) throw new StatusError(503, 'ServiceUnavailable', 'no kubelet can be reached yet');
    const { namespace = '', name = '' } = path;
    const pod = context.core.store.get('/pods', `${namespace}/${name}`) as Pod | undefined;
    if (!pod) throw notFound(definition, name);
    if (!pod.spec?.nodeName) throw badRequest(`pod ${name} does not have a host assigned`);
    if (isLog) {
      const call = { context, path, definition, warn: () => {} };
      webSocketLog((signal) => logs({ ...call, request: { ...request, signal } }), { incoming, socket, head }).catch((error: unknown) =>
        refuseUpgrade(socket, failure(error)),
      );
      return;
    }
    open(context, { namespace, name, subresource }, request, { incoming, socket, head }).catch((error: unknown) =>
      refuseUpgrade(socket, failure(error)),
    );
  };

async function open(context: ServerContext, path: StreamPath, request: ApiRequest, upgrade: Upgrade): Promise<void> {
  const { query } = request;
  const to = String(upgrade.incoming.headers.upgrade).toLowerCase();
  if (to !== 'websocket' && to !== 'spdy/3.1') throw upgradeRequired();
  if (path.subresource === 'portforward') {
    if (to === 'websocket') return (await import('./websocket-forward.ts')).webSocketForward(context, path, query, upgrade);
    const [{ openSpdy }, { forwardStreams }] = await Promise.all([import('./spdy-upgrade.ts'), import('./spdy-forward.ts')]);
    openSpdy(upgrade, ['portforward.k8s.io'], forwardStreams(context, path));
    return;
  }
  const { programRequest } = await import('./program.ts');
  const program = programRequest(context, path, query);
  if (to === 'websocket') return (await import('./websocket-program.ts')).webSocketProgram(context, program, upgrade);
  (await import('./spdy-program.ts')).spdyProgram(context, program, upgrade);
}
