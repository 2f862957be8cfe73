import { notFound, StatusError } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { methodNotAllowed } from './errors.ts';
import { negotiate } from './media.ts';
import { jsonResponse, type ApiResponse } from './message.ts';
import { flag, includeObject } from './parameters.ts';
import { listJson, objectJson } from './present.ts';
import type { Call } from './resource.ts';

export const componentStatusTable = '/componentstatuses';

/** `kubectl get cs`: the API server asks its neighbours for their health. Here they live in the same process. */
export function componentStatuses({ context: { core }, definition, path, request }: Call): ApiResponse {
  if (request.method !== 'GET') throw methodNotAllowed();
  if (path.name === undefined && flag(request.query, 'watch')) {
    const message = 'watch is not supported on resources of kind "componentstatuses"';
    throw new StatusError(405, 'MethodNotAllowed', message, { kind: 'componentstatuses' });
  }
  const format = negotiate(request.header('accept'));
  const include = includeObject(request.query);
  const items = ['scheduler', 'controller-manager', 'etcd-0'].map(statusOf);
  if (path.name === undefined) return jsonResponse(200, listJson(core, definition, { items, resourceVersion: '' }, format, include));
  const found = items.find(({ metadata }) => metadata.name === path.name);
  // The singular is upstream's.
  if (!found) throw notFound({ group: '', plural: 'componentstatus' }, path.name);
  return jsonResponse(200, objectJson(core, definition, found, format, include));
}

/** Of an ObjectMeta it has nothing but its name. */
const statusOf = (name: string): KubeObject & { conditions: object[] } => ({
  apiVersion: 'v1',
  kind: 'ComponentStatus',
  metadata: { name } as KubeObject['metadata'],
  conditions: [{ type: 'Healthy', status: 'True', message: 'ok' }],
});
