import type { Job } from '../../../kube/types.ts';
import { field } from './field.ts';
import type { Strategy } from './strategy.ts';

/** The selector is drawn from the job's own uid (pkg/registry/batch/job, generateSelector). */
export const jobStrategy: Strategy = {
  generation: true,
  defaultPropagation: 'Orphan',
  deletionWarning:
    'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
  fields: { 'status.successful': (job) => field('status', 'succeeded')(job) || '0' },
  prepareCreate(object) {
    const job = object as Job;
    const spec = job.spec;
    if (!spec || spec.manualSelector) return;
    const { uid, name } = job.metadata;
    const template = (spec.template ??= {} as typeof spec.template);
    const metadata = (template.metadata ??= {});
    metadata.labels = {
      ...metadata.labels,
      'batch.kubernetes.io/controller-uid': uid,
      'batch.kubernetes.io/job-name': name,
      'controller-uid': uid,
      'job-name': name,
    };
    job.metadata.labels ??= { ...metadata.labels };
    spec.selector = { ...spec.selector, matchLabels: { ...spec.selector?.matchLabels, 'batch.kubernetes.io/controller-uid': uid } };
  },
};
