import { badRequest, conflict, StatusError } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { deepCopy } from '../../store/object.ts';
import { serverSideApply, unknownFields, type Json } from '../machinery.ts';
import { typedFaults } from '../patch/typed-faults.ts';
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

/** A field that the kind does not have ends a server-side apply, whatever fieldValidation says. */
function checkDeclared(definition: Definition, applied: KubeObject): void {
  const schema = definition.schema();
  if (!schema) return;
  const fields = unknownFields(schema, applied).map((text) => /^unknown field "(.*)"$/.exec(text)?.[1] ?? text);
  const texts = [...fields.map((field) => `.${keyed(applied, field)}: field not declared in schema`), ...typedFaults(schema, applied)];
  if (texts.length === 0) return;
  const why = texts.length === 1 ? texts[0] : `errors:${texts.map((text) => `\n  ${text}`).join('')}`;
  const { namespace = '', name } = applied.metadata;
  const kind = `${definition.group}/${definition.version}, Kind=${definition.kind}`;
  throw new StatusError(500, '', `failed to create typed patch object (${namespace}/${name}; ${kind}): ${why}`);
}

/** Places in lists by the name of the item, as typed values are told. */
function keyed(object: KubeObject, path: string): string {
  let value: unknown = object;
  return path
    .split(/\.|(?=\[\d+\])/)
    .map((step) => {
      const index = /^\[(\d+)\]$/.exec(step)?.[1];
      value = (value as Record<string, unknown> | undefined)?.[index ?? step];
      const name = (value as { name?: unknown } | undefined)?.name;
      if (index === undefined) return `.${step}`;
      return typeof name === 'string' ? `[name=${JSON.stringify(name)}]` : step;
    })
    .join('')
    .slice(1);
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
  const { uid } = applied.metadata;
  if (uid && !core.store.get(definition.table, keyOf(namespace, name))) {
    throw conflict(definition, name, `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`);
  }
  // Labels are not the status endpoint's to write, nor to own.
  const labelsKept = (definition.strategy.statusMetadata ?? 'labels-kept') === 'labels-kept';
  if (subresource === 'status' && !definition.custom && labelsKept) delete applied.metadata.labels;
  checkDeclared(definition, applied);
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
