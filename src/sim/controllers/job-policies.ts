import type { Job, Pod } from '../../kube/types.ts';
import { parseIndexes } from './job-indexes.ts';

type Rule = NonNullable<NonNullable<Job['spec']>['podFailurePolicy']>['rules'][number];
type Terminated = { name: string; exitCode: number };

/** What the Job's podFailurePolicy makes of a failed pod; undefined where no rule matches. */
export interface FailureMatch {
  action: 'Ignore' | 'FailIndex' | 'Count' | 'FailJob';
  /** For FailJob: why. */
  message: string;
}

export function matchFailurePolicy(job: Job, pod: Pod): FailureMatch | undefined {
  const { namespace, name } = pod.metadata;
  for (const [at, rule] of (job.spec?.podFailurePolicy?.rules ?? []).entries()) {
    const tail = `matching ${rule.action} rule at index ${at}`;
    const action = rule.action as FailureMatch['action'];
    const container = rule.onExitCodes && failedContainer(pod, rule.onExitCodes);
    if (container) {
      const message = `Container ${container.name} for pod ${namespace}/${name} failed with exit code ${container.exitCode} ${tail}`;
      return { action, message };
    }
    const condition = pod.status?.conditions?.find((c) => rule.onPodConditions?.some((p) => p.type === c.type && p.status === c.status));
    if (!rule.onExitCodes && condition) return { action, message: `Pod ${namespace}/${name} has condition ${condition.type} ${tail}` };
  }
  return undefined;
}

/** Whether a failed pod counts towards the back-off limits. */
export const countsAsFailure = (job: Job, pod: Pod): boolean => matchFailurePolicy(job, pod)?.action !== 'Ignore';

function failedContainer({ status }: Pod, { containerName, operator, values }: NonNullable<Rule['onExitCodes']>): Terminated | undefined {
  for (const one of [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]) {
    const exitCode = one.state?.terminated?.exitCode ?? 0;
    if (exitCode === 0 || (containerName !== undefined && containerName !== one.name)) continue;
    if (values.includes(exitCode) === (operator === 'In')) return { name: one.name, exitCode };
  }
  return undefined;
}

/** The message of the first rule of the successPolicy that holds. */
export function matchSuccessPolicy(job: Job, succeeded: ReadonlySet<number>): string | undefined {
  if (succeeded.size === 0) return undefined;
  for (const [at, { succeededIndexes, succeededCount }] of (job.spec?.successPolicy?.rules ?? []).entries()) {
    const required = succeededIndexes === undefined ? undefined : parseIndexes(succeededIndexes, job.spec?.completions ?? 0);
    const among = required ? [...required].filter((index) => succeeded.has(index)).length : succeeded.size;
    const enough = succeededCount !== undefined && among >= succeededCount;
    const all = required !== undefined && required.size > 0 && among === required.size;
    if (enough || all) return `Matched rules at index ${at}`;
  }
  return undefined;
}
