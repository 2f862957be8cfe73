import type { JsonObject } from '../../../kube/json.ts';
import { at, each, fill } from './fill.ts';
import { fieldRef, pullPolicy } from './references.ts';

const readableByAll = 0o644;

/** Defaults of a volume's source by its field. */
const sources: Readonly<Record<string, JsonObject>> = {
  secret: { defaultMode: readableByAll },
  configMap: { defaultMode: readableByAll },
  downwardAPI: { defaultMode: readableByAll },
  projected: { defaultMode: readableByAll },
  iscsi: { iscsiInterface: 'default' },
  rbd: { pool: 'rbd', user: 'admin', keyring: '/etc/ceph/keyring' },
  azureDisk: { cachingMode: 'ReadWrite', fsType: 'ext4', readOnly: false, kind: 'Shared' },
  scaleIO: { storageMode: 'ThinProvisioned', fsType: 'xfs' },
};

export function volumes(spec: JsonObject): void {
  for (const volume of each(spec, 'volumes')) {
    if (Object.keys(volume).every((field) => field === 'name')) volume.emptyDir = {};
    for (const [source, defaults] of Object.entries(sources)) {
      const found = at(volume, source);
      if (found) fill(found, defaults);
    }
    const hostPath = at(volume, 'hostPath');
    if (hostPath) hostPath.type ??= '';
    const image = at(volume, 'image');
    if (image) fill(image, { pullPolicy: pullPolicy(image.reference) });
    for (const item of each(at(volume, 'downwardAPI'), 'items')) fieldRef(item);
    for (const source of each(at(volume, 'projected'), 'sources')) {
      const token = at(source, 'serviceAccountToken');
      if (token) fill(token, { expirationSeconds: 3600 });
      for (const item of each(at(source, 'downwardAPI'), 'items')) fieldRef(item);
    }
    const claim = at(at(at(volume, 'ephemeral'), 'volumeClaimTemplate'), 'spec');
    if (claim) fill(claim, { volumeMode: 'Filesystem' });
  }
}
