import { rfc3339 } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import * as r from '../../kube/resources.ts';
import { StatusError } from '../../kube/status.ts';
import type { KubeObject, Namespace } from '../../kube/types.ts';
import { staleGroupVersions } from './api-service.ts';
import type { Catalog } from './catalog.ts';
import type { Controller, ReconcileResult } from './controller.ts';
import type { CoreContext } from './core-context.ts';

type Conditions = NonNullable<NonNullable<Namespace['status']>['conditions']>;

/** Between looks at what remains; deleted pods wake it sooner. */
const recheckMs = 1_000;

const fine: Record<string, [reason: string, message: string]> = {
  NamespaceDeletionDiscoveryFailure: ['ResourcesDiscovered', 'All resources successfully discovered'],
  NamespaceDeletionGroupVersionParsingFailure: ['ParsedGroupVersions', 'All legacy kube types successfully parsed'],
  NamespaceDeletionContentFailure: ['ContentDeleted', 'All content successfully deleted, may be waiting on finalization'],
  NamespaceContentRemaining: ['ContentRemoved', 'All content successfully removed'],
  NamespaceFinalizersRemaining: ['ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
};

/** pkg/controller/namespace: empties a namespace that is being deleted, then lets it go. */
export function namespaceController({ api, clock }: CoreContext, catalog: Catalog): Controller {
  function reconcile(name: string): ReconcileResult | void {
    const namespace = api.get(r.namespaces, undefined, name);
    if (!namespace?.metadata.deletionTimestamp || !namespace.spec?.finalizers?.includes('kubernetes')) return;
    const failures: string[] = [];
    for (const resource of contentResources()) {
      for (const { metadata } of api.list(resource, { namespace: name })) {
        if (metadata.deletionTimestamp) continue;
        try {
          api.delete(resource, name, metadata.name, { propagationPolicy: 'Background' });
        } catch (error) {
          if (!(error instanceof StatusError)) throw error;
          if (error.code !== 404) failures.push(messageOf(error));
        }
      }
    }
    const remaining = contentResources().map((resource) => ({ resource, objects: api.list(resource, { namespace: name }) }));
    const occupied = remaining.filter(({ objects }) => objects.length > 0);
    const stale = staleGroupVersions(api);
    if (occupied.length > 0 || failures.length > 0 || stale.length > 0) {
      noteRemaining(namespace, { occupied, failures, stale });
      return { requeueAfterMs: recheckMs };
    }
    api.modify(
      r.namespaces,
      undefined,
      name,
      (copy) => {
        copy.spec = { ...copy.spec, finalizers: copy.spec?.finalizers?.filter((finalizer) => finalizer !== 'kubernetes') ?? [] };
      },
      { subresource: 'finalize' },
    );
  }

  /** Pods last but one, events last, so that what is told about the end is deleted too. */
  const contentResources = (): r.Resource[] => catalog.resources().filter((resource) => resource.namespaced);

  function noteRemaining(
    namespace: Namespace,
    {
      occupied,
      failures,
      stale,
    }: {
      occupied: readonly { resource: r.Resource; objects: readonly KubeObject[] }[];
      failures: readonly string[];
      stale: readonly string[];
    },
  ): void {
    const found = new Map<string, [reason: string, message: string]>();
    if (stale.length > 0) {
      const groups = stale.map((group) => `${group}: stale GroupVersion discovery: ${group}`).join(', ');
      const message = `Discovery failed for some groups, ${stale.length} failing: unable to retrieve the complete list of server APIs: ${groups}`;
      found.set('NamespaceDeletionDiscoveryFailure', ['DiscoveryFailed', message]);
    }
    if (failures.length > 0) {
      const message = `Failed to delete all resource types, ${failures.length} remaining: ${failures.toSorted().join(', ')}`;
      found.set('NamespaceDeletionContentFailure', ['ContentDeletionFailed', message]);
    }
    if (occupied.length > 0) {
      const counts = occupied.map(
        ({ resource, objects }) => `${resource.plural}.${resource.group} has ${objects.length} resource instances`,
      );
      found.set('NamespaceContentRemaining', ['SomeResourcesRemain', `Some resources are remaining: ${counts.sort().join(', ')}`]);
    }
    const finalizers = countBy(occupied.flatMap(({ objects }) => objects.flatMap(({ metadata }) => metadata.finalizers ?? [])));
    if (finalizers.size > 0) {
      const counts = [...finalizers].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`);
      const message = `Some content in the namespace has finalizers remaining: ${counts.sort().join(', ')}`;
      found.set('NamespaceFinalizersRemaining', ['SomeFinalizersRemain', message]);
    }
    const change = (copy: Namespace) => {
      copy.status = { ...copy.status, conditions: merged(copy.status?.conditions ?? [], found) };
    };
    api.modify(r.namespaces, undefined, namespace.metadata.name, change, { subresource: 'status' });
  }

  function merged(before: Conditions, found: ReadonlyMap<string, readonly [string, string]>): Conditions {
    return Object.entries(fine).map(([type, ok]) => {
      const [reason, message] = found.get(type) ?? ok;
      const status = found.has(type) ? 'True' : 'False';
      const old = before.find((condition) => condition.type === type);
      if (old && old.status === status && old.reason === reason && old.message === message) return old;
      return { type, status, reason, message, lastTransitionTime: rfc3339(clock.now()) };
    });
  }

  return {
    name: 'namespace-controller',
    sources: [
      { resource: r.namespaces },
      {
        resource: r.pods,
        keys: ({ type, object }) => {
          const namespace = type === 'DELETED' && api.get(r.namespaces, undefined, object.metadata.namespace);
          return namespace && namespace.metadata.deletionTimestamp ? [namespace.metadata.name] : [];
        },
      },
    ],
    reconcile,
  };
}

const countBy = (values: readonly string[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
};
