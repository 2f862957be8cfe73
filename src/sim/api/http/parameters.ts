import { badRequest, invalid, type StatusCause } from '../../../kube/status.ts';
import type { WriteOptions } from '../registry/core.ts';
import type { IncludeObject } from '../table/table.ts';
import { mediaType } from './body.ts';
import type { ApiRequest } from './message.ts';

export const flag = (query: URLSearchParams, name: string): boolean => {
  const value = query.get(name);
  return value !== null && value !== 'false' && value !== '0';
};

export function number(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (/^-?\d{1,15}$/.test(text)) return Number(text);
  throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}

export const text = (query: URLSearchParams, name: string): string | undefined => query.get(name) || undefined;

/** dryRun, fieldManager and fieldValidation of a write. */
export function writeOptions(request: ApiRequest, kind: string, warn: (text: string) => void): WriteOptions & { fieldManager: string } {
  const { query } = request;
  const options = (message: string, field: string) =>
    invalid({ group: 'meta.k8s.io', kind }, '', [{ reason: 'FieldValueNotSupported', message, field }]);
  const dryRun = query.getAll('dryRun').filter((value) => value !== '');
  for (const value of dryRun) {
    if (value !== 'All') throw options(`Unsupported value: ${JSON.stringify(dryRun)}: supported values: "All"`, 'dryRun');
  }
  const validation = text(query, 'fieldValidation') ?? 'Warn';
  if (validation !== 'Strict' && validation !== 'Warn' && validation !== 'Ignore') {
    throw options(`Unsupported value: ${JSON.stringify(validation)}: supported values: "", "Ignore", "Strict", "Warn"`, 'fieldValidation');
  }
  const causes = managerCauses(query.get('fieldManager') ?? '');
  if (kind === 'PatchOptions' && query.get('force') && mediaType(request) !== 'application/apply-patch+yaml') {
    causes.push({ reason: 'FieldValueForbidden', message: 'Forbidden: may not be specified for non-apply patch', field: 'force' });
  }
  if (causes.length > 0) throw invalid({ group: 'meta.k8s.io', kind }, '', causes);
  return {
    dryRun: dryRun.length > 0,
    fieldManager: text(query, 'fieldManager') ?? managerOf(request.header('user-agent')),
    fieldValidation: validation,
    warn,
    owned: true,
    user: request.user,
  };
}

/** apimachinery's ValidateFieldManager. */
function managerCauses(manager: string): StatusCause[] {
  const field = 'fieldManager';
  if (Buffer.byteLength(manager) > 128)
    return [{ reason: 'FieldValueTooLong', message: 'Too long: may not be more than 128 bytes', field }];
  const position = [...manager].findIndex((c) => !/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(c));
  if (position === -1) return [];
  const code = [...manager][position]!.codePointAt(0)!;
  // As Go's %q.
  const shown = JSON.stringify(manager).replace(
    /\\u00(0[7b]|[0-9a-f]{2})/g,
    (_, hex) => ({ '07': '\\a', '0b': '\\v' })[hex as string] ?? `\\x${hex}`,
  );
  const point = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  return [{ reason: 'FieldValueInvalid', message: `Invalid value: ${shown}: invalid character ${point} (at position ${position})`, field }];
}

/** Without a name of its own, a client's fields are kept under the first word of its User-Agent. */
const managerOf = (agent: string | undefined): string => (agent?.split('/')[0] || 'unknown').slice(0, 128);

export function includeObject(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject') ?? 'Metadata';
  if (value === 'None' || value === 'Metadata' || value === 'Object') return value;
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(value)}: must be 'Metadata', 'Object', 'None', or empty`,
  );
}
