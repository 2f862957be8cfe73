import { rfc3339 } from '../../../base/clock.ts';
import { badRequest, notFound } from '../../../kube/status.ts';
import { matchesFields, matchesLabels, parseFieldSelector, parseLabelSelector } from '../../../kube/selectors.ts';
import type { KubeObject, Pod } from '../../../kube/types.ts';
import { methodNotAllowed } from '../http/errors.ts';
import { negotiate } from '../http/media.ts';
import { jsonResponse, type ApiResponse } from '../http/message.ts';
import { text } from '../http/parameters.ts';
import type { Call } from '../http/resource.ts';
import { nodeUsage, podUsage, windowMs, type Usage } from './usage.ts';

/** GET of metrics.k8s.io/v1beta1 nodes and pods: figures of now, for those that run. */
export function metrics(call: Call): ApiResponse {
  const { context, definition, path, request } = call;
  if (request.method !== 'GET') throw methodNotAllowed();
  negotiate(request.header('accept'), { as: [], protobuf: false });
  const { store } = context.core;
  const isNodes = definition.plural === 'nodes';
  const table = isNodes ? '/nodes' : '/pods';
  if (path.name !== undefined) {
    const object = store.get(table, isNodes ? path.name : `${path.namespace}/${path.name}`);
    const measured = object && measure(call, object);
    if (!measured) throw notFound(definition, isNodes ? path.name : `${path.namespace}/${path.name}`);
    return jsonResponse(200, JSON.stringify(measured));
  }
  const labels = parseLabelSelector(text(request.query, 'labelSelector') ?? '');
  const fields = parseFieldSelector(text(request.query, 'fieldSelector') ?? '');
  const unknown = fields.find(({ field }) => field !== 'metadata.name' && field !== 'metadata.namespace');
  if (unknown) throw badRequest(`field label not supported: ${unknown.field}`);
  const items = store
    .list(table, path.namespace)
    .filter(
      (object) =>
        matchesLabels(object.metadata.labels ?? {}, labels) &&
        matchesFields(fields, (field) => (field === 'metadata.name' ? object.metadata.name : (object.metadata.namespace ?? ''))),
    )
    .flatMap((object) => measure(call, object) ?? []);
  const { listKind: kind, apiVersion } = definition;
  return jsonResponse(200, JSON.stringify({ kind, apiVersion, metadata: {}, items }));
}

/** Undefined for what is not measured: it does not run. */
function measure({ context: { core }, definition }: Call, object: KubeObject): object | undefined {
  const now = core.clock.now();
  const { name, namespace, labels } = object.metadata;
  const described = {
    kind: definition.kind,
    apiVersion: definition.apiVersion,
    metadata: { name, ...(namespace && { namespace }), creationTimestamp: rfc3339(now), ...(labels && { labels }) },
    timestamp: rfc3339(Math.floor(now / windowMs) * windowMs),
    window: `${windowMs / 1000}s`,
  };
  if (definition.plural === 'nodes') return { ...described, usage: quantities(nodeUsage(core.store, object, now)) };
  const containers = podUsage(object as Pod, now).map((container) => ({ name: container.name, usage: quantities(container.usage) }));
  return containers.length > 0 ? { ...described, containers } : undefined;
}

const quantities = ({ cpuMilli, memoryBytes }: Usage) => ({
  cpu: `${cpuMilli * 1_000_000}n`,
  memory: `${Math.round(memoryBytes / 1024)}Ki`,
});
