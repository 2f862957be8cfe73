import { invalid } from '../../../kube/status.ts';
import type { KubeObject, Pod } from '../../../kube/types.ts';
import { deepCopy, deepEqual } from '../../store/object.ts';

/** What a write to …/ephemeralcontainers leaves: the pod as it was, with more ephemeral containers. */
export function withEphemeralContainers(old: KubeObject, wanted: KubeObject): KubeObject {
  const pod = deepCopy(old) as Pod;
  const before = pod.spec?.ephemeralContainers ?? [];
  const after = (wanted as Pod).spec?.ephemeralContainers ?? [];
  for (const container of before) {
    const kept = after.find((c) => c.name === container.name);
    if (kept && deepEqual(kept, container)) continue;
    throw invalid({ group: '', kind: 'Pod' }, pod.metadata.name, [
      {
        reason: 'FieldValueForbidden',
        message: `Forbidden: existing ephemeral containers ${JSON.stringify(container.name)} may not be ${kept ? 'changed' : 'removed'}\n`,
        field: 'spec.ephemeralContainers',
      },
    ]);
  }
  pod.spec!.ephemeralContainers = after.map((container) => ({
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: /(:latest|\/[^:@]+|^[^:@]+)$/.test(container.image ?? '') ? 'Always' : 'IfNotPresent',
    resources: {},
    ...container,
  }));
  return pod;
}
