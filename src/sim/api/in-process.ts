import { StatusError } from '../../kube/status.ts';
import type { Resource } from '../../kube/resources.ts';
import type { KubeObject } from '../../kube/types.ts';
import { deepCopy, deepEqual } from '../store/object.ts';
import type { Change } from '../store/table.ts';
import type { ApiClient, WatchEvent, WatchSelection } from './client.ts';
import { apply } from './registry/apply.ts';
import { toVersion } from './registry/catalog.ts';
import { nowOf, type Core } from './registry/core.ts';
import { create } from './registry/create.ts';
import { keyOf, tableOf, type Definition } from './registry/definition.ts';
import { remove } from './registry/delete.ts';
import { newUid } from './registry/metadata.ts';
import { indexOf, selected, selector } from './registry/select.ts';
import { update } from './registry/update.ts';
import { bind } from './subresources/binding.ts';
import { evict } from './subresources/eviction.ts';

/**
 * Whole objects are decoded as those from outside: a manifest holds what a Go type does not, a null or an empty list, and
 * whatever compares it with what has been through kubectl would find a difference.
 */
const written = { fieldValidation: 'Ignore' } as const;

/** The API as the cluster's own parts call it; see `ApiClient`. */
export function createApiClient(core: Core): ApiClient {
  const required = (resource: Resource): Definition => {
    const definition = core.catalog.of(resource);
    if (!definition) throw new StatusError(404, 'NotFound', 'the server could not find the requested resource');
    return definition;
  };
  const versioned = <T extends KubeObject>(definition: Definition | undefined, stored: KubeObject): T =>
    (definition ? toVersion(definition, stored) : stored) as T;

  return {
    get<T extends KubeObject>(resource: Resource<T>, namespace: string | undefined, name: string): T | undefined {
      const definition = core.catalog.of(resource);
      const stored = definition && core.store.get(definition.table, keyOf(definition.namespaced ? namespace : undefined, name));
      return stored && versioned<T>(definition, stored);
    },

    list<T extends KubeObject>(resource: Resource<T>, options: Parameters<ApiClient['list']>[1] = {}): readonly T[] {
      const definition = core.catalog.of(resource);
      if (!definition) return [];
      const stored = selected(core.store, definition, options);
      const matches = selector(definition, options);
      const found = matches ? stored.filter(matches) : stored;
      return found.map((object) => versioned<T>(definition, object));
    },

    create: (resource, object) => create(core, required(resource), object.metadata?.namespace, object, written) as never,

    update: (resource, object, options) => {
      const { namespace, name } = object.metadata;
      const subresource = options?.subresource;
      return update(core, required(resource), namespace, name, () => deepCopy(object), {
        ...written,
        ...(subresource && { subresource }),
      }) as never;
    },

    modify: (resource, namespace, name, change, options) => {
      const subresource = options?.subresource;
      const edit = (old: KubeObject): KubeObject => {
        const copy = deepCopy(old);
        change(copy as never);
        return copy;
      };
      return update(core, required(resource), namespace, name, edit, { ...(subresource && { subresource }) }) as never;
    },

    delete(resource, namespace, name, options) {
      remove(core, required(resource), namespace, name, options);
    },

    evict: (namespace, name, options) => evict(core, namespace, name, options),
    bind: (namespace, name, node) => bind(core, namespace, name, { name: node }),

    apply: (resource, object, { fieldManager, force }) => {
      const definition = required(resource);
      const name = object.metadata?.name ?? '';
      return apply(core, definition, object.metadata?.namespace, name, deepCopy(object) as never, {
        ...written,
        fieldManager,
        force: force ?? false,
      }).object as never;
    },

    keep(resource, name, fields) {
      const { table, apiVersion, kind } = required(resource);
      const old = core.store.get(table, name);
      if (old && Object.entries(fields).every(([field, value]) => deepEqual(value, old[field]))) return;
      const metadata = old ? { ...old.metadata } : { name, uid: newUid(core.random), resourceVersion: '', creationTimestamp: nowOf(core) };
      core.store.put(table, name, { apiVersion, kind, metadata, ...fields });
    },

    watch<T extends KubeObject>(resource: Resource<T>, handler: (event: WatchEvent<T>) => void, selection?: WatchSelection) {
      // A resource may come to be served later: its table can be followed from the start.
      const definition = () => core.catalog.of(resource);
      const table = definition()?.table ?? tableOf(resource);
      const tell = ({ object, previous, deleted }: Change) =>
        handler({
          type: deleted ? 'DELETED' : previous ? 'MODIFIED' : 'ADDED',
          object: versioned<T>(definition(), object),
          ...(previous && { previous: versioned<T>(definition(), previous) }),
        });
      const index = selection && indexOf(core.store, table, selection.field);
      if (selection && !index) throw new Error(`${table} has no index of ${selection.field}`);
      const present = index ? index.list(selection.value) : core.store.list(table);
      for (const stored of present) handler({ type: 'ADDED', object: versioned<T>(definition(), stored) });
      return index ? index.subscribe(selection.value, tell) : core.store.subscribe(table, tell);
    },

    resourceOf: (apiVersion, kind) => core.catalog.byKind(apiVersion, kind),
    resource: (group, plural) => core.catalog.preferred(group, plural),
  };
}
