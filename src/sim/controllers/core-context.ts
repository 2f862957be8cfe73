import * as r from '../../kube/resources.ts';
import type { OwnerReference, Pod, ReplicaSet } from '../../kube/types.ts';
import type { ControllerContext } from './controller.ts';
import { ObjectCache } from './object-cache.ts';
import { EventRecorder } from './event-recorder.ts';

/** What Kubernetes' own controllers share beside the context of every controller. */
export interface CoreContext extends ControllerContext {
  pods: ObjectCache<Pod, 'owner' | 'orphansOf' | 'namespace' | 'node'>;
  replicaSets: ObjectCache<ReplicaSet, 'owner' | 'namespace'>;
  /** Writes Events as the named component. */
  recorder: (component: string) => EventRecorder;
  /** Ends the caches' watches. */
  close(): void;
}

const owner = (references: OwnerReference[] | undefined): string[] => {
  const controller = references?.find((reference) => reference.controller);
  return controller ? [controller.uid] : [];
};

export function coreContext(context: ControllerContext): CoreContext {
  const pods = new ObjectCache(context.api, r.pods, {
    owner: (pod) => owner(pod.metadata.ownerReferences),
    orphansOf: (pod) => (owner(pod.metadata.ownerReferences).length ? [] : [pod.metadata.namespace!]),
    namespace: (pod) => [pod.metadata.namespace!],
    node: (pod) => (pod.spec?.nodeName ? [pod.spec.nodeName] : []),
  });
  const replicaSets = new ObjectCache(context.api, r.replicaSets, {
    owner: (set) => owner(set.metadata.ownerReferences),
    namespace: (set) => [set.metadata.namespace!],
  });
  const recorders = new Map<string, EventRecorder>();
  return {
    ...context,
    pods,
    replicaSets,
    recorder(component) {
      let recorder = recorders.get(component);
      if (!recorder) recorders.set(component, (recorder = new EventRecorder(context, component)));
      return recorder;
    },
    close() {
      pods.close();
      replicaSets.close();
    },
  };
}
