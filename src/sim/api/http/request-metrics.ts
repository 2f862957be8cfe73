import type { ServerContext } from './context.ts';
import type { ApiRequest, ApiResponse } from './message.ts';
import { parseResourcePath } from './route.ts';
import { flag } from './parameters.ts';

/** How often what was asked, for /metrics. */
export class RequestCounts {
  /** By the labels' values; they are written out when somebody asks. */
  readonly #counts = new Map<string, { labels: Record<string, string>; count: number }>();

  count(request: ApiRequest, response: ApiResponse): void {
    const values = { code: String(response.status), ...labelsOf(request) };
    const key = Object.values(values).join('\0');
    const counted = this.#counts.get(key);
    if (counted) counted.count++;
    else this.#counts.set(key, { labels: values, count: 1 });
  }

  lines(): string[] {
    return [...this.#counts.values()].map((one) => `apiserver_request_total${labels(one.labels)} ${one.count}`).sort();
  }
}

const verbs: Readonly<Record<string, string>> = { HEAD: 'GET', PROPFIND: 'other' };

/** A client can ask for any name: what is not served counts as no resource. */
function labelsOf(request: ApiRequest): Record<string, string> {
  const path = parseResourcePath(request.path);
  const { group = '', version = '', plural: resource = '', subresource = '', name } = path ?? {};
  const scope = !path ? '' : name !== undefined ? 'resource' : path.namespace !== undefined ? 'namespace' : 'cluster';
  const collection = request.method === 'GET' && path && name === undefined;
  const verb = collection ? (flag(request.query, 'watch') ? 'WATCH' : 'LIST') : (verbs[request.method] ?? request.method);
  return { component: 'apiserver', group, resource, scope, subresource, verb, version };
}

const escape = (text: string): string =>
  text
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`);

const labels = (of: Record<string, string>): string =>
  `{${Object.entries(of)
    .map(([name, value]) => `${name}="${escape(value)}"`)
    .join(',')}}`;

/** Prometheus' text format. */
export function metricsText({ core, requests }: ServerContext): ApiResponse {
  const objects = core.store.resources().map((resource) => {
    const [group = '', plural = ''] = resource.split('/');
    return `apiserver_resource_objects${labels({ group, resource: plural })} ${core.store.table(resource).size}`;
  });
  const families = [
    ['apiserver_request_total', 'counter', 'Requests by verb, resource and HTTP response code.', requests.lines()],
    ['apiserver_resource_objects', 'gauge', 'Number of stored objects.', objects],
    ['etcd_revision', 'gauge', "The store's revision.", [`etcd_revision ${core.store.revision}`]],
  ] as const;
  const lines = families.flatMap(([name, type, help, samples]) => [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples]);
  return { status: 200, headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }, body: `${lines.join('\n')}\n` };
}
