import type { KubeObject } from '../../../kube/types.ts';
import { jsonOf } from '../../store/object.ts';
import { toVersion } from '../registry/catalog.ts';
import type { Core } from '../registry/core.ts';
import type { Definition } from '../registry/definition.ts';
import { normalize } from '../machinery.ts';
import type { Cell } from './columns.ts';
import { columnsOf } from './index.ts';
import { partialJson } from './partial.ts';

export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** A meta.k8s.io Table of objects, as the server prints them for `kubectl get`. */
export function tableJson(
  core: Core,
  definition: Definition,
  items: readonly KubeObject[],
  metadata: object,
  include: IncludeObject,
  apiVersion = 'meta.k8s.io/v1',
): string {
  const columns = columnsOf(definition);
  const rows = items.map((item) => {
    const cells = JSON.stringify(columns.map((column) => column.value(item, core)));
    if (include === 'None') return `{"cells":${cells},"object":null}`;
    const object = include === 'Object' ? jsonOf(toVersion(definition, item)) : partialJson(item, apiVersion);
    return `{"cells":${cells},"object":${object}}`;
  });
  // Upstream's table of a kind without printer columns of its own leaves an empty list nil.
  const written = rows.length === 0 && columns[1]?.name === 'Created At' ? 'null' : `[${rows.join(',')}]`;
  const definitions = columns.map(({ name, type, format = '', description = '', priority = 0 }) => ({
    name,
    type,
    format,
    description,
    priority,
  }));
  return `{"kind":"Table","apiVersion":"${apiVersion}","metadata":${JSON.stringify(metadata)},"columnDefinitions":${JSON.stringify(definitions)},"rows":${written}}`;
}

/** A row of an object in which nothing is set, as a bookmark is printed. */
export function emptyCells(core: Core, definition: Definition): Cell[] {
  const { apiVersion, kind } = definition;
  const schema = definition.custom ? undefined : definition.schema();
  const object = { ...(schema && normalize(schema, {})), apiVersion, kind, metadata: {} } as KubeObject;
  return columnsOf(definition).map((column) => column.value(object, core));
}
