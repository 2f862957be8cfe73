import type { Group } from '../group.ts';
import { admission } from './admission.ts';
import { apply } from './apply.ts';
import { crds } from './crds.ts';
import { customResources } from './custom-resources.ts';
import { deletion } from './deletion.ts';
import { discovery } from './discovery.ts';
import { errors } from './errors.ts';
import { fields } from './fields.ts';
import { lists } from './lists.ts';
import { objects } from './objects.ts';
import { patches } from './patches.ts';
import { pods } from './pods.ts';
import { celRules } from './rules.ts';
import { subresources } from './subresources.ts';
import { tables } from './tables.ts';
import { validation } from './validation.ts';
import { watches } from './watches.ts';
import { workloads } from './workloads.ts';

export const groups: readonly Group[] = [
  objects,
  patches,
  apply,
  fields,
  deletion,
  lists,
  watches,
  pods,
  workloads,
  subresources,
  validation,
  crds,
  customResources,
  celRules,
  admission,
  tables,
  discovery,
  errors,
];
