import { rfc3339 } from '../../../base/clock.ts';
import type { KubeObject, Pod } from '../../../kube/types.ts';
import { nodeUsage, podUsage, type Usage } from '../metrics/usage.ts';
import { jsonResponse, type ApiResponse } from '../http/message.ts';
import type { Core } from '../registry/core.ts';

const plain = (status: number, body: string): ApiResponse => ({ status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body });

/** What a kubelet answers at its port to the API server: /healthz, /pods, /stats/summary. */
export function kubeletAnswer(core: Core, node: string, path: string): ApiResponse {
  const pods = (core.store.list('/pods') as Pod[]).filter(({ spec }) => spec?.nodeName === node);
  switch (path.split('?')[0]!.replace(/(?<=.)\/$/, '')) {
    case '/healthz':
      return plain(200, 'ok');
    case '/pods':
    case '/runningpods':
      return jsonResponse(200, JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: pods }));
    case '/stats/summary':
      return jsonResponse(200, `${JSON.stringify(summary(core, core.store.get('/nodes', node)!, pods), null, 1)}\n`);
    default:
      return plain(404, '404 page not found\n');
  }
}

/** stats.k8s.io Summary with the figures of `kubectl top`. */
function summary(core: Core, node: KubeObject, pods: Pod[]): object {
  const now = core.clock.now();
  const time = rfc3339(now);
  const stats = ({ cpuMilli, memoryBytes }: Usage) => ({
    cpu: { time, usageNanoCores: cpuMilli * 1_000_000 },
    memory: { time, usageBytes: memoryBytes, workingSetBytes: memoryBytes },
  });
  return {
    node: { nodeName: node.metadata.name, startTime: node.metadata.creationTimestamp, ...stats(nodeUsage(core.store, node, now)) },
    pods: pods.map((pod) => ({
      podRef: { name: pod.metadata.name, namespace: pod.metadata.namespace, uid: pod.metadata.uid },
      startTime: pod.status?.startTime ?? null,
      containers: podUsage(pod, now).map(({ name, usage }) => ({ name, startTime: pod.status?.startTime ?? null, ...stats(usage) })),
    })),
  };
}
