import { forbidden, StatusError } from '../../../kube/status.ts';
import { KindlabError, messageOf } from '../../../base/errors.ts';
import { authorized } from '../auth/authorize.ts';
import { impersonate, wantsImpersonation } from '../auth/impersonate.ts';
import type { Attributes } from '../auth/rules.ts';
import type { Definition } from '../registry/definition.ts';
import { metricsGroup } from '../metrics/definitions.ts';
import { metrics } from '../metrics/metrics.ts';
import { review } from '../subresources/reviews.ts';
import { readObject } from './body.ts';
import type { ServerContext } from './context.ts';
import { methodNotAllowed, unknownResource } from './errors.ts';
import { encodeResponse } from './encoding.ts';
import { negotiate } from './media.ts';
import { jsonResponse, warningHeader, type ApiRequest, type ApiResponse } from './message.ts';
import { noteManager } from './note-manager.ts';
import { flag } from './parameters.ts';
import { componentStatuses, componentStatusTable } from './component-statuses.ts';
import { handleResource, type Call } from './resource.ts';
import { parseResourcePath, throughOldPath, type ResourcePath } from './route.ts';
import { handleSubresource } from './subresource.ts';
import { handleSystemPath } from './system.ts';

/** What Go's mux answers where nothing is served. */
const pageNotFound: ApiResponse = {
  status: 404,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: '404 page not found\n',
};

export type Handler = (request: ApiRequest) => Promise<ApiResponse>;

/** The API server as a function from request to response. Every failure is answered with a Status. */
export const createHandler =
  (context: ServerContext): Handler =>
  async (sent) => {
    const warnings: string[] = [];
    let request = sent;
    let response: ApiResponse;
    try {
      if (wantsImpersonation(sent)) request = { ...sent, user: impersonate(context.core, sent.user, sent.header) };
      response = await route(context, request, (text) => warnings.push(text));
    } catch (error) {
      response = failure(error);
    }
    if (warnings.length > 0) response.headers['warning'] = [...new Set(warnings)].map(warningHeader);
    if (response.status !== 404) context.requests.count(request, response);
    return encodeResponse(request, response);
  };

async function route(context: ServerContext, asked: ApiRequest, warn: (text: string) => void): Promise<ApiResponse> {
  const request = throughOldPath(asked);
  const path = parseResourcePath(request.path);
  if (!path) {
    authorizePath(context, request);
    const response = handleSystemPath(context, request);
    const group = request.path.split('/')[2];
    const builtin = request.path.startsWith('/api/') || context.core.catalog.all().some((d) => d.group === group && !d.custom);
    if (!response && builtin) throw unknownResource();
    if (!response) return { ...pageNotFound, headers: { ...pageNotFound.headers } };
    // What is no part of the API's own routes answers whatever the method.
    const anyMethod = /^\/(healthz|livez|readyz|openapi)(\/|$)/.test(request.path);
    if (!anyMethod && !['GET', 'HEAD'].includes(request.method)) throw methodNotAllowed();
    return response;
  }
  const definition = context.core.catalog.find(path.group, path.version, path.plural);
  if (!definition) {
    if (!context.core.catalog.all().some((d) => d.group === path.group && (!d.custom || d.version === path.version)))
      return { ...pageNotFound, headers: { ...pageNotFound.headers } };
    throw unknownResource();
  }
  if (path.namespace !== undefined && !definition.namespaced) throw unknownResource();
  authorizeResource(context, request, path, definition);
  if (path.group === '' && path.plural === 'endpoints') warn('v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice');
  if (definition.custom?.deprecation) warn(definition.custom.deprecation);
  const call: Call = { context, request, path, definition, warn };
  if (definition.group === metricsGroup) return metrics(call);
  if (definition.table === componentStatusTable) {
    warn('v1 ComponentStatus is deprecated in v1.19+');
    return componentStatuses(call);
  }
  if (path.subresource !== undefined) return handleSubresource(call);
  if (!definition.verbs.includes('get') && !definition.verbs.includes('list')) return virtual(call);
  if (definition.namespaced && path.namespace === undefined && (path.name !== undefined || !['GET', 'HEAD'].includes(request.method))) {
    throw request.method === 'POST' || path.name === undefined ? methodNotAllowed() : unknownResource();
  }
  return handleResource(call);
}

/** Kinds that are only asked: reviews. */
async function virtual(call: Call): Promise<ApiResponse> {
  const { context, request, path, definition } = call;
  if (request.method !== 'POST') throw methodNotAllowed();
  negotiate(request.header('accept'), { as: [] });
  const { object } = await readObject(request);
  const { apiVersion, kind } = definition;
  const asked = { ...object, kind, apiVersion };
  const answered = review(context.core, kind, asked, request.user, (token) => context.tokens.user(token), path.namespace);
  if (!answered) throw unknownResource();
  // Who asks about himself is noted nowhere.
  if (kind !== 'SelfSubjectRulesReview' && kind !== 'SelfSubjectReview') noteManager(call, asked, answered, definition.schema());
  return jsonResponse(201, JSON.stringify(answered));
}

const verbs: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

function verbOf(request: ApiRequest, path: ResourcePath): string {
  if (request.method === 'GET' || request.method === 'HEAD') {
    if (path.name !== undefined) return 'get';
    return flag(request.query, 'watch') ? 'watch' : 'list';
  }
  if (request.method === 'DELETE' && path.name === undefined) return 'deletecollection';
  return verbs[request.method] ?? request.method.toLowerCase();
}

export function authorizeResource(context: ServerContext, request: ApiRequest, path: ResourcePath, definition: Definition): void {
  const verb = verbOf(request, path);
  const { namespace, name, subresource } = path;
  const attributes: Attributes = {
    verb,
    group: path.group,
    resource: path.plural,
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
    ...(subresource !== undefined && { subresource }),
  };
  const { user } = request;
  if (!context.rolesUnread && authorized(context.core, user, attributes)) return;
  // Anybody who is known may ask about oneself.
  if (definition.kind.startsWith('SelfSubject') && user.groups.includes('system:authenticated')) return;
  const resource = subresource ? `${path.plural}/${subresource}` : path.plural;
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  throw forbidden(
    { group: path.group, plural: path.plural },
    name ?? '',
    `User "${user.username}" cannot ${verb} resource "${resource}" in API group "${path.group}" ${where}`,
  );
}

function authorizePath(context: ServerContext, request: ApiRequest): void {
  const verb = request.method === 'GET' || request.method === 'HEAD' ? 'get' : (verbs[request.method] ?? request.method.toLowerCase());
  if (authorized(context.core, request.user, { verb, path: request.path })) return;
  throw new StatusError(403, 'Forbidden', `forbidden: User "${request.user.username}" cannot ${verb} path "${request.path}"`, {});
}

export function failure(error: unknown): ApiResponse {
  const status = error instanceof StatusError ? error.status : internal(error).status;
  const wait = status.details?.retryAfterSeconds;
  return jsonResponse(status.code, JSON.stringify(status), wait ? { 'retry-after': String(wait) } : {});
}

/** A defect of ours, or a disk that cannot be written. */
function internal(error: unknown): StatusError {
  const text = error instanceof KindlabError || !(error instanceof Error) ? messageOf(error) : `${error.name}: ${error.message}`;
  return new StatusError(500, 'InternalError', `Internal error occurred: ${text}`, { causes: [{ message: text }] });
}
