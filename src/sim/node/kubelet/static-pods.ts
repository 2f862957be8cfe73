import { createHash } from 'node:crypto';
import { pods } from '../../../kube/resources.ts';
import { isNotFound, StatusError } from '../../../kube/status.ts';
import type { Draft, Node, Pod } from '../../../kube/types.ts';
import type { ApiClient } from '../../api/client.ts';
import type { Machine } from '../machine.ts';

export const manifestFolder = '/etc/kubernetes/manifests';

const annotation = (name: string) => `kubernetes.io/config.${name}`;

/**
 * Mirror pods for the manifests on a node's disk: made where they are missing, removed where the file is gone or
 * changed. False where the API refused one, to be tried again.
 */
export async function syncStaticPods(api: ApiClient, machine: Machine, node: Node): Promise<boolean> {
  const wanted = new Map<string, Draft<Pod>>();
  if (machine.files.exists(manifestFolder)) {
    const { parse } = await import('yaml');
    for (const { path, directory } of machine.files.list(manifestFolder)) {
      if (directory || !/\.(ya?ml|json)$/.test(path)) continue;
      const text = machine.files.read(path);
      const pod = mirrorOf(parse(text) as Draft<Pod>, text, machine, node);
      wanted.set(`${pod.metadata?.namespace}/${pod.metadata?.name}`, pod);
    }
  }
  for (const pod of api.list(pods, { fieldSelector: `spec.nodeName=${machine.name}` })) {
    const hash = pod.metadata.annotations?.[annotation('mirror')];
    const key = `${pod.metadata.namespace}/${pod.metadata.name}`;
    if (hash === undefined) continue;
    if (wanted.get(key)?.metadata?.annotations?.[annotation('mirror')] === hash) wanted.delete(key);
    else remove(api, pod);
  }
  let complete = true;
  for (const pod of wanted.values()) {
    try {
      api.create(pods, pod);
    } catch (error) {
      // One before it may still be on its way out, or its namespace or priority class not be there yet.
      if (!(error instanceof StatusError)) throw error;
      complete = false;
    }
  }
  return complete;
}

export const isMirror = (pod: Pod): boolean => pod.metadata.annotations?.[annotation('mirror')] !== undefined;

function remove(api: ApiClient, pod: Pod): void {
  try {
    api.delete(pods, pod.metadata.namespace, pod.metadata.name, { preconditions: { uid: pod.metadata.uid } });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

function mirrorOf(manifest: Draft<Pod>, text: string, machine: Machine, node: Node): Draft<Pod> {
  const hash = createHash('md5').update(machine.name).update(text).digest('hex');
  return {
    ...manifest,
    metadata: {
      ...manifest.metadata,
      name: `${manifest.metadata?.name}-${machine.name}`,
      namespace: manifest.metadata?.namespace ?? 'default',
      annotations: {
        ...manifest.metadata?.annotations,
        [annotation('hash')]: hash,
        [annotation('mirror')]: hash,
        [annotation('source')]: 'file',
      },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: machine.name, uid: node.metadata.uid, controller: true }],
    },
    spec: { ...manifest.spec!, nodeName: machine.name, tolerations: [{ effect: 'NoExecute', operator: 'Exists' }] },
  };
}
