import { StatusError } from '../../../kube/status.ts';
import { formatPath, paths, type FieldSet } from './field-set.ts';
import type { Manager } from './managed-fields.ts';

export interface Conflict {
  manager: Manager;
  fields: FieldSet;
}

const printed = ({ manager, operation, apiVersion, subresource }: Manager): string =>
  `${JSON.stringify(manager)}${subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`}${operation === 'Update' ? ` using ${apiVersion}` : ''}`;

/** 409 with a cause a field, as upstream words it (managedfields/internal/conflict.go). */
export function applyConflict(conflicts: readonly Conflict[]): StatusError {
  const all = conflicts.flatMap(({ manager, fields }) =>
    [...paths(fields)].map((path) => ({ who: printed(manager), path: formatPath(path) })),
  );
  const causes = all.map(({ who, path }) => ({ reason: 'FieldManagerConflict', message: `conflict with ${who}`, field: path }));
  return new StatusError(409, 'Conflict', text(all), { causes });
}

function text(all: readonly { who: string; path: string }[]): string {
  const [first] = all;
  if (all.length === 1 && first) return `Apply failed with 1 conflict: conflict with ${first.who}: ${first.path}`;
  const lines = [...new Set(all.map(({ who }) => who))]
    .sort()
    .flatMap((who) => [`conflicts with ${who}:`, ...all.filter((conflict) => conflict.who === who).map(({ path }) => `- ${path}`)]);
  return `Apply failed with ${all.length} conflicts: ${lines.join('\n')}`;
}
