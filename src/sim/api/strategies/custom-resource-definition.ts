import type { CustomResourceDefinition } from '../../../kube/types.ts';
import { nowOf } from '../registry/core.ts';
import type { Strategy } from './strategy.ts';

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
      storedVersions: crd.spec.versions.filter((v) => v.storage).map((v) => v.name),
    };
  },
  prepareUpdate(object, _old, _core, subresource) {
    if (subresource === 'status') return;
    const crd = object as CustomResourceDefinition;
    const storage = crd.spec.versions.filter((v) => v.storage).map((v) => v.name);
    crd.status = {
      ...crd.status,
      acceptedNames: crd.spec.names,
      storedVersions: [...new Set([...(crd.status?.storedVersions ?? []), ...storage])],
    };
  },
};
