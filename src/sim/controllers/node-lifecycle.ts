import { isDeepStrictEqual } from 'node:util';
import { rfc3339 } from '../../base/clock.ts';
import * as r from '../../kube/resources.ts';
import type { Node } from '../../kube/types.ts';
import type { Controller, ReconcileResult } from './controller.ts';
import type { CoreContext } from './core-context.ts';
import { taintsOf } from './node-taints.ts';
import { podCondition } from './pods.ts';

/** --node-monitor-grace-period (50 s since Kubernetes 1.32) and --node-monitor-period. */
const graceMs = 50_000;
const monitorMs = 5_000;

const kubeletConditions = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

/** pkg/controller/nodelifecycle: nodes that no longer report, their taints, and what their pods are told. */
export function nodeLifecycleController(context: CoreContext): Controller {
  const { api, clock, pods } = context;
  const recorder = context.recorder('node-controller');
  /** Node uid → Ready status seen last. Nodes that are there at the start have been registered before. */
  const known = new Map(api.list(r.nodes).map((node) => [node.metadata.uid, readyOf(node)]));
  /** Node name → when its lease was seen to change. Never the lease's own time: nodes' clocks may differ, and a cluster may be rewound. */
  const heard = new Map<string, number>();

  function reconcile(name: string): ReconcileResult | void {
    const found = api.get(r.nodes, undefined, name);
    if (!found) return;
    if (!known.has(found.metadata.uid)) tell(found, 'RegisteredNode', `Node ${name} event: Registered Node ${name} in Controller`);
    if (!heard.has(name)) heard.set(name, clock.now());
    const silence = clock.now() - heard.get(name)!;
    const node = syncTaints(silence > graceMs ? markUnknown(found) : found);
    const ready = readyOf(node);
    const before = known.get(node.metadata.uid);
    known.set(node.metadata.uid, ready);
    if (before === 'True' && ready !== 'True') {
      tell(node, 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
      markPodsNotReady(name);
    }
    // While a node is silent, its lease is looked at every monitor period.
    return { requeueAfterMs: silence > graceMs ? monitorMs : graceMs - silence + 1 };
  }

  function markUnknown(node: Node): Node {
    const conditions = kubeletConditions.map((type) => node.status?.conditions?.find((c) => c.type === type));
    if (conditions.every((condition) => condition?.status === 'Unknown')) return node;
    const at = rfc3339(clock.now());
    const change = (copy: Node) => {
      const others = copy.status?.conditions?.filter((c) => !kubeletConditions.includes(c.type)) ?? [];
      const unknown = kubeletConditions.map((type, i) => {
        const before = conditions[i];
        if (!before) {
          const message = 'Kubelet never posted node status.';
          return { type, status: 'Unknown', reason: 'NodeStatusNeverUpdated', message, lastTransitionTime: at };
        }
        if (before.status === 'Unknown') return before;
        const message = 'Kubelet stopped posting node status.';
        return { ...before, status: 'Unknown', reason: 'NodeStatusUnknown', message, lastTransitionTime: at };
      });
      copy.status = { ...copy.status, conditions: [...others, ...unknown] };
    };
    return api.modify(r.nodes, undefined, node.metadata.name, change, { subresource: 'status' });
  }

  function syncTaints(node: Node): Node {
    const taints = taintsOf(node, clock.now());
    if (isDeepStrictEqual(taints, node.spec?.taints ?? [])) return node;
    return api.modify(r.nodes, undefined, node.metadata.name, (copy) => {
      if (taints.length > 0) copy.spec = { ...copy.spec, taints };
      else delete copy.spec?.taints;
    });
  }

  function markPodsNotReady(node: string): void {
    for (const pod of [...pods.by('node', node)]) {
      if (podCondition(pod, 'Ready')?.status !== 'True') continue;
      api.modify(
        r.pods,
        pod.metadata.namespace,
        pod.metadata.name,
        (copy) => {
          const ready = podCondition(copy, 'Ready');
          if (ready) Object.assign(ready, { status: 'False', lastTransitionTime: rfc3339(clock.now()) });
        },
        { subresource: 'status' },
      );
      recorder.warning(pod, 'NodeNotReady', 'Node is not ready');
    }
  }

  // Events about nodes carry the name as uid (controller/util/node, RecordNodeEvent): kubectl describe finds both.
  const tell = (node: Node, reason: string, message: string): void => recorder.normal(node, reason, message);

  return {
    name: 'node-lifecycle-controller',
    sources: [
      {
        resource: r.nodes,
        *keys({ type, object }) {
          if (type === 'DELETED' && known.delete(object.metadata.uid)) {
            const { name } = object.metadata;
            tell(object, 'RemovingNode', `Node ${name} event: Removing Node ${name} from Controller`);
          } else yield object.metadata.name;
        },
      },
    ],
    watch(enqueue) {
      return api.watch(r.leases, ({ type, object: { metadata } }) => {
        if (type === 'DELETED' || metadata.namespace !== 'kube-node-lease') return;
        const silent = clock.now() - (heard.get(metadata.name) ?? 0) > graceMs;
        heard.set(metadata.name, clock.now());
        if (silent) enqueue(metadata.name);
      });
    },
    reconcile,
  };
}

const readyOf = (node: Node): string => node.status?.conditions?.find((c) => c.type === 'Ready')?.status ?? 'Unknown';
