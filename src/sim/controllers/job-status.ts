import type { Job } from '../../kube/types.ts';

type Condition = NonNullable<NonNullable<Job['status']>['conditions']>[number];

export const jobCondition = (job: Job, type: string): Condition | undefined =>
  job.status?.conditions?.find((c) => c.type === type && c.status === 'True');

/** The condition by which a Job is finished. */
export const jobEnd = (job: Job): Condition | undefined => jobCondition(job, 'Complete') ?? jobCondition(job, 'Failed');
