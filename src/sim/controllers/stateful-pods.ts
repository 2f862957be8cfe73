import * as r from '../../kube/resources.ts';
import type { Draft, Pod, StatefulSet } from '../../kube/types.ts';
import { podFromTemplate } from './pod-control.ts';

export const revisionLabel = 'controller-revision-hash';
const nameLabel = 'statefulset.kubernetes.io/pod-name';
const indexLabel = 'apps.kubernetes.io/pod-index';

type Claim = NonNullable<NonNullable<StatefulSet['spec']>['volumeClaimTemplates']>[number];

/** The ordinal in a pod's name, where the set gave it. */
export function ordinalOf(set: StatefulSet, pod: Pod): number | undefined {
  const match = /^(.*)-(\d+)$/.exec(pod.metadata.name);
  return match?.[1] === set.metadata.name ? Number(match[2]) : undefined;
}

/** Ordinals that the set asks for, lowest first. */
export function ordinals(set: StatefulSet): number[] {
  const start = set.spec?.ordinals?.start ?? 0;
  return Array.from({ length: set.spec?.replicas ?? 1 }, (_, i) => start + i);
}

export const claimName = (claim: Claim, set: StatefulSet, ordinal: number): string =>
  `${claim.metadata?.name}-${set.metadata.name}-${ordinal}`;

/** The pod of an ordinal, as the revision's template asks for it: stable name, host name and claims. */
export function statefulPod(
  set: StatefulSet,
  template: NonNullable<StatefulSet['spec']>['template'],
  ordinal: number,
  revision: string,
): Draft<Pod> {
  const { generateName: _drawn, ...metadata } = podFromTemplate(template, { resource: r.statefulSets, object: set }).metadata!;
  const name = `${set.metadata.name}-${ordinal}`;
  const spec = structuredClone(template.spec!);
  const claims = set.spec?.volumeClaimTemplates ?? [];
  const volumes = claims.map((claim) => ({
    name: claim.metadata!.name!,
    persistentVolumeClaim: { claimName: claimName(claim, set, ordinal), readOnly: false },
  }));
  const others = (spec.volumes ?? []).filter((volume) => !volumes.some((own) => own.name === volume.name));
  return {
    metadata: {
      ...metadata,
      name,
      labels: { ...metadata.labels, [nameLabel]: name, [indexLabel]: String(ordinal), [revisionLabel]: revision },
    },
    spec: {
      ...spec,
      hostname: name,
      ...(set.spec?.serviceName && { subdomain: set.spec.serviceName }),
      ...(volumes.length + others.length > 0 && { volumes: [...volumes, ...others] }),
    },
  };
}
