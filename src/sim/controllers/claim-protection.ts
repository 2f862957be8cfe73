import * as r from '../../kube/resources.ts';
import type { Pod } from '../../kube/types.ts';
import type { Controller } from './controller.ts';
import type { CoreContext } from './core-context.ts';
import { splitKey } from './manager.ts';
import { isTerminal } from './pods.ts';

const protection = 'kubernetes.io/pvc-protection';

export const claimNames = (pod: Pod): string[] =>
  (pod.spec?.volumes ?? []).flatMap((volume) => {
    if (volume.persistentVolumeClaim) return [volume.persistentVolumeClaim.claimName];
    return volume.ephemeral ? [`${pod.metadata.name}-${volume.name}`] : [];
  });

/** pkg/controller/volume/pvcprotection: a claim that is being deleted stays while a pod uses it. */
export function claimProtectionController({ api, pods }: CoreContext): Controller {
  return {
    name: 'persistentvolumeclaim-protection-controller',
    sources: [
      {
        resource: r.persistentVolumeClaims,
        keys: ({ object: { metadata } }) => (metadata.deletionTimestamp ? [`${metadata.namespace}/${metadata.name}`] : []),
      },
      {
        resource: r.pods,
        keys: ({ type, object }) =>
          type === 'DELETED' || isTerminal(object) ? claimNames(object).map((name) => `${object.metadata.namespace}/${name}`) : [],
      },
    ],
    reconcile(key) {
      const { namespace, name } = splitKey(key);
      const claim = api.get(r.persistentVolumeClaims, namespace, name);
      if (!claim?.metadata.deletionTimestamp || !claim.metadata.finalizers?.includes(protection)) return;
      for (const pod of pods.by('namespace', namespace)) {
        if (pod.spec?.nodeName && !isTerminal(pod) && claimNames(pod).includes(name)) return;
      }
      api.modify(r.persistentVolumeClaims, namespace, name, (copy) => {
        copy.metadata.finalizers = copy.metadata.finalizers?.filter((finalizer) => finalizer !== protection) ?? [];
      });
    },
  };
}
