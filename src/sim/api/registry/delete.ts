import { rfc3339 } from '../../../base/clock.ts';
import { conflict, notFound } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { deepCopy, deepEqual } from '../../store/object.ts';
import { admit } from '../admission/chain.ts';
import type { DeleteOptions } from '../client.ts';
import { toVersion } from './catalog.ts';
import type { Core, WriteOptions } from './core.ts';
import { keyOf, type Definition } from './definition.ts';

const foreground = 'foregroundDeletion';
const orphan = 'orphan';

export interface Deletion {
  object: KubeObject;
  /** Whether it is gone; otherwise finalizers or a grace period hold it. */
  gone: boolean;
}

/** DELETE, as rest.BeforeDelete and registry.Store.Delete do it. */
export function remove(
  core: Core,
  definition: Definition,
  namespace: string | undefined,
  name: string,
  request: DeleteOptions = {},
  options: WriteOptions = {},
): Deletion {
  const key = keyOf(namespace, name);
  const stored = core.store.get(definition.table, key);
  if (!stored) throw notFound(definition, name);
  checkPreconditions(definition, stored, request);
  definition.strategy.mayDelete?.(stored);
  if (!request.propagationPolicy && definition.strategy.deletionWarning) options.warn?.(definition.strategy.deletionWarning);
  const { user, dryRun, warn } = options;
  admit({ core, definition, operation: 'DELETE', namespace, name, old: toVersion(definition, stored), user, dryRun, warn });
  const object = deepCopy(stored);
  settleFinalizers(definition, object, request);
  if (!options.dryRun) definition.strategy.beforeDelete?.(object, core);
  const waits = beginDeletion(core, definition, object, request);
  if (!waits) {
    if (definition.strategy.gracePeriod) {
      if (!object.metadata.deletionTimestamp && object.metadata.generation) object.metadata.generation += 1;
      object.metadata.deletionTimestamp ??= rfc3339(core.clock.now());
      object.metadata.deletionGracePeriodSeconds = 0;
    }
    const gone = options.dryRun ? undefined : core.store.delete(definition.table, key);
    if (gone) object.metadata.resourceVersion = gone.metadata.resourceVersion;
    return { object: toVersion(definition, object), gone: true };
  }
  if (options.dryRun || deepEqual(object, stored)) return { object: toVersion(definition, object), gone: false };
  return { object: toVersion(definition, core.store.put(definition.table, key, object)), gone: false };
}

function checkPreconditions(definition: Definition, object: KubeObject, { preconditions }: DeleteOptions): void {
  const { uid, resourceVersion, name } = object.metadata;
  const ofKind = { group: definition.group, plural: definition.kind };
  if (preconditions?.uid !== undefined && preconditions.uid !== uid) {
    throw conflict(
      ofKind,
      name,
      `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    );
  }
  if (preconditions?.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion) {
    throw conflict(
      ofKind,
      name,
      `the ResourceVersion in the precondition (${preconditions.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
    );
  }
}

/** The finalizers by which the garbage collector is asked to orphan dependents, or to delete them first. */
function settleFinalizers(definition: Definition, object: KubeObject, { propagationPolicy }: DeleteOptions): void {
  const had = new Set(object.metadata.finalizers ?? []);
  const finalizers = new Set(had);
  const byDefault = definition.strategy.defaultPropagation ?? 'Background';
  // Without a policy, a finalizer that is there already decides.
  const policy = propagationPolicy ?? (had.has(orphan) ? 'Orphan' : had.has(foreground) ? 'Foreground' : byDefault);
  finalizers.delete(orphan);
  finalizers.delete(foreground);
  if (policy === 'Orphan') finalizers.add(orphan);
  if (policy === 'Foreground') finalizers.add(foreground);
  if (finalizers.size > 0) object.metadata.finalizers = [...finalizers];
  else delete object.metadata.finalizers;
}

/** Marks the object where something holds it, and tells whether that is so. */
function beginDeletion(core: Core, definition: Definition, object: KubeObject, request: DeleteOptions): boolean {
  const { metadata } = object;
  const { strategy } = definition;
  const grace = strategy.gracePeriod?.(object, request) ?? 0;
  const held = (metadata.finalizers?.length ?? 0) > 0 || strategy.held?.(object) === true;
  if (metadata.deletionTimestamp) {
    const left = metadata.deletionGracePeriodSeconds ?? 0;
    // A deletion that goes on can only be shortened, and only when asked to.
    if (request.gracePeriodSeconds === undefined || grace >= left) return held || left > 0;
    metadata.deletionGracePeriodSeconds = grace;
    metadata.deletionTimestamp = rfc3339(core.clock.now() + grace * 1000);
    return held || grace > 0;
  }
  if (!held && grace === 0) return false;
  metadata.deletionTimestamp = rfc3339(core.clock.now() + grace * 1000);
  if (!strategy.ungraceful) metadata.deletionGracePeriodSeconds = grace;
  if (metadata.generation) metadata.generation += 1;
  strategy.terminating?.(object, core);
  return true;
}
