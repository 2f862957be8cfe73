import { badRequest, conflict, invalid, modifiedMessage, notFound, StatusError } from '../../../kube/status.ts';
import type { KubeObject, ObjectMeta } from '../../../kube/types.ts';
import { deepCopy, deepEqual } from '../../store/object.ts';
import { admit } from '../admission/chain.ts';
import { schemaOf } from '../machinery.ts';
import { toStored, toVersion } from './catalog.ts';
import type { Core, WriteOptions } from './core.ts';
import { fillDefaults, track, validate } from './create.ts';
import { hasStatus, keyOf, type Definition } from './definition.ts';
import { decodeFields } from './incoming.ts';
import { checkName, keepServerMetadata, newFinalizers, settleNamespace } from './metadata.ts';

export interface UpdateOptions extends WriteOptions {
  /** PUT from outside: kinds that take no unconditional update need a resourceVersion. */
  replaces?: boolean;
  /** Of a patch: what is told beside the reason why its outcome is no object of the kind. */
  describe?: PatchDescription;
}

export interface PatchDescription {
  /** The patch or its outcome, as it is told where the outcome cannot be decoded. */
  text(outcome: KubeObject, old: KubeObject): string;
  /** Fields that the patch itself should not have. */
  unknown(): string[];
  /** The outcome is no text: Go's types are set by reflection, which knows fewer words. */
  byReflection: boolean;
}

/** An outcome of a patch that does not decode is the patch's fault. */
function decodePatched(definition: Definition, changed: KubeObject, old: KubeObject, options: UpdateOptions): KubeObject {
  try {
    return decodeFields(asPatched(definition, changed), changed, options);
  } catch (error) {
    if (!options.describe || definition.custom || !(error instanceof StatusError) || error.code !== 400) throw error;
    const why = error.message.replace(/^\S+ in version "\S+" cannot be handled as a \S+: /, '');
    const told = options.describe.byReflection ? byReflection(why) : why;
    const message = `Invalid value: ${JSON.stringify(options.describe.text(changed, old))}: ${told}`;
    throw new StatusError(422, 'Invalid', ` "" is invalid: patch: ${message}`, {
      causes: [{ reason: 'FieldValueInvalid', message, field: 'patch' }],
    });
  }
}

/** apimachinery's DefaultUnstructuredConverter names the type alone. */
const byReflection = (why: string): string => {
  const type = /^json: cannot unmarshal (?:object|array|string|number|bool)\b.* of type (.*)$/.exec(why)?.[1];
  return type === undefined ? why : `unrecognized type: ${type}`;
};

/** The outcome of a JSON or merge patch may be of another kind: it is decoded as that, and only then refused. */
function asPatched(definition: Definition, { apiVersion, kind }: KubeObject): Definition {
  if (definition.custom || (apiVersion === definition.apiVersion && kind === definition.kind)) return definition;
  const schema = schemaOf(apiVersion, kind);
  if (schema) return { ...definition, schema: () => schema };
  throw badRequest(`no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/api/legacyscheme/scheme.go:30"`);
}

/** Every change of an object that exists: `change` gives its new form, as an object of its own. */
export function update(
  core: Core,
  definition: Definition,
  namespace: string | undefined,
  name: string,
  change: (old: KubeObject) => KubeObject,
  options: UpdateOptions = {},
): KubeObject {
  const key = keyOf(namespace, name);
  const stored = core.store.get(definition.table, key);
  if (!stored) throw notFound(definition, name);
  const old = toVersion(definition, stored);
  const changed = change(old);
  const { metadata, ...rest } = decodePatched(definition, changed, old, options);
  const { apiVersion: _version, kind: _kind, ...fields } = rest;
  const object: KubeObject = { apiVersion: definition.apiVersion, kind: definition.kind, metadata, ...fields };
  checkName(name, object.metadata);
  settleNamespace(definition, object.metadata, namespace);
  checkPreconditions(definition, object.metadata, old.metadata, options);
  fillDefaults(definition, object);
  keepServerMetadata(object.metadata, old.metadata);
  definition.strategy.decoded?.(object);
  isolate(definition, object, old, options.subresource);
  if (!options.tracked) track(core, definition, old, object, options);
  definition.strategy.admit?.(object, core, old);
  definition.strategy.prepareUpdate?.(object, old, core, options.subresource);
  // A binding is no change of what is wanted (seen on v1.36.3).
  if (definition.strategy.generation && options.subresource !== 'binding' && stateChanged(definition, object, old))
    object.metadata.generation = (old.metadata.generation ?? 0) + 1;
  if (!definition.hidden) {
    const causes = newFinalizers(object, old);
    // Both the registry and the kind's own validation refuse it.
    if (causes.length > 0) throw invalid(definition, name, [...causes, ...causes]);
    validate(core, definition, object, old, options.subresource);
  }
  const { subresource, user, dryRun, warn } = options;
  admit({ core, definition, operation: 'UPDATE', namespace, name, object, old, subresource, user, dryRun, warn });
  if (deepEqual(object, old)) return old;
  if (options.dryRun) return object;
  if (isFinished(definition, object)) {
    core.store.delete(definition.table, key);
    return object;
  }
  return toVersion(definition, core.store.put(definition.table, key, toStored(definition, object)));
}

function checkPreconditions(definition: Definition, metadata: ObjectMeta, old: ObjectMeta, options: UpdateOptions): void {
  const { resourceVersion, uid, name } = metadata;
  if (uid && uid !== old.uid && options.describe) {
    const cause = {
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${JSON.stringify(uid)}: field is immutable`,
      field: 'metadata.uid',
    };
    throw invalid(definition, name, [cause, cause]);
  }
  if (uid && uid !== old.uid) {
    const place = `/registry/${definition.custom ? definition.table : definition.plural}/${keyOf(old.namespace, name)}`;
    throw conflict(
      definition,
      name,
      `StorageError: invalid object, Code: 4, Key: ${place}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.uid}`,
    );
  }
  if (!resourceVersion && options.replaces && definition.strategy.conditionalUpdate) {
    const error = invalid(definition, name, [
      { reason: 'FieldValueInvalid', message: 'Invalid value: 0: must be specified for an update', field: 'metadata.resourceVersion' },
    ]);
    if (definition.custom) error.status.details!.kind = definition.plural;
    throw error;
  }
  if (resourceVersion && !/^\d+$/.test(resourceVersion)) {
    throw new StatusError(500, '', `strconv.ParseUint: parsing ${JSON.stringify(resourceVersion)}: invalid syntax`);
  }
  if (resourceVersion && resourceVersion !== old.resourceVersion) throw conflict(definition, name, modifiedMessage);
}

/** /status changes nothing but the status, and the main endpoint everything else. */
function isolate(definition: Definition, object: KubeObject, old: KubeObject, subresource: string | undefined): void {
  if (!hasStatus(definition)) return;
  // A binding and an ephemeral container write parts of both; who makes them chose which.
  if (subresource === 'binding') return;
  if (subresource !== 'status') {
    if (old['status'] === undefined) delete object['status'];
    else object['status'] = deepCopy(old['status']);
    return;
  }
  for (const field of new Set([...Object.keys(object), ...Object.keys(old)])) {
    if (field === 'status' || field === 'metadata') continue;
    if (old[field] === undefined) delete object[field];
    else object[field] = old[field];
  }
  const metadata = definition.strategy.statusMetadata ?? 'labels-kept';
  if (metadata === 'kept') object.metadata = { ...old.metadata };
  if (metadata === 'labels-kept') {
    if (old.metadata.labels) object.metadata.labels = { ...old.metadata.labels };
    else delete object.metadata.labels;
  }
}

/** Whether anything but metadata and the status differs. */
function stateChanged(definition: Definition, object: KubeObject, old: KubeObject): boolean {
  const counts = (field: string): boolean => field !== 'metadata' && !(field === 'status' && (hasStatus(definition) || !definition.custom));
  return [...new Set([...Object.keys(object), ...Object.keys(old)])].some(
    (field) => counts(field) && !deepEqual(object[field], old[field]),
  );
}

/** Whether nothing holds an object any longer whose deletion has begun. */
export const isFinished = (definition: Definition, object: KubeObject): boolean =>
  object.metadata.deletionTimestamp !== undefined &&
  (object.metadata.finalizers?.length ?? 0) === 0 &&
  (object.metadata.deletionGracePeriodSeconds ?? 0) === 0 &&
  !definition.strategy.held?.(object);
