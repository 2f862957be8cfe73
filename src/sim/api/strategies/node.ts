import { field } from './field.ts';
import type { Strategy } from './strategy.ts';

/** A kubelet registers its node with its status, and keeps labels and annotations by way of the status. */
export const nodeStrategy: Strategy = {
  statusMetadata: 'free',
  keepsStatusOnCreate: true,
  fields: { 'spec.unschedulable': (node) => field('spec', 'unschedulable')(node) || 'false' },
};
