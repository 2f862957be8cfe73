import { badRequest, notFound, StatusError } from '../../../kube/status.ts';
import type { ServerContext } from '../http/context.ts';
import { authorizeResource, failure } from '../http/handler.ts';
import { parseResourcePath } from '../http/route.ts';
import { refuseUpgrade, type UpgradeHandler } from '../http/server.ts';

/** Decides what an upgrade request is for. The WebSocket library is loaded when the first one comes. */
export const createUpgradeHandler =
  (context: ServerContext): UpgradeHandler =>
  (request, incoming, socket, head) => {
    const path = parseResourcePath(request.path);
    const definition = path && context.core.catalog.find(path.group, path.version, path.plural);
    if (!path || !definition) throw new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
    const { subresource = '' } = path;
    if (definition.table !== '/pods' || !['exec', 'attach', 'portforward'].includes(subresource)) {
      throw badRequest('unable to upgrade: this resource has no streams');
    }
    // exec, attach and port-forward are creations to the authorizer, whatever their method.
    authorizeResource(context, { ...request, method: 'POST' }, path, definition);
    if (!context.nodeAccess) throw new StatusError(503, 'ServiceUnavailable', 'no kubelet can be reached yet');
    if (!context.core.store.get('/pods', `${path.namespace}/${path.name}`)) throw notFound(definition, path.name!);
    if (String(incoming.headers.upgrade).toLowerCase() !== 'websocket') {
      throw badRequest('unable to upgrade: only WebSocket is served; SPDY/3.1 is not');
    }
    const open = async () => {
      const { openStreams } = await import('./websocket.ts');
      await openStreams(context, { ...path, namespace: path.namespace!, name: path.name!, subresource }, request, incoming, socket, head);
    };
    open().catch((error: unknown) => refuseUpgrade(socket, failure(error)));
  };
