import type { CustomResourceDefinition, KubeObject } from '../../../kube/types.ts';
import { deepCopy } from '../../store/object.ts';
import { nowOf, type Core } from '../registry/core.ts';
import type { Strategy } from './strategy.ts';

const definitions = 'apiextensions.k8s.io/customresourcedefinitions';
const cleanup = 'customresourcecleanup.apiextensions.k8s.io';

/** Names are accepted and the resource is established by the write itself: it is served when the answer comes. */
export const customResourceDefinitionStrategy: Strategy = {
  generation: true,
  conditionalUpdate: true,
  prepareCreate(object, core) {
    const crd = object as CustomResourceDefinition;
    const now = nowOf(core);
    crd.status = {
      acceptedNames: crd.spec.names,
      conditions: [
        { type: 'NamesAccepted', status: 'True', lastTransitionTime: now, reason: 'NoConflicts', message: 'no conflicts found' },
        {
          type: 'Established',
          status: 'True',
          lastTransitionTime: now,
          reason: 'InitialNamesAccepted',
          message: 'the initial names have been accepted',
        },
      ],
      storedVersions: (crd.spec.versions ?? []).filter((v) => v.storage).map((v) => v.name),
    };
  },
  prepareUpdate(object, _old, _core, subresource) {
    if (subresource === 'status') return;
    const crd = object as CustomResourceDefinition;
    const storage = (crd.spec.versions ?? []).filter((v) => v.storage).map((v) => v.name);
    crd.status = {
      ...crd.status,
      acceptedNames: crd.spec.names,
      storedVersions: [...new Set([...(crd.status?.storedVersions ?? []), ...storage])],
    };
  },
  beforeDelete(object, core) {
    if (deleteInstances(object as CustomResourceDefinition, core)) return;
    // Finalizers hold instances: the definition goes when the last of them has gone.
    object.metadata.finalizers = [...new Set([...(object.metadata.finalizers ?? []), cleanup])];
    followInstances(object as CustomResourceDefinition, core);
  },
};

const tableOf = ({ spec }: CustomResourceDefinition): string => `${spec.group}/${spec.names.plural}`;

/** Deletes all custom resources of a definition, and tells whether none is left. */
function deleteInstances(crd: CustomResourceDefinition, core: Core): boolean {
  const table = tableOf(crd);
  for (const instance of core.store.list(table)) {
    const { namespace, name, finalizers, deletionTimestamp, generation } = instance.metadata;
    const key = namespace ? `${namespace}/${name}` : name;
    if (!finalizers?.length) core.store.delete(table, key);
    else if (!deletionTimestamp) {
      const copy = deepCopy(instance);
      Object.assign(copy.metadata, { deletionTimestamp: nowOf(core), deletionGracePeriodSeconds: 0, generation: (generation ?? 0) + 1 });
      core.store.put(table, key, copy);
    }
  }
  return core.store.table(table).size === 0;
}

/** Takes up again what a deletion waited for when the cluster was last stopped. */
export function resumeCleanup(core: Core): void {
  for (const crd of core.store.list(definitions)) {
    if (crd.metadata.deletionTimestamp && crd.metadata.finalizers?.includes(cleanup))
      followInstances(crd as CustomResourceDefinition, core);
  }
}

function followInstances(crd: CustomResourceDefinition, core: Core): void {
  const table = tableOf(crd);
  const { name } = crd.metadata;
  const stop = core.store.subscribe(table, () => {
    if (core.store.table(table).size > 0) return;
    stop();
    const present: KubeObject | undefined = core.store.get(definitions, name);
    if (!present?.metadata.deletionTimestamp) return;
    const left = (present.metadata.finalizers ?? []).filter((finalizer) => finalizer !== cleanup);
    if (left.length === 0) core.store.delete(definitions, name);
    else core.store.put(definitions, name, { ...present, metadata: { ...present.metadata, finalizers: left } });
  });
}
