import type { ApiRequest } from './message.ts';

/** What a path under /api/v1 or /apis/GROUP/VERSION names. */
export interface ResourcePath {
  group: string;
  version: string;
  namespace?: string;
  plural: string;
  name?: string;
  subresource?: string;
  /** After the subresource, with its slash, as proxies take it. */
  rest: string;
}

const ofNamespace = new Set(['status', 'finalize']);

/** Undefined where the path names no resource. */
export function parseResourcePath(path: string): ResourcePath | undefined {
  const segments = decoded(path).split('/').slice(1);
  const legacy = segments[0] === 'api';
  if (!legacy && segments[0] !== 'apis') return undefined;
  const [group, version, ...parts] = legacy ? ['', ...segments.slice(1)] : segments.slice(1);
  if (group === undefined || !version || !parts[0]) return undefined;
  const names = parts;
  // /namespaces/NAME and its own subresources are about the namespace; anything else after a name is inside of it.
  const scoped = names[0] === 'namespaces' && names.length > 2 && !(names.length === 3 && ofNamespace.has(names[2]!));
  const [plural, name, subresource, ...rest] = scoped ? names.slice(2) : names;
  return {
    group,
    version,
    ...(scoped && { namespace: names[1]! }),
    plural: plural!,
    ...(name && { name }),
    ...(subresource && { subresource }),
    rest: rest.length > 0 ? `/${rest.join('/')}` : '',
  };
}

/** Go splits a path after it has decoded it: an escaped slash is a slash. */
function decoded(path: string): string {
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    // Not an escape at all: the text stands for itself, and names nothing.
    return path;
  }
}

/** /api/v1/watch/… and /apis/GROUP/VERSION/watch/…, as clients asked before `?watch=true`. */
export function throughOldPath(request: ApiRequest): ApiRequest {
  const match = /^(\/api\/[^/]+|\/apis\/[^/]+\/[^/]+)\/watch\/(?:namespaces\/([^/]+)\/)?([^/]+)(?:\/([^/]+))?$/.exec(request.path);
  if (!match || request.method !== 'GET') return request;
  const [, root, namespace, plural, name] = match;
  const query = new URLSearchParams(request.query);
  query.set('watch', 'true');
  if (name !== undefined) query.set('fieldSelector', `metadata.name=${name}`);
  return { ...request, path: `${root}/${namespace === undefined ? '' : `namespaces/${namespace}/`}${plural}`, query };
}
