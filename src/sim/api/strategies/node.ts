import type { KubeObject, Node } from '../../../kube/types.ts';
import { field } from './field.ts';
import type { Strategy } from './strategy.ts';

const notReady = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };

/** A kubelet registers its node with its status, and keeps labels and annotations by way of the status. */
export const nodeStrategy: Strategy = {
  statusMetadata: 'free',
  keepsStatusOnCreate: true,
  fields: { 'spec.unschedulable': (node) => field('spec', 'unschedulable')(node) || 'false' },
  /** Admission plugin TaintNodesByCondition: no pod comes to a new node before the node controller has looked at it. */
  prepareCreate(object: KubeObject) {
    const node = object as Node;
    const taints = node.spec?.taints ?? [];
    if (!taints.some(({ key, effect }) => key === notReady.key && effect === notReady.effect)) {
      node.spec = { ...node.spec, taints: [...taints, notReady] };
    }
  },
};
