import * as r from '../../kube/resources.ts';
import { matchesLabelSelector } from '../../kube/selectors.ts';
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../../kube/types.ts';
import { matchesTerm } from '../scheduler/node-affinity.ts';
import { amount } from '../scheduler/resources.ts';
import type { Controller, ReconcileResult } from './controller.ts';
import type { CoreContext } from './core-context.ts';
import { selectedNode } from '../scheduler/volumes.ts';
import { keyOf, splitKey } from './manager.ts';
import { writeStatus } from './status.ts';

const bindCompleted = 'pv.kubernetes.io/bind-completed';
const boundByController = 'pv.kubernetes.io/bound-by-controller';
/** Between looks at a claim that cannot be bound yet, each telling so (syncPeriod of the controller). */
const againMs = 15_000;

/** pkg/controller/volume/persistentvolume: claims get the volumes that fit them, or wait for a provisioner. */
export function volumeBinder(context: CoreContext): Controller {
  const { api } = context;
  const recorder = context.recorder('persistentvolume-controller');

  function reconcile(key: string): ReconcileResult | void {
    const { namespace, name } = splitKey(key);
    const claim = api.get(r.persistentVolumeClaims, namespace, name);
    if (!claim || claim.metadata.deletionTimestamp) return;
    const { volumeName } = claim.spec ?? {};
    if (claim.metadata.annotations?.[bindCompleted] && volumeName) return keep(claim, volumeName);
    if (volumeName) {
      const volume = api.get(r.persistentVolumes, undefined, volumeName);
      if (volume && isFreeFor(volume, claim)) bind(claim, volume);
      return;
    }
    return find(claim);
  }

  /** A bound claim stays so, but where its volume is gone. */
  function keep(claim: PersistentVolumeClaim, volumeName: string): void {
    const volume = api.get(r.persistentVolumes, undefined, volumeName);
    if (volume && volume.spec?.claimRef?.uid === claim.metadata.uid) return settle(claim, volume);
    if (claim.status?.phase === 'Lost') return;
    writeStatus(api, r.persistentVolumeClaims, claim, { phase: 'Lost' });
    recorder.warning(claim, 'ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!');
  }

  function find(claim: PersistentVolumeClaim): ReconcileResult | void {
    const className = claim.spec?.storageClassName;
    const storageClass = className ? api.get(r.storageClasses, undefined, className) : undefined;
    const node = claim.metadata.annotations?.[selectedNode];
    const waits = storageClass?.volumeBindingMode === 'WaitForFirstConsumer' && node === undefined;
    const volume = waits ? preBound(claim) : bestVolume(claim, node);
    if (volume) return bind(claim, volume);
    if (waits) recorder.normal(claim, 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding');
    else if (!className)
      recorder.normal(claim, 'FailedBinding', 'no persistent volumes available for this claim and no storage class is set');
    else if (!storageClass) recorder.warning(claim, 'ProvisioningFailed', `storageclass.storage.k8s.io "${className}" not found`);
    else if (storageClass.provisioner === 'kubernetes.io/no-provisioner') return;
    else provision(claim, storageClass);
    return { requeueAfterMs: againMs };
  }

  /** Leaves it to the provisioner of the class. */
  function provision(claim: PersistentVolumeClaim, { provisioner: name }: StorageClass): void {
    const annotations = { 'volume.beta.kubernetes.io/storage-provisioner': name, 'volume.kubernetes.io/storage-provisioner': name };
    api.modify(r.persistentVolumeClaims, claim.metadata.namespace, claim.metadata.name, (copy) => {
      copy.metadata.annotations = { ...copy.metadata.annotations, ...annotations };
    });
    const who = `either by the external provisioner '${name}' or manually by the system administrator`;
    const advice = 'If volume creation is delayed, please verify that the provisioner is running and correctly registered.';
    recorder.normal(claim, 'ExternalProvisioning', `Waiting for a volume to be created ${who}. ${advice}`);
  }

  const volumes = (): readonly PersistentVolume[] => api.list(r.persistentVolumes);

  const preBound = (claim: PersistentVolumeClaim): PersistentVolume | undefined =>
    volumes().find(({ spec }) => spec?.claimRef?.name === claim.metadata.name && spec.claimRef.namespace === claim.metadata.namespace);

  /** The smallest that is large enough. */
  function bestVolume(claim: PersistentVolumeClaim, nodeName: string | undefined): PersistentVolume | undefined {
    const node = nodeName === undefined ? undefined : api.get(r.nodes, undefined, nodeName);
    const fits = volumes().filter((volume) => {
      const terms = volume.spec?.nodeAffinity?.required?.nodeSelectorTerms;
      return isFreeFor(volume, claim) && matches(volume, claim) && (!node || !terms || terms.some((term) => matchesTerm(node, term)));
    });
    const size = (volume: PersistentVolume): number => amount(volume.spec?.capacity?.['storage'] ?? '0');
    return fits.find(({ spec }) => spec?.claimRef) ?? fits.toSorted((a, b) => size(a) - size(b))[0];
  }

  function bind(claim: PersistentVolumeClaim, volume: PersistentVolume): void {
    const { name, namespace, uid, resourceVersion } = claim.metadata;
    const byUs = !volume.spec?.claimRef;
    const bound = api.modify(r.persistentVolumes, undefined, volume.metadata.name, (copy) => {
      copy.spec!.claimRef = { kind: 'PersistentVolumeClaim', namespace: namespace!, name, uid, apiVersion: 'v1', resourceVersion };
      if (byUs) copy.metadata.annotations = { ...copy.metadata.annotations, [boundByController]: 'yes' };
    });
    const chosen = !claim.spec?.volumeName;
    const updated = api.modify(r.persistentVolumeClaims, namespace, name, (copy) => {
      copy.spec = { ...copy.spec, volumeName: volume.metadata.name };
      copy.metadata.annotations = { ...copy.metadata.annotations, [bindCompleted]: 'yes', ...(chosen && { [boundByController]: 'yes' }) };
    });
    settle(updated, bound);
  }

  function settle(claim: PersistentVolumeClaim, volume: PersistentVolume): void {
    if (volume.status?.phase !== 'Bound') writeStatus(api, r.persistentVolumes, volume, { ...volume.status, phase: 'Bound' });
    const { accessModes, capacity } = volume.spec ?? {};
    const status = { phase: 'Bound', ...(accessModes && { accessModes }), ...(capacity && { capacity }) };
    if (claim.status?.phase !== 'Bound') writeStatus(api, r.persistentVolumeClaims, claim, { ...claim.status, ...status });
  }

  return {
    name: 'persistentvolume-binder-controller',
    sources: [
      { resource: r.persistentVolumeClaims },
      {
        resource: r.persistentVolumes,
        *keys({ object }) {
          const { claimRef } = object.spec ?? {};
          if (claimRef) yield `${claimRef.namespace}/${claimRef.name}`;
          else for (const claim of api.list(r.persistentVolumeClaims)) if (claim.status?.phase === 'Pending') yield keyOf(claim);
        },
      },
      {
        resource: r.storageClasses,
        *keys({ type }) {
          if (type === 'ADDED')
            for (const claim of api.list(r.persistentVolumeClaims)) if (claim.status?.phase === 'Pending') yield keyOf(claim);
        },
      },
    ],
    reconcile,
  };
}

function isFreeFor({ spec, metadata }: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const { claimRef } = spec ?? {};
  if (metadata.deletionTimestamp) return false;
  if (!claimRef) return true;
  const same = claimRef.name === claim.metadata.name && claimRef.namespace === claim.metadata.namespace;
  return same && (claimRef.uid === undefined || claimRef.uid === claim.metadata.uid);
}

function matches({ spec, metadata, status }: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const wanted = claim.spec ?? {};
  if (status?.phase === 'Released' || status?.phase === 'Failed') return false;
  if ((spec?.storageClassName ?? '') !== (wanted.storageClassName ?? '')) return false;
  if ((spec?.volumeMode ?? 'Filesystem') !== (wanted.volumeMode ?? 'Filesystem')) return false;
  if (!(wanted.accessModes ?? []).every((mode) => spec?.accessModes?.includes(mode))) return false;
  if (amount(spec?.capacity?.['storage'] ?? '0') < amount(wanted.resources?.requests?.['storage'] ?? '0')) return false;
  return !wanted.selector || matchesLabelSelector(metadata.labels, wanted.selector);
}
