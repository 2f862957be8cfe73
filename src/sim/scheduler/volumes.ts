import * as r from '../../kube/resources.ts';
import type { PersistentVolumeClaim, Pod } from '../../kube/types.ts';
import type { ApiClient } from '../api/client.ts';
import { claimNames } from '../controllers/claim-protection.ts';
import type { Rejection } from './filters.ts';
import { matchesTerm } from './node-affinity.ts';
import type { NodeInfo } from './node-info.ts';

/** Written by the scheduler on a claim that waits for its first pod: where that goes. */
export const selectedNode = 'volume.kubernetes.io/selected-node';

export interface PodClaims {
  /** Why no node at all does. */
  refusal?: string;
  filter?: (info: NodeInfo) => Rejection | undefined;
  /** To be bound once a node is chosen. */
  waiting: PersistentVolumeClaim[];
}

/** VolumeBinding: what a pod's claims ask of its node. */
export function claimsOf(api: ApiClient, pod: Pod): PodClaims | undefined {
  const names = claimNames(pod);
  if (names.length === 0) return undefined;
  const waiting: PersistentVolumeClaim[] = [];
  const filters: ((info: NodeInfo) => Rejection | undefined)[] = [];
  for (const name of names) {
    const claim = api.get(r.persistentVolumeClaims, pod.metadata.namespace, name);
    if (!claim) return { refusal: `persistentvolumeclaim "${name}" not found`, waiting };
    if (claim.metadata.deletionTimestamp) return { refusal: `persistentvolumeclaim "${name}" is being deleted`, waiting };
    if (claim.status?.phase === 'Lost')
      return { refusal: `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec?.volumeName}"`, waiting };
    const volumeName = claim.spec?.volumeName;
    if (volumeName && claim.status?.phase === 'Bound') {
      const volume = api.get(r.persistentVolumes, undefined, volumeName);
      const terms = volume?.spec?.nodeAffinity?.required?.nodeSelectorTerms;
      if (terms)
        filters.push(({ node }) =>
          terms.some((term) => matchesTerm(node, term))
            ? undefined
            : { reasons: ["node(s) didn't match PersistentVolume's node affinity"], helpless: true },
        );
      continue;
    }
    const className = claim.spec?.storageClassName;
    const storageClass = className ? api.get(r.storageClasses, undefined, className) : undefined;
    if (storageClass?.volumeBindingMode !== 'WaitForFirstConsumer')
      return { refusal: 'pod has unbound immediate PersistentVolumeClaims', waiting };
    waiting.push(claim);
  }
  return { waiting, filter: (info) => filters.map((filter) => filter(info)).find((rejection) => rejection !== undefined) };
}
