import type { KubeObject } from '../../../kube/types.ts';
import type { Definition } from '../registry/definition.ts';
import { age, createdAt, nameColumn, type Column } from './columns.ts';
import { columnFacts } from './gen/column-facts.ts';
import { clusterColumns } from './cluster.ts';
import { coreColumns } from './core.ts';
import { customColumns } from './custom.ts';
import { moreColumns } from './more.ts';
import { networkColumns } from './network.ts';
import { nodeColumns } from './node.ts';
import { podColumns } from './pod.ts';
import { workloadColumns } from './workloads.ts';

/** Columns between Name and Age, by table. Column types are checked where they are written. */
type Columns = Readonly<Record<string, readonly Column[]>>;

const plain: readonly Column[] = [nameColumn, age()];

const byTable: Columns = {
  ...coreColumns,
  ...workloadColumns,
  ...networkColumns,
  ...clusterColumns,
  ...moreColumns,
  '/pods': podColumns,
  '/nodes': nodeColumns,
  'rbac.authorization.k8s.io/roles': [nameColumn, createdAt],
  'rbac.authorization.k8s.io/clusterroles': [nameColumn, createdAt],
  'apiextensions.k8s.io/customresourcedefinitions': [nameColumn, createdAt],
};

const nameDescription =
  'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names';
const ageDescription =
  'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata';

/** Columns with what the real server says of them. */
function described(table: string, columns: readonly Column[]): readonly Column[] {
  const known: Readonly<Record<string, readonly [string, string]>> = {
    ...columnFacts[table],
    Name: ['string', nameDescription],
    Age: ['string', ageDescription],
  };
  return columns.map((column) => {
    const [type, description] = known[column.name] ?? [column.type, ''];
    return { ...column, type: type as Column['type'], description, ...(column.name === 'Name' && { format: 'name' }) };
  });
}

const ofBuiltin = new Map<string, readonly Column[]>();
const ofCustom = new WeakMap<Definition, readonly Column<KubeObject>[]>();

export function columnsOf(definition: Definition): readonly Column[] {
  if (!definition.custom) {
    let known = ofBuiltin.get(definition.table);
    if (!known) ofBuiltin.set(definition.table, (known = described(definition.table, byTable[definition.table] ?? plain)));
    return known;
  }
  let columns = ofCustom.get(definition);
  if (!columns) ofCustom.set(definition, (columns = [...described('', [nameColumn]), ...customColumns(definition.custom.columns)]));
  return columns;
}
