import { badRequest, gone, invalid, StatusError } from '../../../kube/status.ts';
import { messageOf } from '../../../base/errors.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { readJson } from '../machinery.ts';
import type { Core } from './core.ts';
import type { Definition } from './definition.ts';
import { selector, type Selection } from './select.ts';

export interface ListRequest extends Selection {
  namespace?: string | undefined;
  name?: string | undefined;
  limit?: number;
  continue?: string | undefined;
  resourceVersion?: string | undefined;
  resourceVersionMatch?: string | undefined;
}

export interface Page {
  /** As they are stored. */
  items: KubeObject[];
  resourceVersion: string;
  continue?: string;
  remainingItemCount?: number;
}

/** GET of a collection, with the resourceVersion and chunk rules of apiserver/pkg/storage. */
export function listPage(core: Core, definition: Definition, request: ListRequest): Page {
  checkVersionMatch(request);
  const matches = selector(definition, request);
  const { revision, start, consistent } = position(core, definition, request);
  const table = core.store.table(definition.table);
  const prefix = request.namespace ? `${request.namespace}/` : '';
  const old = revision < core.store.revision && table.since(revision)?.length !== 0 ? table.at(revision) : undefined;
  if (consistent && !old && revision < core.store.revision && table.since(revision) === undefined) throw expiredList();
  const keys = old ? [...old.keys()].filter((key) => key.startsWith(prefix)) : table.keys(prefix);
  const items: KubeObject[] = [];
  // The cache, which may answer what is wanted "at any version", knows no pages.
  const limit = (request.resourceVersion === '0' && !request.continue ? 0 : request.limit) || Infinity;
  let last = '';
  let next = start === undefined ? 0 : keys.findIndex((key) => key >= start);
  if (next === -1) next = keys.length;
  for (; next < keys.length && items.length < limit; next++) {
    last = keys[next]!;
    const object = (old ? old.get(last) : table.get(last))!;
    if (!matches || matches(object)) items.push(object);
  }
  const more = next < keys.length;
  return {
    items,
    resourceVersion: String(revision),
    ...(more && { continue: encodeToken({ rv: revision, start: `${last}\0` }) }),
    ...(more && !matches && { remainingItemCount: keys.length - next }),
  };
}

interface Token {
  rv: number;
  start: string;
}

const encodeToken = (token: Token): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: token.rv, start: token.start })).toString('base64url');

function decodeToken(text: string): Token {
  const refuse = (why: string) => badRequest(`invalid continue token: continue key is not valid: ${why}`);
  const good = /^[A-Za-z0-9_-]*/.exec(text)![0].length;
  if (good < text.length || good % 4 === 1) throw refuse(`illegal base64 data at input byte ${good < text.length ? good : good - 1}`);
  let token: Partial<Token> & { v?: string };
  try {
    token = readJson(Buffer.from(text, 'base64url')).value as typeof token;
  } catch (error) {
    throw refuse(messageOf(error));
  }
  const { v = '', rv = 0, start = '' } = token;
  if (v !== 'meta.k8s.io/v1') throw refuse(`server does not recognize this encoded version ${v}`);
  if (start === '') throw refuse('encoded start key empty (version meta.k8s.io/v1)');
  return { rv, start };
}

/** From which revision, and where in it, a list is read. */
function position(core: Core, definition: Definition, request: ListRequest): { revision: number; start?: string; consistent: boolean } {
  const now = core.store.revision;
  if (request.continue) {
    if (request.resourceVersion && request.resourceVersion !== '0') {
      throw badRequest('specifying resource version is not allowed when using continue');
    }
    const { rv, start } = decodeToken(request.continue);
    if (rv < 0) return { revision: now, start, consistent: false };
    if (core.store.table(definition.table).since(rv) === undefined) throw expiredToken(start);
    return { revision: rv, start, consistent: true };
  }
  const version = parseVersion(request.resourceVersion);
  if (version > now) throw tooLargeVersion(version, now);
  const exact =
    request.resourceVersionMatch === 'Exact' || (request.resourceVersionMatch === undefined && Boolean(request.limit) && version > 0);
  return exact ? { revision: version, consistent: true } : { revision: now, consistent: true };
}

export function parseVersion(text: string | undefined): number {
  if (!text) return 0;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw badRequest(
    `invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
  );
}

export function tooLargeVersion(wanted: number, current: number): StatusError {
  return new StatusError(504, 'Timeout', `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

const expiredList = () => gone('The resourceVersion for the provided list is too old.');

function expiredToken(start: string): StatusError {
  const error = new StatusError(
    410,
    'Expired',
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
  );
  error.status.metadata['continue'] = encodeToken({ rv: -1, start });
  return error;
}

function checkVersionMatch({ resourceVersion, resourceVersionMatch: match, continue: token }: ListRequest): void {
  if (match === undefined || match === '') return;
  const refuse = (message: string) =>
    invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', [
      { reason: 'FieldValueForbidden', message: `Forbidden: ${message}`, field: 'resourceVersionMatch' },
    ]);
  if (token) throw refuse('resourceVersionMatch is forbidden when continue is provided');
  if (!resourceVersion) throw refuse('resourceVersionMatch is forbidden unless resourceVersion is provided');
  if (match !== 'Exact' && match !== 'NotOlderThan') {
    throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', [
      {
        reason: 'FieldValueNotSupported',
        message: `Unsupported value: ${JSON.stringify(match)}: supported values: "Exact", "NotOlderThan", ""`,
        field: 'resourceVersionMatch',
      },
    ]);
  }
  if (match === 'Exact' && resourceVersion === '0') throw refuse('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
}
