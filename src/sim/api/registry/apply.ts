import { badRequest } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { deepCopy } from '../../store/object.ts';
import { serverSideApply, type Json } from '../machinery.ts';
import { toVersion } from './catalog.ts';
import { nowOf, type Core, type WriteOptions } from './core.ts';
import { create } from './create.ts';
import { keyOf, type Definition } from './definition.ts';
import { checkName } from './metadata.ts';
import { checkFields } from './incoming.ts';
import { update } from './update.ts';

export interface ApplyOptions extends WriteOptions {
  fieldManager: string;
  force: boolean;
}

/** PATCH application/apply-patch+yaml. `applied` is the caller's own. Throws StatusError 409 on conflicts. */
export function apply(
  core: Core,
  definition: Definition,
  namespace: string | undefined,
  name: string,
  applied: KubeObject,
  options: ApplyOptions,
): { object: KubeObject; created: boolean } {
  const { fieldManager: manager, force, subresource, ...write } = options;
  applied.metadata ??= {} as KubeObject['metadata'];
  applied.metadata.name ??= name;
  checkName(name, applied.metadata);
  if (applied.metadata.managedFields?.length) throw badRequest('metadata.managedFields must be nil');
  checkFields(definition, applied, options);
  // What is merged was checked before; it is only brought into the kind's types.
  if (write.fieldValidation) write.fieldValidation = 'Ignore';
  const request = {
    applied: applied as unknown as Json,
    manager,
    force,
    schema: definition.schema(),
    now: nowOf(core),
    apiVersion: definition.apiVersion,
    ...(subresource && { subresource }),
  };
  const stored = core.store.get(definition.table, keyOf(namespace, name));
  if (!stored) {
    const { object } = serverSideApply({ ...request, live: undefined });
    const options = { ...write, fieldManager: manager, tracked: true, owned: true };
    return { object: create(core, definition, namespace, deepCopy(object), options), created: true };
  }
  const live = toVersion(definition, stored);
  const change = () => deepCopy(serverSideApply({ ...request, live }).object);
  const object = update(core, definition, namespace, name, change, {
    ...write,
    fieldManager: manager,
    tracked: true,
    ...(subresource && { subresource }),
  });
  return { object, created: false };
}
