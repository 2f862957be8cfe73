import { nowOf } from '../registry/core.ts';
import type { Strategy } from './strategy.ts';

const isDefaultClass = 'storageclass.kubernetes.io/is-default-class';
const protection = 'kubernetes.io/pvc-protection';
const volumeProtection = 'kubernetes.io/pv-protection';

/** Admission plugins DefaultStorageClass and StorageObjectInUseProtection. */
export const claimStrategy: Strategy = {
  statusMetadata: 'free',
  returnsDeleted: true,
  admit(object, core, old) {
    if (old) return;
    const spec = object['spec'] as { storageClassName?: string } | undefined;
    if (spec && spec.storageClassName === undefined && !object.metadata.annotations?.['volume.beta.kubernetes.io/storage-class']) {
      const standard = core.store.list('storage.k8s.io/storageclasses').find((c) => c.metadata.annotations?.[isDefaultClass] === 'true');
      if (standard) spec.storageClassName = standard.metadata.name;
    }
    if (!object.metadata.finalizers?.includes(protection)) object.metadata.finalizers = [...(object.metadata.finalizers ?? []), protection];
  },
  prepareCreate: (object) => void (object['status'] = { phase: 'Pending' }),
};

export const volumeStrategy: Strategy = {
  statusMetadata: 'free',
  returnsDeleted: true,
  keepsStatusOnCreate: false,
  admit(object, _core, old) {
    const finalizers = object.metadata.finalizers ?? [];
    if (!old && !finalizers.includes(volumeProtection)) object.metadata.finalizers = [...finalizers, volumeProtection];
  },
  prepareCreate: (object, core) => void (object['status'] = { phase: 'Pending', lastPhaseTransitionTime: nowOf(core) }),
};
