import { forbidden, invalid } from '../../../kube/status.ts';
import { deepEqual } from '../../../kube/json.ts';
import type { KubeObject, Pod, PodSpec } from '../../../kube/types.ts';
import { evaluatePod, type Level } from './pod-security-checks.ts';
import { nameOf, type AdmissionRequest } from './request.ts';

const prefix = 'pod-security.kubernetes.io/';
const levels = ['privileged', 'baseline', 'restricted'] as const;

interface Policy {
  level: Level;
  version: string;
}

const policyOf = (labels: Readonly<Record<string, string>> | undefined, mode: string): Policy => {
  const level = labels?.[`${prefix}${mode}`];
  const version = labels?.[`${prefix}${mode}-version`];
  // What cannot be read enforces nothing, but warns as strictly as can be.
  const fallback = level !== undefined && mode !== 'enforce' ? 'restricted' : level === undefined ? 'privileged' : 'restricted';
  return { level: levels.find((one) => one === level) ?? fallback, version: version ?? 'latest' };
};

const shown = ({ level, version }: Policy): string => JSON.stringify(`${level}:${version}`);

const templates = new Set([
  '/podtemplates',
  '/replicationcontrollers',
  'apps/deployments',
  'apps/replicasets',
  'apps/statefulsets',
  'apps/daemonsets',
  'batch/jobs',
  'batch/cronjobs',
]);

/** Plugin PodSecurity: a namespace's labels say which pods it takes, and of which it warns. Audit annotations go nowhere. */
export function checkPodSecurity(request: AdmissionRequest): void {
  const { core, definition, object, old, operation, namespace } = request;
  if (!object || operation === 'DELETE') return;
  if (definition.table === '/namespaces') return checkNamespace(request);
  const labels = namespace === undefined ? undefined : core.store.get('/namespaces', namespace)?.metadata.labels;
  if (!labels || !Object.keys(labels).some((label) => label.startsWith(prefix))) return;
  if (definition.table === '/pods') {
    if (request.subresource && request.subresource !== 'ephemeralcontainers') return;
    if (old && !isSignificant(object, old)) return;
    const enforced = policyOf(labels, 'enforce');
    const violations = evaluatePod(enforced.level, object, (object as Pod).spec!);
    if (violations !== '') throw forbidden(definition, nameOf(request), `violates PodSecurity ${shown(enforced)}: ${violations}`);
    return warn(request, labels, object, (object as Pod).spec!);
  }
  if (!templates.has(definition.table) || request.subresource) return;
  const template = templateOf(object);
  if (template?.spec) warn(request, labels, template as unknown as KubeObject, template.spec);
}

function warn(request: AdmissionRequest, labels: Readonly<Record<string, string>>, pod: KubeObject, spec: PodSpec): void {
  const policy = policyOf(labels, 'warn');
  const violations = evaluatePod(policy.level, pod, spec);
  if (violations !== '') request.warn?.(`would violate PodSecurity ${shown(policy)}: ${violations}`);
}

interface Template {
  metadata?: object;
  spec?: PodSpec;
}

function templateOf(object: KubeObject): Template | undefined {
  if (object.kind === 'PodTemplate') return object['template'] as Template;
  const spec = object['spec'] as { template?: Template; jobTemplate?: { spec?: { template?: Template } } } | undefined;
  return object.kind === 'CronJob' ? spec?.jobTemplate?.spec?.template : spec?.template;
}

/** Whether an update changes what the checks look at: images and containers. */
const isSignificant = (pod: Pod, old: Pod): boolean =>
  (['containers', 'initContainers', 'ephemeralContainers'] as const).some(
    (list) =>
      !deepEqual(
        (pod.spec?.[list] ?? []).map(({ name, image }) => [name, image]),
        (old.spec?.[list] ?? []).map(({ name, image }) => [name, image]),
      ),
  );

function checkNamespace(request: AdmissionRequest): void {
  const { definition, object, old, core } = request;
  if (request.subresource) return;
  const wrong = (labels: Readonly<Record<string, string>> | undefined) =>
    ['enforce', 'audit', 'warn'].flatMap((mode) => {
      const [level, version] = [labels?.[`${prefix}${mode}`], labels?.[`${prefix}${mode}-version`]];
      const at = (label: string) => `metadata.labels[${label}]`;
      return [
        ...(level !== undefined && !levels.includes(level as Level)
          ? [
              {
                reason: 'FieldValueInvalid',
                message: `Invalid value: ${JSON.stringify(level)}: must be one of ${levels.join(', ')}`,
                field: at(`${prefix}${mode}`),
              },
            ]
          : []),
        ...(version !== undefined && !/^(latest|v1\.(0|[1-9]\d*))$/.test(version)
          ? [
              {
                reason: 'FieldValueInvalid',
                message: `Invalid value: ${JSON.stringify(version)}: must be "latest" or "v1.x"`,
                field: at(`${prefix}${mode}-version`),
              },
            ]
          : []),
      ];
    });
  const labels = object!.metadata.labels;
  const causes = wrong(labels);
  if (causes.length > 0 && !(old && deepEqual(causes, wrong(old.metadata.labels))))
    throw invalid(definition, object!.metadata.name, causes);
  if (!old) return;
  const [now, before] = [policyOf(labels, 'enforce'), policyOf(old.metadata.labels, 'enforce')];
  if (deepEqual(now, before) || now.level === 'privileged') return;
  if (now.version === before.version && levels.indexOf(now.level) <= levels.indexOf(before.level)) return;
  warnOfPods(request, now, core.store.list('/pods', object!.metadata.name));
}

/** Pods that are there stay, but are told of: of those that break the same rules, one by name. */
function warnOfPods(request: AdmissionRequest, policy: Policy, pods: readonly Pod[]): void {
  const byViolation = new Map<string, string[]>();
  for (const pod of pods) {
    const violations = pod.spec ? evaluatePod(policy.level, pod, pod.spec, 'reasons') : '';
    if (violations !== '') byViolation.set(violations, [...(byViolation.get(violations) ?? []), pod.metadata.name]);
  }
  if (byViolation.size === 0) return;
  request.warn?.(
    `existing pods in namespace ${JSON.stringify(request.object!.metadata.name)} violate the new PodSecurity enforce level ${shown(policy)}`,
  );
  for (const [violations, names] of byViolation) {
    const [first, ...others] = names.toSorted();
    const more = others.length === 0 ? '' : ` (and ${others.length} other pod${others.length === 1 ? '' : 's'})`;
    request.warn?.(`${first}${more}: ${violations}`);
  }
}
