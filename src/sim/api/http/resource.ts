import { badRequest, invalid, notFound, StatusError } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import type { DeleteOptions } from '../client.ts';
import { apply } from '../registry/apply.ts';
import { create } from '../registry/create.ts';
import { keyOf, type Definition } from '../registry/definition.ts';
import { checkName } from '../registry/metadata.ts';
import { remove } from '../registry/delete.ts';
import { listPage, tooLargeVersion, type ListRequest } from '../registry/list.ts';
import { update } from '../registry/update.ts';
import { readObject } from './body.ts';
import type { ServerContext } from './context.ts';
import { methodNotAllowed } from './errors.ts';
import { negotiate, negotiateStream, type Format } from './media.ts';
import { jsonResponse, type ApiRequest, type ApiResponse } from './message.ts';
import { flag, includeObject, number, text, writeOptions } from './parameters.ts';
import { listResponse, objectJson } from './present.ts';
import type { ResourcePath } from './route.ts';
import { watch } from './watch.ts';
import { readPatch } from './patch-body.ts';
import { applyManager, checkKind, readKind } from './write.ts';

/** One request for a resource, on its way through. */
export interface Call {
  context: ServerContext;
  request: ApiRequest;
  path: ResourcePath;
  definition: Definition;
  /** Adds a Warning header to the answer. */
  warn: (text: string) => void;
}

export const namespaceOf = ({ definition, path }: Call): string | undefined => (definition.namespaced ? path.namespace : undefined);

export const answer = async (call: Call, status: number, object: KubeObject, format: Format): Promise<ApiResponse> => {
  await call.context.core.store.committed();
  return jsonResponse(status, objectJson(call.context.core, call.definition, object, format, includeObject(call.request.query)));
};

/** The main endpoint of a resource: collections and objects, by verb. */
export function handleResource(call: Call): Promise<ApiResponse> | ApiResponse {
  const { request, path } = call;
  const format = negotiate(request.header('accept'), {
    mayWatch: path.name === undefined && request.method === 'GET',
    protobuf: !call.definition.custom,
  });
  if (path.name === undefined) {
    switch (request.method) {
      case 'GET':
        return list(call, format);
      case 'POST':
        return post(call, format);
      case 'DELETE':
        return deleteCollection(call, format);
    }
  } else {
    switch (request.method) {
      case 'GET':
        return get(call, format);
      case 'PUT':
        return put(call, format);
      case 'PATCH':
        return patch(call, format);
      case 'DELETE':
        return deleteOne(call, format);
    }
  }
  throw methodNotAllowed();
}

/** As parseVersion, for requests that upstream answers without its usual wording. */
export function exactVersion(version: string | undefined): number {
  if (!version || /^\d{1,15}$/.test(version)) return Number(version ?? 0);
  const quoted = JSON.stringify(version);
  throw new StatusError(500, '', `resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: invalid syntax`);
}

export function get(call: Call, format: Format): ApiResponse {
  const { context, definition, path, request } = call;
  const { store } = context.core;
  const version = exactVersion(text(request.query, 'resourceVersion'));
  if (version > store.revision) throw tooLargeVersion(version, store.revision);
  const stored = store.get(definition.table, keyOf(namespaceOf(call), path.name!));
  if (!stored) throw notFound(definition, path.name!);
  return jsonResponse(200, objectJson(context.core, definition, stored, format, includeObject(request.query)));
}

function listRequest(call: Call): ListRequest {
  const { query } = call.request;
  return {
    namespace: namespaceOf(call),
    labelSelector: text(query, 'labelSelector'),
    fieldSelector: text(query, 'fieldSelector'),
    limit: Math.max(0, number(query, 'limit') ?? 0),
    continue: text(query, 'continue'),
    resourceVersion: text(query, 'resourceVersion'),
    resourceVersionMatch: text(query, 'resourceVersionMatch'),
  };
}

function list(call: Call, format: Format): ApiResponse {
  const { context, definition, request } = call;
  const { query } = request;
  const include = includeObject(query);
  number(query, 'timeoutSeconds');
  if (flag(query, 'watch')) {
    const wanted = {
      ...listRequest(call),
      sendInitialEvents: query.has('sendInitialEvents') ? flag(query, 'sendInitialEvents') : undefined,
      allowWatchBookmarks: flag(query, 'allowWatchBookmarks'),
      timeoutSeconds: number(query, 'timeoutSeconds'),
    };
    negotiateStream(format);
    return watch(context.core, definition, wanted, format, include);
  }
  if (query.has('sendInitialEvents')) throw initialEventsForbidden();
  return listResponse(context.core, definition, listPage(context.core, definition, listRequest(call)), format, include);
}

const initialEventsForbidden = () =>
  new StatusError(
    422,
    'Invalid',
    'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list',
    {
      group: 'meta.k8s.io',
      kind: 'ListOptions',
      causes: [
        { reason: 'FieldValueForbidden', message: 'Forbidden: sendInitialEvents is forbidden for list', field: 'sendInitialEvents' },
      ],
    },
  );

async function post(call: Call, format: Format): Promise<ApiResponse> {
  const { context, definition, request } = call;
  const options = writeOptions(request, 'CreateOptions', call.warn);
  const object = await readKind(request, definition, options);
  return answer(call, 201, create(context.core, definition, namespaceOf(call), object, options), format);
}

export async function put(call: Call, format: Format, subresource?: string): Promise<ApiResponse> {
  const { context, definition, request, path } = call;
  const { core } = context;
  const options = writeOptions(request, 'UpdateOptions', call.warn);
  const object = await readKind(request, definition, options);
  const namespace = namespaceOf(call);
  const name = path.name!;
  if (definition.strategy.createOnUpdate && !subresource && !core.store.get(definition.table, keyOf(namespace, name))) {
    return answer(call, 201, create(core, definition, namespace, object, options), format);
  }
  const written = update(core, definition, namespace, name, () => object, {
    ...options,
    replaces: true,
    ...(subresource && { subresource }),
  });
  return answer(call, 200, written, format);
}

export async function patch(call: Call, format: Format, subresource?: string): Promise<ApiResponse> {
  const { context, definition, request, path } = call;
  const { core } = context;
  const namespace = namespaceOf(call);
  const wanted = await readPatch(request, definition);
  const options = { ...writeOptions(request, 'PatchOptions', call.warn), ...(subresource && { subresource }) };
  if (wanted.type === 'change') {
    const { change, describe } = wanted;
    return answer(call, 200, update(core, definition, namespace, path.name!, change, { ...options, describe }), format);
  }
  checkKind(definition, wanted.object, definition.apiVersion, definition.kind);
  checkName(path.name!, wanted.object.metadata);
  const manager = applyManager(request);
  if (subresource && !core.store.get(definition.table, keyOf(namespace, path.name!))) throw notFound(definition, path.name!);
  const { object, created } = apply(core, definition, namespace, path.name!, wanted.object, {
    ...options,
    fieldManager: manager,
    force: flag(request.query, 'force'),
  });
  return answer(call, created ? 201 : 200, object, format);
}

/** DeleteOptions come as a body, as query parameters, or not at all. */
async function deleteOptions(request: ApiRequest): Promise<DeleteOptions & { dryRun?: string[]; orphanDependents?: boolean }> {
  const { query } = request;
  const bytes = await request.body();
  const body = (bytes.length > 0 ? (await readObject(request)).object : {}) as DeleteOptions & {
    dryRun?: string[];
    orphanDependents?: boolean;
  };
  const grace = number(query, 'gracePeriodSeconds');
  const policy = text(query, 'propagationPolicy') as DeleteOptions['propagationPolicy'];
  const orphans = query.has('orphanDependents') ? flag(query, 'orphanDependents') : body.orphanDependents;
  const old = orphans === undefined ? undefined : orphans ? 'Orphan' : 'Background';
  const chosen = policy ?? body.propagationPolicy ?? old;
  checkDeleteOptions(body, policy ?? body.propagationPolicy, orphans);
  return { ...body, ...(grace !== undefined && { gracePeriodSeconds: grace }), ...(chosen && { propagationPolicy: chosen }) };
}

/** apimachinery's ValidateDeleteOptions. */
function checkDeleteOptions(
  body: { dryRun?: string[]; kind?: string; apiVersion?: string },
  policy: string | undefined,
  orphans?: boolean,
): void {
  if (body.kind !== undefined && body.kind !== '' && body.kind !== 'DeleteOptions') {
    throw badRequest(`no kind "${body.kind}" is registered for version "${body.apiVersion ?? ''}" in scheme "pkg/runtime/scheme.go:111"`);
  }
  const refuse = (reason: string, message: string, field: string) =>
    invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', [{ reason, message, field }]);
  if (policy !== undefined && orphans !== undefined) {
    const message = `Invalid value: ${JSON.stringify(policy)}: orphanDependents and deletionPropagation cannot be both set`;
    throw refuse('FieldValueInvalid', message, 'propagationPolicy');
  }
  if (policy !== undefined && !['Foreground', 'Background', 'Orphan'].includes(policy)) {
    const message = `Unsupported value: ${JSON.stringify(policy)}: supported values: "Foreground", "Background", "Orphan", "nil"`;
    throw refuse('FieldValueNotSupported', message, 'propagationPolicy');
  }
  if (body.dryRun?.some((value) => value !== 'All')) {
    const message = `Unsupported value: ${JSON.stringify(body.dryRun)}: supported values: "All"`;
    throw refuse('FieldValueNotSupported', message, 'dryRun');
  }
}

async function deleteOne(call: Call, format: Format): Promise<ApiResponse> {
  const { context, definition, request, path } = call;
  const options = writeOptions(request, 'DeleteOptions', call.warn);
  const wanted = await deleteOptions(request);
  if (wanted.dryRun?.length) options.dryRun = true;
  const { object, gone } = remove(context.core, definition, namespaceOf(call), path.name!, wanted, options);
  if (!gone || definition.strategy.returnsDeleted) return answer(call, 200, object, format);
  await context.core.store.committed();
  const { name, uid } = object.metadata;
  const details = { name, ...(definition.group && { group: definition.group }), kind: definition.plural, uid };
  return jsonResponse(200, JSON.stringify({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details }));
}

async function deleteCollection(call: Call, format: Format): Promise<ApiResponse> {
  const { context, definition, request } = call;
  const { core } = context;
  const options = writeOptions(request, 'DeleteOptions', call.warn);
  const wanted = await deleteOptions(request);
  if (wanted.dryRun?.length) options.dryRun = true;
  const page = listPage(core, definition, listRequest(call));
  const { preconditions: _single, ...each } = wanted;
  for (const { metadata } of page.items) {
    // An earlier deletion may have taken this one along.
    if (core.store.get(definition.table, keyOf(metadata.namespace, metadata.name))) {
      remove(core, definition, metadata.namespace, metadata.name, each, options);
    }
  }
  await core.store.committed();
  return listResponse(core, definition, page, format, includeObject(request.query));
}
