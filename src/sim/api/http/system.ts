import { StatusError } from '../../../kube/status.ts';
import { aggregated, apiGroup, apiGroupList, apiResourceList, apiVersions } from '../discovery/discovery.ts';
import { openapiOf, openapiRoot, openapiV2 } from '../discovery/openapi.ts';
import type { ServerContext } from './context.ts';
import { health, healthPaths } from './health.ts';
import { notModified, withTag } from './entity-tag.ts';
import { negotiate } from './media.ts';
import { metricsText } from './request-metrics.ts';
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

/** Paths that are about no resource: discovery, OpenAPI, version and health. Undefined where there is no such path. */
export function handleSystemPath(context: ServerContext, request: ApiRequest): ApiResponse | undefined {
  const { path } = request;
  if (/^\/(healthz|livez|readyz)(\/|$)/.test(path)) return health(context, request);
  if (path === '/version' || path === '/version/') return json(version);
  if (path === '/metrics') return metricsText(context);
  if (path === '/openapi/v2') return swagger(context, request);
  if (path === '/openapi/v3' || path === '/openapi/v3/') {
    const body = JSON.stringify(openapiRoot(context.core.catalog));
    return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
  }
  if (path.startsWith('/openapi/v3/')) {
    const document = openapiOf(context.core.catalog, path.slice('/openapi/v3/'.length));
    if (!document) return { status: 404, headers: {}, body: '' };
    return notModified(request, withTag(json(document)));
  }
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

function discovery({ core, address }: ServerContext, request: ApiRequest): ApiResponse | undefined {
  const { path, header } = request;
  const parts = path.replace(/\/$/, '').split('/').slice(1);
  if (parts[0] === 'api' || parts[0] === 'apis') {
    const isCore = parts[0] === 'api';
    const inGroups = parts.length === 1 && asksAggregated(header('accept'));
    if (!inGroups) negotiate(header('accept'), { as: [], plainly: true });
    if (parts.length === 1) {
      if (inGroups) {
        const response = json(aggregated(core.catalog, isCore), { 'content-type': v2, 'cache-control': 'public' });
        return notModified(request, withTag(response));
      }
      return json(isCore ? apiVersions(address) : apiGroupList(core.catalog));
    }
    if (isCore) return parts.length === 2 ? maybe(apiResourceList(core.catalog, '', parts[1]!)) : undefined;
    if (parts.length === 2) return maybe(apiGroup(core.catalog, parts[1]!));
    return parts.length === 3 ? maybe(apiResourceList(core.catalog, parts[1]!, parts[2]!)) : undefined;
  }
  return path === '/' ? json({ paths: paths(core.catalog) }) : undefined;
}

/** The first form of an Accept header that there is decides. Throws 406. */
function asksAggregated(accept: string | undefined): boolean {
  for (const clause of (accept ?? '').split(',')) {
    const parameters = new Set(clause.split(';').map((part) => part.trim()));
    const json = parameters.has('application/json') || parameters.has('*/*');
    if (!clause.includes('as=')) break;
    if (json && ['as=APIGroupDiscoveryList', 'g=apidiscovery.k8s.io', 'v=v2'].every((part) => parameters.has(part))) return true;
  }
  return false;
}

function paths(catalog: ServerContext['core']['catalog']): string[] {
  const groups = catalog.all().flatMap(({ group, version }) => (group === '' ? [] : [`/apis/${group}`, `/apis/${group}/${version}`]));
  const others = ['/api', '/api/v1', '/apis', '/apis/', '/metrics', '/openapi/v3', '/openapi/v3/', '/version'];
  return [...new Set([...others, ...groups, ...healthPaths()])].sort();
}
