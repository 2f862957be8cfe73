import * as r from '../../kube/resources.ts';
import type { Draft, Node, PersistentVolume, PersistentVolumeClaim, StorageClass } from '../../kube/types.ts';
import { selectedNode } from '../scheduler/volumes.ts';
import type { Controller, ReconcileResult } from './controller.ts';
import type { CoreContext } from './core-context.ts';
import { keyOf, splitKey } from './manager.ts';

export const localPath = 'rancher.io/local-path';
/** A helper pod makes the folder on the node. */
const takesMs = 3000;

/**
 * Kind's local-path-provisioner: a volume is a folder on the node of its first pod. A claim whose class binds at once has no
 * such node; the real one refuses it, here it gets a ready worker, so that such classes can be tried as well.
 */
export function localPathProvisioner(context: CoreContext): Controller {
  const { api, clock } = context;
  const recorder = context.recorder(`${localPath}_local-path-provisioner`);
  const due = new Map<string, number>();

  function reconcile(key: string): ReconcileResult | void {
    const { namespace, name } = splitKey(key);
    const claim = api.get(r.persistentVolumeClaims, namespace, name);
    const wants = claim?.metadata.annotations?.['volume.kubernetes.io/storage-provisioner'] === localPath;
    if (!claim || claim.metadata.deletionTimestamp || claim.spec?.volumeName || !wants) return void due.delete(key);
    const storageClass = api.get(r.storageClasses, undefined, claim.spec?.storageClassName ?? '');
    if (!storageClass) return;
    const at = due.get(key);
    if (at === undefined) {
      recorder.normal(claim, 'Provisioning', `External provisioner is provisioning volume for claim "${key}"`);
      due.set(key, clock.now() + takesMs);
      return { requeueAfterMs: takesMs };
    }
    if (at > clock.now()) return { requeueAfterMs: at - clock.now() };
    due.delete(key);
    const node = nodeFor(claim);
    if (!node) {
      recorder.warning(
        claim,
        'ProvisioningFailed',
        `failed to provision volume with StorageClass "${storageClass.metadata.name}": no node is ready`,
      );
      return { requeueAfterMs: 15_000 };
    }
    const volume = volumeFor(claim, storageClass, node);
    if (api.get(r.persistentVolumes, undefined, volume.metadata!.name!)) return;
    api.create(r.persistentVolumes, volume);
    recorder.normal(claim, 'ProvisioningSucceeded', `Successfully provisioned volume ${volume.metadata!.name}`);
  }

  function nodeFor(claim: PersistentVolumeClaim): Node | undefined {
    const chosen = claim.metadata.annotations?.[selectedNode];
    if (chosen !== undefined) return api.get(r.nodes, undefined, chosen);
    return api
      .list(r.nodes)
      .find(
        ({ spec, status }) =>
          !spec?.unschedulable && !spec?.taints?.length && status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True'),
      );
  }

  return {
    name: 'local-path-provisioner',
    sources: [{ resource: r.persistentVolumeClaims, keys: ({ object }) => [keyOf(object)] }],
    reconcile,
  };
}

function volumeFor(claim: PersistentVolumeClaim, storageClass: StorageClass, { metadata }: Node): Draft<PersistentVolume> {
  const { namespace, name, uid, resourceVersion } = claim.metadata;
  const volume = `pvc-${uid}`;
  const hostname = metadata.labels?.['kubernetes.io/hostname'] ?? metadata.name;
  return {
    metadata: {
      name: volume,
      annotations: { 'local.path.provisioner/selected-node': metadata.name, 'pv.kubernetes.io/provisioned-by': localPath },
    },
    spec: {
      accessModes: claim.spec?.accessModes ?? [],
      capacity: { storage: claim.spec?.resources?.requests?.['storage'] ?? '0' },
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: namespace!, name, uid, resourceVersion },
      hostPath: { path: `/var/local-path-provisioner/${volume}_${namespace}_${name}`, type: 'DirectoryOrCreate' },
      nodeAffinity: {
        required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [hostname] }] }] },
      },
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
      storageClassName: storageClass.metadata.name,
      volumeMode: claim.spec?.volumeMode ?? 'Filesystem',
    },
  };
}
