import { forbidden } from '../../../kube/status.ts';
import { apiVersionOf, pods } from '../../../kube/resources.ts';
import type { Container, Pod, PodSpec } from '../../../kube/types.ts';
import { nowOf, type Core } from '../registry/core.ts';
import { field } from './field.ts';
import { qosClassOf } from './pod-qos.ts';
import type { Json } from '../machinery.ts';
import type { Strategy } from './strategy.ts';

const tokenMountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
const nameCharacters = 'bcdfghjklmnpqrstvwxz2456789';

/** What a Pod that may not be scheduled yet is told. */
const gated = {
  type: 'PodScheduled',
  status: 'False',
  lastProbeTime: null,
  reason: 'SchedulingGated',
  message: 'Scheduling is blocked due to non-empty scheduling gates',
} as const;

export const podStrategy: Strategy = {
  generation: true,
  statusMetadata: 'free',
  returnsDeleted: true,
  fields: {
    'spec.nodeName': field('spec', 'nodeName'),
    'spec.restartPolicy': field('spec', 'restartPolicy'),
    'spec.schedulerName': field('spec', 'schedulerName'),
    'spec.serviceAccountName': field('spec', 'serviceAccountName'),
    'spec.hostNetwork': (pod) => String((pod as Pod).spec?.hostNetwork ?? false),
    'status.phase': field('status', 'phase'),
    'status.podIP': field('status', 'podIP'),
    'status.nominatedNodeName': field('status', 'nominatedNodeName'),
  },

  admit(object, core, old) {
    const pod = object as Pod;
    if (!pod.spec) return;
    if (old) return admitTolerations(pod.spec);
    admitServiceAccount(pod, pod.spec, core);
    admitRuntimeClass(pod, pod.spec, core);
    if ((pod.spec.terminationGracePeriodSeconds ?? 0) < 0) pod.spec.terminationGracePeriodSeconds = 1;
    admitPriority(pod, pod.spec, core);
    admitTolerations(pod.spec);
  },

  prepareCreate(object, core) {
    const pod = object as Pod;
    pod['status'] = { phase: 'Pending', ...(pod.spec && { qosClass: qosClassOf(pod.spec) }) };
    if (pod.spec?.schedulingGates?.length) (pod.status as Json)['conditions'] = [{ ...gated, lastTransitionTime: nowOf(core) }];
  },

  prepareUpdate(object, old, core, subresource) {
    if (subresource !== 'status') return;
    const [pod, before] = [object as Pod, old as Pod];
    // Spec and owners cannot be changed by way of the status.
    if (before.metadata.ownerReferences) pod.metadata.ownerReferences = before.metadata.ownerReferences;
    else delete pod.metadata.ownerReferences;
    if (pod.status && !pod.status.qosClass && before.status?.qosClass) pod.status.qosClass = before.status.qosClass;
  },

  gracePeriod(object, request) {
    const { spec, status } = object as Pod;
    if (!spec?.nodeName || status?.phase === 'Failed' || status?.phase === 'Succeeded') return 0;
    const seconds = request.gracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30;
    return seconds < 0 ? 1 : seconds;
  },
};

/** Admission plugin RuntimeClass. */
function admitRuntimeClass({ metadata }: Pod, spec: PodSpec, core: Core): void {
  const name = spec['runtimeClassName'];
  if (!name || core.store.get('node.k8s.io/runtimeclasses', name)) return;
  throw forbidden(pods, metadata.name || metadata.generateName || '', `pod rejected: RuntimeClass "${name}" not found`);
}

/** Admission plugin ServiceAccount. A missing `default` is let through: its controller follows in the same turn. */
function admitServiceAccount(pod: Pod, spec: PodSpec, core: Core): void {
  spec.serviceAccountName ||= 'default';
  spec.serviceAccount ??= spec.serviceAccountName;
  const { namespace } = pod.metadata;
  const account = core.store.get('/serviceaccounts', `${namespace}/${spec.serviceAccountName}`);
  if (!account && spec.serviceAccountName !== 'default') {
    throw forbidden(
      pods,
      pod.metadata.name || pod.metadata.generateName || '',
      `error looking up service account ${namespace}/${spec.serviceAccountName}: serviceaccount "${spec.serviceAccountName}" not found`,
    );
  }
  const mounts = spec.automountServiceAccountToken ?? (account?.['automountServiceAccountToken'] as boolean | undefined) ?? true;
  if (mounts) mountToken(spec, core);
}

function mountToken(spec: PodSpec, core: Core): void {
  const containers: Container[] = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  const lacking = containers.filter((c) => !c.volumeMounts?.some((mount) => mount.mountPath === tokenMountPath));
  if (lacking.length === 0) return;
  let volume = spec.volumes?.find((v) => v.name.startsWith('kube-api-access-'));
  if (!volume) {
    const suffix = Array.from({ length: 5 }, () => nameCharacters[Math.floor(core.random() * nameCharacters.length)]).join('');
    volume = {
      name: `kube-api-access-${suffix}`,
      projected: {
        defaultMode: 0o644,
        sources: [
          { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
          { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
          {
            downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: apiVersionOf(pods), fieldPath: 'metadata.namespace' } }] },
          },
        ],
      },
    };
    spec.volumes = [...(spec.volumes ?? []), volume];
  }
  for (const container of lacking) {
    container.volumeMounts = [...(container.volumeMounts ?? []), { name: volume.name, readOnly: true, mountPath: tokenMountPath }];
  }
}

/** Admission plugin Priority. */
function admitPriority(pod: Pod, spec: PodSpec, core: Core): void {
  const classes = core.store.list('scheduling.k8s.io/priorityclasses');
  const chosen = spec.priorityClassName
    ? classes.find((c) => c.metadata.name === spec.priorityClassName)
    : classes.find((c) => c['globalDefault'] === true);
  if (spec.priorityClassName && !chosen) {
    throw forbidden(
      pods,
      pod.metadata.name || pod.metadata.generateName || '',
      `no PriorityClass with name ${spec.priorityClassName} was found`,
    );
  }
  const priority = (chosen?.['value'] as number | undefined) ?? 0;
  if (spec.priority !== undefined && spec.priority !== priority) {
    throw forbidden(
      pods,
      pod.metadata.name || pod.metadata.generateName || '',
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${priority} from the given PriorityClass name`,
    );
  }
  spec.priority = priority;
  if (chosen) spec.priorityClassName = chosen.metadata.name;
  spec.preemptionPolicy ??= (chosen?.['preemptionPolicy'] as string | undefined) ?? 'PreemptLowerPriority';
}

/** Admission plugin DefaultTolerationSeconds. */
function admitTolerations(spec: PodSpec): void {
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    const tolerated = spec.tolerations?.some(
      (t) => (t.key === key || (!t.key && t.operator === 'Exists')) && (t.effect === 'NoExecute' || !t.effect),
    );
    if (tolerated) continue;
    spec.tolerations = [...(spec.tolerations ?? []), { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }];
  }
}
