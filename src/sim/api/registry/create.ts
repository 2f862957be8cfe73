import { namespaces } from '../../../kube/resources.ts';
import { alreadyExists, invalid, notFound, StatusError, type StatusCause } from '../../../kube/status.ts';
import type { Draft, KubeObject } from '../../../kube/types.ts';
import { deepCopy } from '../../store/object.ts';
import { admit, mutate } from '../admission/chain.ts';
import type { AdmissionRequest } from '../admission/request.ts';
import { applyDefaults, applySchemaDefaults, trackUpdate, validateCustomResource, validateObject } from '../machinery.ts';
import { toStored, toVersion } from './catalog.ts';
import { nowOf, type Core, type WriteOptions } from './core.ts';
import { hasStatus, keyOf, type Definition } from './definition.ts';
import { decodeFields } from './incoming.ts';
import { generatedName, nameRequired, newUid, settleNamespace } from './metadata.ts';

/** POST. `requested` is the namespace of the request; without one, the object's own. */
export function create(
  core: Core,
  definition: Definition,
  requested: string | undefined,
  draft: Draft,
  options: WriteOptions = {},
): KubeObject {
  const { apiVersion, kind } = definition;
  const { apiVersion: _version, kind: _kind, metadata = {}, ...rest } = options.owned ? draft : deepCopy(draft);
  const written = { apiVersion, kind, metadata, ...rest } as KubeObject;
  const object = decodeFields(definition, written, options);
  const namespace = settleNamespace(definition, object.metadata, requested);
  if (object.metadata.resourceVersion) throw new StatusError(500, '', 'resourceVersion should not be set on objects to be created');
  for (const field of ['deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink'] as const) delete object.metadata[field];
  fillDefaults(definition, object);
  definition.strategy.decoded?.(object);
  // A status that is not taken is nobody's, either.
  if (definition.custom && hasStatus(definition)) delete object['status'];
  // What admission adds is nobody's: it is not in the request.
  if (!options.tracked) track(core, definition, undefined, object, options);
  if (namespace !== undefined && !definition.hidden) admitNamespace(core, definition, namespace, object);
  definition.strategy.admit?.(object, core);
  mutate(admission(core, definition, namespace, object, options));
  return insert(core, definition, namespace, object, options);
}

const admission = (
  core: Core,
  definition: Definition,
  namespace: string | undefined,
  object: KubeObject,
  { user, dryRun, warn }: WriteOptions,
): AdmissionRequest => ({ core, definition, operation: 'CREATE', namespace, name: object.metadata.name ?? '', object, user, dryRun, warn });

/** The part of a creation that server-side apply shares. */
export function insert(
  core: Core,
  definition: Definition,
  namespace: string | undefined,
  object: KubeObject,
  options: WriteOptions,
): KubeObject {
  const { metadata } = object;
  const generates = !metadata.name && Boolean(metadata.generateName);
  if (!metadata.name && !generates) throw nameRequired(definition);
  metadata.uid = newUid(core.random);
  metadata.creationTimestamp = nowOf(core);
  if (definition.strategy.generation) metadata.generation = 1;
  if (hasStatus(definition) && !definition.strategy.keepsStatusOnCreate) {
    if (definition.custom) delete object['status'];
    else object['status'] = deepCopy(definition.strategy.emptyStatus ?? {});
  }
  // A taken name is drawn again, as upstream does, up to 8 times.
  if (generates) {
    for (let attempt = 0; attempt < 8; attempt++) {
      metadata.name = generatedName(metadata.generateName!, core.random);
      if (!core.store.get(definition.table, keyOf(namespace, metadata.name))) break;
    }
  }
  definition.strategy.prepareCreate?.(object, core);
  if (!definition.hidden) validate(core, definition, object);
  admit(admission(core, definition, namespace, object, options));
  const key = keyOf(namespace, metadata.name);
  const found = core.store.get(definition.table, key);
  if (found) throw alreadyExists(definition, metadata.name, found.metadata.deletionTimestamp !== undefined);
  if (options.dryRun) return object;
  return toVersion(definition, core.store.put(definition.table, key, toStored(definition, object)));
}

export function validate(core: Core, definition: Definition, object: KubeObject, old?: KubeObject, subresource?: string): void {
  const causes = [...kindCauses(definition, object, old, subresource), ...(definition.strategy.check?.(object, core, old) ?? [])];
  if (causes.length > 0) throw invalid(definition, object.metadata.name ?? '', causes);
}

function kindCauses(
  definition: Definition,
  object: KubeObject,
  old: KubeObject | undefined,
  subresource: string | undefined,
): StatusCause[] {
  // A binding changes what nobody else may.
  if (subresource === 'binding') return [];
  const { apiVersion, kind, custom } = definition;
  const schema = custom && definition.schema();
  return schema ? validateCustomResource(schema, object, old) : validateObject({ apiVersion, kind, object, old, subresource });
}

/** A built-in kind's defaults are its own; a custom resource's are in its schema. */
export function fillDefaults(definition: Definition, object: KubeObject): void {
  if (definition.hidden) return;
  if (!definition.custom) applyDefaults(definition.apiVersion, definition.kind, object);
  else {
    const schema = definition.schema();
    if (schema) applySchemaDefaults(schema, object);
  }
}

/** Notes in managedFields what the write made its manager's own. */
export function track(core: Core, definition: Definition, before: KubeObject | undefined, after: KubeObject, options: WriteOptions): void {
  if (definition.hidden || !(options.fieldManager || before?.metadata.managedFields)) return;
  const { fieldManager: manager = '', subresource } = options;
  const managedFields = trackUpdate({
    before,
    after,
    manager,
    apiVersion: definition.apiVersion,
    subresource,
    now: nowOf(core),
    schema: definition.schema(),
  });
  if (managedFields.length > 0) after.metadata.managedFields = managedFields;
  else delete after.metadata.managedFields;
}

/** Admission plugin NamespaceLifecycle. */
function admitNamespace(core: Core, definition: Definition, namespace: string, object: KubeObject): void {
  const found = core.store.get('/namespaces', namespace);
  if (!found) throw notFound(namespaces, namespace);
  if (!found.metadata.deletionTimestamp) return;
  const name = object.metadata.name ?? '';
  throw new StatusError(
    403,
    'Forbidden',
    `${definition.plural}${definition.group && `.${definition.group}`} "${name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
    {
      name,
      ...(definition.group && { group: definition.group }),
      kind: definition.plural,
      causes: [{ reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' }],
    },
  );
}
