import { formatLabelSelector } from '../../../kube/selectors.ts';
import type {
  DaemonSet,
  Deployment,
  Job,
  KubeObject,
  LabelSelector,
  PodTemplateSpec,
  ReplicaSet,
  StatefulSet,
} from '../../../kube/types.ts';
import type { Core } from '../registry/core.ts';
import { age, ageOf, humanDuration, integer, nameColumn, orNone, text, wide, type Column } from './columns.ts';

type Templated = KubeObject & { spec?: { template?: PodTemplateSpec; selector?: LabelSelector } };

const containers = wide('Containers', (o: Templated) => (o.spec?.template?.spec?.containers ?? []).map((c) => c.name).join(','));
const images = wide('Images', (o: Templated) => (o.spec?.template?.spec?.containers ?? []).map((c) => c.image ?? '').join(','));
const selector = wide('Selector', (o: Templated) => orNone(formatLabelSelector(o.spec?.selector)));
const templateColumns = [containers, images, selector];

function jobStatus(job: Job): string {
  const holds = (type: string) => job.status?.conditions?.some((c) => c.type === type && c.status === 'True');
  if (holds('Complete')) return 'Complete';
  if (holds('Failed')) return 'Failed';
  if (job.metadata.deletionTimestamp) return 'Terminating';
  if (holds('Suspended')) return 'Suspended';
  if (holds('FailureTarget')) return 'FailureTarget';
  if (holds('SuccessCriteriaMet')) return 'SuccessCriteriaMet';
  return 'Running';
}

function completions({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function jobDuration({ status }: Job, core: Core): string {
  if (!status?.startTime) return '';
  const end = status.completionTime ? Date.parse(status.completionTime) : core.clock.now();
  return humanDuration(end - Date.parse(status.startTime));
}

type CronJob = KubeObject & {
  spec?: { schedule?: string; timeZone?: string; suspend?: boolean; jobTemplate?: { spec?: { template?: PodTemplateSpec } } };
  status?: { active?: unknown[]; lastScheduleTime?: string };
};
const cronContainers = (o: CronJob) => o.spec?.jobTemplate?.spec?.template?.spec?.containers ?? [];

/** As pkg/printers/internalversion prints them. */
export const workloadColumns = {
  'apps/deployments': [
    nameColumn,
    text('Ready', (d: Deployment) => `${d.status?.readyReplicas ?? 0}/${d.spec?.replicas ?? 0}`),
    integer('Up-to-date', (d: Deployment) => d.status?.updatedReplicas ?? 0),
    integer('Available', (d: Deployment) => d.status?.availableReplicas ?? 0),
    age(),
    ...templateColumns,
  ],
  'apps/replicasets': [
    nameColumn,
    integer('Desired', (r: ReplicaSet) => r.spec?.replicas ?? 0),
    integer('Current', (r: ReplicaSet) => r.status?.replicas ?? 0),
    integer('Ready', (r: ReplicaSet) => r.status?.readyReplicas ?? 0),
    age(),
    ...templateColumns,
  ],
  '/replicationcontrollers': [
    nameColumn,
    integer('Desired', (r: ReplicaSet) => r.spec?.replicas ?? 0),
    integer('Current', (r: ReplicaSet) => r.status?.replicas ?? 0),
    integer('Ready', (r: ReplicaSet) => r.status?.readyReplicas ?? 0),
    age(),
    containers,
    images,
    wide('Selector', (r: KubeObject & { spec?: { selector?: Record<string, string> } }) =>
      orNone(formatLabelSelector(r.spec && { matchLabels: r.spec.selector ?? {} })),
    ),
  ],
  'apps/daemonsets': [
    nameColumn,
    integer('Desired', (d: DaemonSet) => d.status?.desiredNumberScheduled ?? 0),
    integer('Current', (d: DaemonSet) => d.status?.currentNumberScheduled ?? 0),
    integer('Ready', (d: DaemonSet) => d.status?.numberReady ?? 0),
    integer('Up-to-date', (d: DaemonSet) => d.status?.updatedNumberScheduled ?? 0),
    integer('Available', (d: DaemonSet) => d.status?.numberAvailable ?? 0),
    text('Node Selector', (d: DaemonSet) => orNone(formatLabelSelector({ matchLabels: d.spec?.template?.spec?.nodeSelector ?? {} }))),
    age(),
    ...templateColumns,
  ],
  'apps/statefulsets': [
    nameColumn,
    text('Ready', (s: StatefulSet) => `${s.status?.readyReplicas ?? 0}/${s.spec?.replicas ?? 0}`),
    age(),
    containers,
    images,
  ],
  'apps/controllerrevisions': [
    nameColumn,
    text('Controller', (r: KubeObject) => {
      const owner = r.metadata.ownerReferences?.find((reference) => reference.controller);
      if (!owner) return '<none>';
      const group = owner.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0]}` : '';
      return `${owner.kind.toLowerCase()}${group}/${owner.name}`;
    }),
    integer('Revision', (r: KubeObject) => r['revision'] as number),
    age(),
  ],
  'batch/jobs': [
    nameColumn,
    text('Status', jobStatus),
    text('Completions', completions),
    text('Duration', jobDuration),
    age(),
    ...templateColumns,
  ],
  'batch/cronjobs': [
    nameColumn,
    text('Schedule', (c: CronJob) => c.spec?.schedule),
    text('Timezone', (c: CronJob) => orNone(c.spec?.timeZone)),
    text('Suspend', (c: CronJob) => (c.spec?.suspend ? 'True' : 'False')),
    integer('Active', (c: CronJob) => c.status?.active?.length ?? 0),
    text('Last Schedule', (c: CronJob, core) => (c.status?.lastScheduleTime ? ageOf(c.status.lastScheduleTime, core) : '<none>')),
    age(),
    wide('Containers', (c: CronJob) =>
      cronContainers(c)
        .map((o) => o.name)
        .join(','),
    ),
    wide('Images', (c: CronJob) =>
      cronContainers(c)
        .map((o) => o.image ?? '')
        .join(','),
    ),
    wide('Selector', () => '<none>'),
  ],
} as unknown as Readonly<Record<string, readonly Column[]>>;
