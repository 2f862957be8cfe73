import { isDeepStrictEqual } from 'node:util';
import * as r from '../../kube/resources.ts';
import type { ControllerRevision, KubeObject, PodTemplateSpec } from '../../kube/types.ts';
import type { CoreContext } from './core-context.ts';
import type { Resource } from '../../kube/resources.ts';
import { controllerOf, controllerReference } from './owners.ts';
import { templateHash } from './template-hash.ts';

/** A DaemonSet or StatefulSet, as far as its history is concerned. */
export interface Revisioned extends KubeObject {
  spec?: { template: PodTemplateSpec; revisionHistoryLimit?: number };
  status?: { collisionCount?: number };
}

interface History {
  /** The revision of the present template. */
  current: ControllerRevision;
  /** Oldest first, the current one last. */
  all: ControllerRevision[];
}

/** The data that `kubectl rollout undo` patches back; clients compare its bytes, in which Go sorts the keys. */
const patchOf = (object: Revisioned) => sorted({ spec: { template: { ...object.spec!.template, $patch: 'replace' } } }) as object;

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

export function revisionsOf({ api }: CoreContext, object: KubeObject): ControllerRevision[] {
  const owned = api
    .list(r.controllerRevisions, { namespace: object.metadata.namespace! })
    .filter((revision) => controllerOf(revision)?.uid === object.metadata.uid);
  return owned.toSorted((a, b) => a.revision - b.revision);
}

/**
 * Keeps the history of an object's template: a new ControllerRevision for a new template, the highest number for one
 * that comes back. `hashLabel` is the label that carries the hash.
 */
export function syncHistory<T extends Revisioned>(context: CoreContext, resource: Resource<T>, object: T, hashLabel: string): History {
  const { api } = context;
  const { name, namespace } = object.metadata;
  const revisions = revisionsOf(context, object);
  const last = revisions.at(-1);
  const data = patchOf(object);
  const equal = revisions.findLast((revision) => isDeepStrictEqual(revision.data, data));
  if (equal && equal === last) return { current: equal, all: revisions };
  const revision = (last?.revision ?? 0) + 1;
  if (equal) {
    const current = api.modify(r.controllerRevisions, namespace, equal.metadata.name, (copy) => void (copy.revision = revision));
    return { current, all: [...revisions.filter((other) => other !== equal), current] };
  }
  const hash = templateHash(object.spec!.template, object.status?.collisionCount);
  const current = api.create(r.controllerRevisions, {
    metadata: {
      name: `${name}-${hash}`,
      namespace: namespace!,
      labels: { ...object.spec!.template.metadata?.labels, [hashLabel]: hash },
      ...(object.metadata.annotations && { annotations: object.metadata.annotations }),
      ownerReferences: [controllerReference(resource, object)],
    },
    data,
    revision,
  });
  return { current, all: [...revisions, current] };
}

/** Deletes the oldest revisions beyond the limit that no pod and no status refers to. */
export function trimHistory({ api }: CoreContext, object: Revisioned, history: History, inUse: ReadonlySet<string>): void {
  const spare = history.all.filter((revision) => revision !== history.current && !inUse.has(revision.metadata.name));
  const surplus = spare.length - (object.spec?.revisionHistoryLimit ?? 10);
  for (const revision of spare.slice(0, Math.max(0, surplus))) {
    api.delete(r.controllerRevisions, revision.metadata.namespace, revision.metadata.name);
  }
}
