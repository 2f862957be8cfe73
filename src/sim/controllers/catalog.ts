import type { Cancel } from '../../base/clock.ts';
import { customResourceDefinitions, type Resource } from '../../kube/resources.ts';
import type { ApiClient } from '../api/client.ts';

/** Every resource that objects may be stored under, as the garbage collector and namespace deletion need to know. */
export interface Catalog {
  /** Each resource once, in the version it is stored in. */
  resources(): readonly Resource[];
  /** Tells when custom resources come or go. */
  onChange(listener: () => void): Cancel;
}

/** Built-in resources, and those that CustomResourceDefinitions serve. */
export function catalogOf(api: ApiClient, builtIn: readonly Resource[]): Catalog {
  return {
    resources: () => [
      ...builtIn,
      ...api.list(customResourceDefinitions).flatMap((definition) => api.resource(definition.spec!.group, definition.spec!.names.plural) ?? []),
    ],
    onChange: (listener) => api.watch(customResourceDefinitions, listener),
  };
}
