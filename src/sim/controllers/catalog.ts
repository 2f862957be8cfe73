import type { Cancel } from '../../base/clock.ts';
import type { Resource } from '../../kube/resources.ts';
import type { Definition } from '../api/registry/definition.ts';

/** Every resource that objects may be stored under, as the garbage collector and namespace deletion need to know. */
export interface Catalog {
  /** Each resource once, though it may be served in several versions. */
  resources(): readonly Resource[];
  /** Tells when custom resources come or go. */
  onChange(listener: () => void): Cancel;
}

interface Served {
  all(): readonly Definition[];
  changed: { on(listener: () => void): Cancel };
}

/** What the API server serves and can delete, without what it only computes. */
export function allResources(served: Served): Catalog {
  return {
    resources: () => [
      ...new Map(
        served
          .all()
          .filter((d) => d.verbs.includes('delete') && d.verbs.includes('list'))
          .map((d) => [d.table, d]),
      ).values(),
    ],
    onChange: (listener) => served.changed.on(listener),
  };
}
