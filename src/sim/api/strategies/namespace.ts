import { forbidden } from '../../../kube/status.ts';
import { namespaces } from '../../../kube/resources.ts';
import type { Namespace } from '../../../kube/types.ts';
import { field } from './field.ts';
import { statusOf, type Strategy } from './strategy.ts';

const immortal = new Set(['default', 'kube-system', 'kube-public']);

/** spec.finalizers holds a namespace until its controller has emptied it; only /finalize changes them. */
export const namespaceStrategy: Strategy = {
  statusMetadata: 'free',
  fields: { 'status.phase': field('status', 'phase') },
  prepareCreate(object) {
    const namespace = object as Namespace;
    namespace.metadata.labels = { ...namespace.metadata.labels, 'kubernetes.io/metadata.name': namespace.metadata.name };
    namespace.spec = { ...namespace.spec, finalizers: [...new Set([...(namespace.spec?.finalizers ?? []), 'kubernetes'])] };
    namespace.status = { phase: 'Active' };
  },
  prepareUpdate(object, old, _core, subresource) {
    const namespace = object as Namespace;
    namespace.metadata.labels = { ...namespace.metadata.labels, 'kubernetes.io/metadata.name': namespace.metadata.name };
    if (subresource === 'finalize') {
      const finalizers = namespace.spec?.finalizers;
      Object.assign(namespace, { ...old, metadata: namespace.metadata, spec: { ...(finalizers?.length && { finalizers }) } });
      return;
    }
    const finalizers = (old as Namespace).spec?.finalizers;
    namespace.spec = { ...namespace.spec, ...(finalizers && { finalizers }) };
    if (!finalizers) delete namespace.spec.finalizers;
  },
  ungraceful: true,
  held: (object) => ((object as Namespace).spec?.finalizers?.length ?? 0) > 0,
  terminating: (object) => void (statusOf(object)['phase'] = 'Terminating'),
  mayDelete(object) {
    if (immortal.has(object.metadata.name)) throw forbidden(namespaces, object.metadata.name, 'this namespace may not be deleted');
  },
};
