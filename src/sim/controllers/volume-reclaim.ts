import * as r from '../../kube/resources.ts';
import type { Controller } from './controller.ts';
import type { CoreContext } from './core-context.ts';
import { localPath } from './local-path-provisioner.ts';
import { writeStatus } from './status.ts';

const protection = 'kubernetes.io/pv-protection';

/** What becomes of volumes: Available, Released when their claim has gone, and deleted where their policy says so. Keys are names of volumes. */
export function volumeReclaimer({ api }: CoreContext): Controller {
  function reconcile(name: string): void {
    const volume = api.get(r.persistentVolumes, undefined, name);
    if (!volume) return;
    const { claimRef, persistentVolumeReclaimPolicy } = volume.spec ?? {};
    const claim = claimRef && api.get(r.persistentVolumeClaims, claimRef.namespace, claimRef.name ?? '');
    const bound = claim !== undefined && claimRef?.uid !== undefined && claim.metadata.uid === claimRef.uid;
    if (volume.metadata.deletionTimestamp) {
      if (!bound) release(name);
      return;
    }
    if (!claimRef || claimRef.uid === undefined) {
      if (volume.status?.phase !== 'Available') writeStatus(api, r.persistentVolumes, volume, { ...volume.status, phase: 'Available' });
      return;
    }
    if (bound) return;
    if (volume.status?.phase !== 'Released') writeStatus(api, r.persistentVolumes, volume, { ...volume.status, phase: 'Released' });
    const ours = volume.metadata.annotations?.['pv.kubernetes.io/provisioned-by'] === localPath;
    if (persistentVolumeReclaimPolicy === 'Delete' && ours) api.delete(r.persistentVolumes, undefined, name);
  }

  /** The volume is in no claim's use any more (pkg/controller/volume/pvprotection). */
  function release(name: string): void {
    api.modify(r.persistentVolumes, undefined, name, (copy) => {
      copy.metadata.finalizers = copy.metadata.finalizers?.filter((finalizer) => finalizer !== protection) ?? [];
    });
  }

  return {
    name: 'persistentvolume-reclaim-controller',
    sources: [
      { resource: r.persistentVolumes },
      {
        resource: r.persistentVolumeClaims,
        keys: ({ type, object }) => (type === 'DELETED' && object.spec?.volumeName ? [object.spec.volumeName] : []),
      },
    ],
    reconcile,
  };
}
