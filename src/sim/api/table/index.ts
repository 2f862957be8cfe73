import type { KubeObject } from '../../../kube/types.ts';
import type { Definition } from '../registry/definition.ts';
import { age, nameColumn, type Column } from './columns.ts';
import { clusterColumns } from './cluster.ts';
import { coreColumns } from './core.ts';
import { customColumns } from './custom.ts';
import { networkColumns } from './network.ts';
import { nodeColumns } from './node.ts';
import { podColumns } from './pod.ts';
import { workloadColumns } from './workloads.ts';

/** Columns between Name and Age, by table. Column types are checked where they are written. */
type Columns = Readonly<Record<string, readonly Column[]>>;

const createdAt: Column = { name: 'Created At', type: 'date', value: (object) => object.metadata.creationTimestamp };
const plain: readonly Column[] = [nameColumn, age()];

const byTable: Columns = {
  ...coreColumns,
  ...workloadColumns,
  ...networkColumns,
  ...clusterColumns,
  '/pods': podColumns,
  '/nodes': nodeColumns,
  'rbac.authorization.k8s.io/roles': [nameColumn, createdAt],
  'rbac.authorization.k8s.io/clusterroles': [nameColumn, createdAt],
  'apiextensions.k8s.io/customresourcedefinitions': [nameColumn, createdAt],
};

const ofCustom = new WeakMap<Definition, readonly Column<KubeObject>[]>();

export function columnsOf(definition: Definition): readonly Column[] {
  if (!definition.custom) return byTable[definition.table] ?? plain;
  let columns = ofCustom.get(definition);
  if (!columns) ofCustom.set(definition, (columns = [nameColumn, ...customColumns(definition.custom.columns)]));
  return columns;
}
