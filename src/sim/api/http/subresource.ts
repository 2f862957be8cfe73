import { badRequest, StatusError } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { withEphemeralContainers } from '../subresources/ephemeral-containers.ts';
import { bind, type BindingTarget } from '../subresources/binding.ts';
import { evict } from '../subresources/eviction.ts';
import { getScale, putScale, type Scale } from '../subresources/scale.ts';
import { requestToken } from '../subresources/token.ts';
import type { DeleteOptions } from '../client.ts';
import { update } from '../registry/update.ts';
import { schemaOf, type Json } from '../machinery.ts';
import { readObject } from './body.ts';
import { methodNotAllowed, unknownResource } from './errors.ts';
import { noteManager } from './note-manager.ts';
import { negotiate, type Format } from './media.ts';
import { jsonResponse, type ApiResponse } from './message.ts';
import { writeOptions } from './parameters.ts';
import { answer, get, namespaceOf, patch, put, type Call } from './resource.ts';
import { readPatch } from './patch-body.ts';
import { logs } from '../streams/logs.ts';
import { proxy } from '../streams/proxy.ts';
import { upgradeRequired } from '../streams/upgrade-errors.ts';

const success = (code: number): string => JSON.stringify({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code });

/** /NAME/SUBRESOURCE. */
export async function handleSubresource(call: Call): Promise<ApiResponse> {
  const { path, definition, request } = call;
  const subresource = path.subresource!;
  if (!(subresource in definition.subresources)) throw unknownResource();
  switch (subresource) {
    case 'scale':
      return scale(call);
    case 'eviction':
      return eviction(call);
    case 'binding':
      return binding(call);
    case 'token':
      return token(call);
    case 'log':
      return logs(call);
    case 'proxy':
      return proxy(call);
    case 'exec':
    case 'attach':
    case 'portforward':
      throw upgradeRequired(call.context.core, path.namespace!, path.name!);
    case 'ephemeralcontainers':
      return ephemeralContainers(call, negotiate(request.header('accept'), { protobuf: !definition.custom }));
    default:
      return sameKind(call, negotiate(request.header('accept'), { protobuf: !definition.custom }), subresource);
  }
}

/** status, finalize, approval, resize: the object itself, of which a part is written. */
function sameKind(call: Call, format: Format, subresource: string): Promise<ApiResponse> | ApiResponse {
  switch (call.request.method) {
    case 'GET':
      return get(call, format);
    case 'PUT':
      return put(call, format, subresource);
    case 'PATCH':
      return patch(call, format, subresource);
    default:
      throw methodNotAllowed();
  }
}

async function scale(call: Call): Promise<ApiResponse> {
  const { context, definition, path, request } = call;
  const { core } = context;
  const namespace = namespaceOf(call);
  if (request.method === 'GET') return jsonResponse(200, JSON.stringify(getScale(core, definition, namespace, path.name!)));
  if (request.method !== 'PUT' && request.method !== 'PATCH') throw methodNotAllowed();
  const { fieldValidation: _unknown, ...options } = writeOptions(request, 'UpdateOptions', call.warn);
  let change: (old: Scale) => Scale;
  if (request.method === 'PUT') {
    const { object } = await readObject(request);
    checkScale(object, path.name!);
    change = () => object as unknown as Scale;
  } else {
    const wanted = await readPatch(request, { ...definition, apiVersion: 'autoscaling/v1', kind: 'Scale' });
    change = wanted.type === 'change' ? (old) => wanted.change(old) as Scale : (old) => ({ ...old, spec: (wanted.object as Scale).spec });
  }
  const written = putScale(core, definition, namespace, path.name!, change, { ...options, subresource: 'scale' });
  await core.store.committed();
  return jsonResponse(200, JSON.stringify(written));
}

function checkScale(object: Json, name: string): void {
  const {
    kind = 'Scale',
    apiVersion = 'autoscaling/v1',
    metadata,
  } = object as { kind?: string; apiVersion?: string; metadata?: { name?: string } };
  if (kind !== 'Scale') {
    const short = apiVersion.split('/').at(-1)!;
    throw badRequest(
      `${kind} in version "${short}" cannot be handled as a Scale: converting (${short}.${kind}) to (autoscaling.Scale): unknown conversion`,
    );
  }
  if (metadata?.name && metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
  }
}

async function eviction(call: Call): Promise<ApiResponse> {
  const { context, path, request } = call;
  if (request.method !== 'POST') throw methodNotAllowed();
  const { object } = await readObject(request);
  const { name } = (object['metadata'] ?? {}) as { name?: string };
  if (name !== path.name) throw badRequest('name in URL does not match name in Eviction object');
  const wanted = (object['deleteOptions'] ?? {}) as DeleteOptions & { dryRun?: string[] };
  const options = writeOptions(request, 'CreateOptions', call.warn);
  const dryRun = Boolean(options.dryRun) || (wanted.dryRun?.length ?? 0) > 0;
  evict(context.core, path.namespace!, path.name!, wanted, { dryRun });
  await context.core.store.committed();
  return jsonResponse(201, success(201));
}

async function binding(call: Call): Promise<ApiResponse> {
  const { context, path, request } = call;
  if (request.method !== 'POST') throw methodNotAllowed();
  const { object } = await readObject(request);
  const { name } = (object['metadata'] ?? {}) as { name?: string };
  if (name !== path.name) throw badRequest('name in URL does not match name in Binding object');
  if (!(object['target'] as BindingTarget | undefined)?.name) throw new StatusError(500, '', 'target.name: Required value');
  bind(context.core, path.namespace!, path.name!, (object['target'] ?? { name: '' }) as BindingTarget);
  await context.core.store.committed();
  return jsonResponse(201, success(201));
}

async function token(call: Call): Promise<ApiResponse> {
  const { context, path, request } = call;
  if (request.method !== 'POST') throw methodNotAllowed();
  const { object } = await readObject(request);
  const { apiVersion = 'authentication.k8s.io/v1', kind = 'TokenRequest' } = object as { apiVersion?: string; kind?: string };
  const answered = requestToken(context.core, context.tokens, path.namespace!, path.name!, object);
  noteManager(call, { ...object, apiVersion, kind }, answered, schemaOf(apiVersion, kind));
  return jsonResponse(201, JSON.stringify(answered));
}

async function ephemeralContainers(call: Call, format: Format): Promise<ApiResponse> {
  const { context, definition, path, request } = call;
  if (request.method === 'GET') return get(call, format);
  const options = writeOptions(request, 'PatchOptions', call.warn);
  let wanted: (old: KubeObject) => KubeObject;
  if (request.method === 'PUT') {
    const { object } = await readObject(request);
    wanted = () => object as unknown as KubeObject;
  } else {
    const read = await readPatch(request, definition);
    wanted = read.type === 'change' ? read.change : () => read.object;
  }
  const change = (old: KubeObject) => withEphemeralContainers(old, wanted(old));
  const written = update(context.core, definition, namespaceOf(call), path.name!, change, {
    ...options,
    subresource: 'ephemeralcontainers',
  });
  return answer(call, 200, written, format);
}
