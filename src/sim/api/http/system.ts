import { StatusError } from '../../../kube/status.ts';
import { aggregated, apiGroup, apiGroupList, apiResourceList, apiVersions } from '../discovery/discovery.ts';
import { openapiOf, openapiRoot, openapiV2 } from '../discovery/openapi.ts';
import type { ServerContext } from './context.ts';
import { jsonResponse, type ApiRequest, type ApiResponse } from './message.ts';

const version = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.3',
  gitCommit: 'simulated by kindlab',
  gitTreeState: 'clean',
  buildDate: '2026-07-15T00:00:00Z',
  goVersion: 'go1.26.0',
  compiler: 'gc',
  platform: 'linux/amd64',
};

const checks = ['ping', 'log', 'etcd', 'poststarthook/start-apiextensions-controllers', 'poststarthook/rbac/bootstrap-roles'];

/** Paths that are about no resource: discovery, OpenAPI, version and health. Undefined where there is no such path. */
export function handleSystemPath(context: ServerContext, request: ApiRequest): ApiResponse | undefined {
  const { path } = request;
  if (/^\/(healthz|livez|readyz)(\/|$)/.test(path)) return health(request);
  if (path === '/version' || path === '/version/') return json(version);
  if (path === '/metrics') return metrics(context);
  if (path === '/openapi/v2') return swagger(context, request);
  if (path === '/openapi/v3' || path === '/openapi/v3/') return json(openapiRoot(context.core.catalog));
  if (path.startsWith('/openapi/v3/')) return maybe(openapiOf(context.core.catalog, path.slice('/openapi/v3/'.length)));
  return discovery(context, request);
}

/** Clients that know no OpenAPI v3 want protobuf first, and take JSON. */
function swagger({ core }: ServerContext, request: ApiRequest): ApiResponse {
  const accept = request.header('accept') ?? '*/*';
  if (!/json|\*\/\*/.test(accept))
    throw new StatusError(406, 'NotAcceptable', 'only the following media types are accepted: application/json');
  const { text, hash } = openapiV2(core.catalog);
  const etag = `"${hash}"`;
  return request.header('if-none-match') === etag ? { status: 304, headers: { etag }, body: '' } : jsonResponse(200, text, { etag });
}

const json = (body: object, headers: Record<string, string> = {}): ApiResponse => jsonResponse(200, JSON.stringify(body), headers);
const maybe = (body: object | undefined): ApiResponse | undefined => body && json(body);

const v2 = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

function discovery({ core, address }: ServerContext, { path, header }: ApiRequest): ApiResponse | undefined {
  const parts = path.replace(/\/$/, '').split('/').slice(1);
  const wantsAggregated = /as=APIGroupDiscoveryList/.test(header('accept') ?? '') && /v=v2(;|,|$)/.test(header('accept') ?? '');
  if (parts[0] === 'api') {
    if (parts.length === 1)
      return wantsAggregated ? json(aggregated(core.catalog, true), { 'content-type': v2 }) : json(apiVersions(address));
    return parts.length === 2 ? maybe(apiResourceList(core.catalog, '', parts[1]!)) : undefined;
  }
  if (parts[0] === 'apis') {
    if (parts.length === 1)
      return wantsAggregated ? json(aggregated(core.catalog, false), { 'content-type': v2 }) : json(apiGroupList(core.catalog));
    if (parts.length === 2) return maybe(apiGroup(core.catalog, parts[1]!));
    return parts.length === 3 ? maybe(apiResourceList(core.catalog, parts[1]!, parts[2]!)) : undefined;
  }
  if (path === '/')
    return json({ paths: ['/api', '/api/v1', '/apis', '/healthz', '/livez', '/metrics', '/openapi/v3', '/readyz', '/version'] });
  return undefined;
}

function health({ path, query }: ApiRequest): ApiResponse | undefined {
  const [, kind = '', ...parts] = path.split('/');
  const check = parts.length > 0 ? parts.join('/') : undefined;
  if (check && !checks.includes(check)) return undefined;
  const verbose = query.has('verbose') && check === undefined;
  const text = verbose ? `${checks.map((name) => `[+]${name} ok`).join('\n')}\n${kind} check passed\n` : 'ok';
  return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: text };
}

function metrics({ core }: ServerContext): ApiResponse {
  const lines = core.store.resources().map((resource) => {
    const [group, plural] = resource.split('/');
    return `apiserver_resource_objects{group="${group}",resource="${plural}"} ${core.store.table(resource).size}`;
  });
  const head = ['# HELP apiserver_resource_objects Number of stored objects.', '# TYPE apiserver_resource_objects gauge'];
  return {
    status: 200,
    headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
    body: `${[...head, ...lines].join('\n')}\n`,
  };
}
