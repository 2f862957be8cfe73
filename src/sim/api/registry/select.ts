import { badRequest } from '../../../kube/status.ts';
import { matchesFields, matchesLabels, parseFieldSelector, parseLabelSelector } from '../../../kube/selectors.ts';
import type { KubeObject } from '../../../kube/types.ts';
import type { Definition } from './definition.ts';
import type { Store } from '../../store/store.ts';
import type { TableIndex } from '../../store/table-index.ts';
import { field } from '../strategies/field.ts';

export interface Selection {
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
}

const nameOf = ({ metadata }: KubeObject): string => metadata.name;
const nodeOf = field('spec', 'nodeName');

/** Fields by which objects are found without reading all of them, as the real server's watch cache does it. */
export function indexOf(store: Store, table: string, name: string): TableIndex | undefined {
  if (name === 'metadata.name') return store.table(table).index(name, nameOf);
  if (name === 'spec.nodeName' && table === '/pods') return store.table(table).index(name, nodeOf);
  return undefined;
}

/** Objects among which a selection is to be looked for: all of the namespace's, or those of an indexed value. */
export function selected(
  store: Store,
  definition: Definition,
  { fieldSelector, namespace }: Selection & { namespace?: string | undefined },
): KubeObject[] {
  const scope = definition.namespaced ? namespace : undefined;
  for (const { field: name, equal, value } of fieldSelector ? parseFieldSelector(fieldSelector) : []) {
    const index = equal ? indexOf(store, definition.table, name) : undefined;
    if (index) return index.list(value).filter(({ metadata }) => scope === undefined || metadata.namespace === scope);
  }
  return store.list(definition.table, scope);
}

export type Predicate = (stored: KubeObject) => boolean;

/** Compiles selectors; undefined where they match everything. Throws StatusError 400. */
export function selector(definition: Definition, { labelSelector, fieldSelector }: Selection): Predicate | undefined {
  const labels = labelSelector ? parseLabelSelector(labelSelector) : undefined;
  const fields = fieldSelector ? parseFieldSelector(fieldSelector) : undefined;
  if (!labels?.length && !fields?.length) return undefined;
  const readers = new Map((fields ?? []).map((requirement) => [requirement.field, readerOf(definition, requirement.field)]));
  return (object) =>
    (!labels || matchesLabels(object.metadata.labels, labels)) && (!fields || matchesFields(fields, (name) => readers.get(name)!(object)));
}

function readerOf(definition: Definition, name: string): (object: KubeObject) => string {
  if (name === 'metadata.name') return (object) => object.metadata.name;
  if (name === 'metadata.namespace') return (object) => object.metadata.namespace ?? '';
  if (definition.custom) {
    if (definition.custom.selectableFields.includes(name)) return field(...name.split('.'));
    throw badRequest(`field label not supported: ${name}`);
  }
  const own = definition.strategy.fields?.[name];
  if (own) return own;
  throw badRequest(
    definition.strategy.fields
      ? `field label not supported: ${name}`
      : `${JSON.stringify(name)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
  );
}
