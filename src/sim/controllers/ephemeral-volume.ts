import * as r from '../../kube/resources.ts';
import type { Controller } from './controller.ts';
import type { CoreContext } from './core-context.ts';
import { splitKey } from './manager.ts';
import { controllerReference } from './owners.ts';

/** pkg/controller/volume/ephemeral: the claim of a pod's generic ephemeral volume, which lives and dies with the pod. */
export function ephemeralVolumeController({ api }: CoreContext): Controller {
  return {
    name: 'ephemeral-volume-controller',
    sources: [
      {
        resource: r.pods,
        keys: ({ type, object: { metadata, spec } }) =>
          type !== 'DELETED' && spec?.volumes?.some((volume: { ephemeral?: object }) => volume.ephemeral)
            ? [`${metadata.namespace}/${metadata.name}`]
            : [],
      },
    ],
    reconcile(key) {
      const { namespace, name } = splitKey(key);
      const pod = api.get(r.pods, namespace, name);
      if (!pod || pod.metadata.deletionTimestamp) return;
      for (const volume of pod.spec?.volumes ?? []) {
        const template = volume.ephemeral?.volumeClaimTemplate;
        const claim = `${name}-${volume.name}`;
        if (!template || api.get(r.persistentVolumeClaims, namespace, claim)) continue;
        const { labels, annotations } = template.metadata ?? {};
        api.create(r.persistentVolumeClaims, {
          metadata: {
            name: claim,
            namespace,
            ...(labels && { labels: { ...labels } }),
            ...(annotations && { annotations: { ...annotations } }),
            ownerReferences: [controllerReference(r.pods, pod)],
          },
          spec: structuredClone(template.spec),
        });
      }
    },
  };
}
