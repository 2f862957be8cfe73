import { rfc3339 } from '../../base/clock.ts';
import * as r from '../../kube/resources.ts';
import { StatusError } from '../../kube/status.ts';
import type { Pod } from '../../kube/types.ts';
import { tolerates, type Taint } from '../scheduler/taints.ts';
import type { Controller, ReconcileResult } from './controller.ts';
import type { CoreContext } from './core-context.ts';
import { keyOf, splitKey } from './manager.ts';
import { withoutCondition } from './conditions.ts';

/** pkg/controller/tainteviction: deletes pods that a NoExecute taint drives out, at once or after tolerationSeconds. */
export function taintEvictionController(context: CoreContext): Controller {
  const { api, clock, pods } = context;
  const recorder = context.recorder('taint-eviction-controller');

  function reconcile(key: string): ReconcileResult | void {
    const { namespace, name } = splitKey(key);
    const pod = api.get(r.pods, namespace, name);
    if (!pod?.spec?.nodeName || pod.metadata.deletionTimestamp) return;
    const taints = api.get(r.nodes, undefined, pod.spec.nodeName)?.spec?.taints?.filter((taint) => taint.effect === 'NoExecute') ?? [];
    const now = clock.now();
    const deadline = Math.min(...taints.map((taint) => deadlineOf(pod, taint, now)));
    if (deadline === Infinity) return;
    if (deadline > now) return { requeueAfterMs: deadline - now };
    evict(pod);
  }

  function evict(pod: Pod): void {
    const { namespace, name, uid } = pod.metadata;
    recorder.normal(pod, 'TaintManagerEviction', `Marking for deletion Pod ${namespace}/${name}`);
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByTaintManager',
      message: 'Taint manager: deleting due to NoExecute taint',
      lastTransitionTime: rfc3339(clock.now()),
    };
    const change = (copy: Pod) => {
      copy.status = { ...copy.status, conditions: [...withoutCondition(copy.status?.conditions, condition.type), condition] };
    };
    api.modify(r.pods, namespace, name, change, { subresource: 'status' });
    try {
      api.delete(r.pods, namespace, name, { preconditions: { uid } });
    } catch (error) {
      if (!(error instanceof StatusError && error.code === 404)) throw error;
    }
  }

  return {
    name: 'taint-eviction-controller',
    sources: [
      {
        resource: r.nodes,
        *keys({ object, previous }) {
          if (!noExecute(object.spec?.taints) && !noExecute(previous?.spec?.taints)) return;
          for (const pod of pods.by('node', object.metadata.name)) yield keyOf(pod);
        },
      },
      {
        resource: r.pods,
        keys: ({ object }) => {
          const node = object.spec?.nodeName && api.get(r.nodes, undefined, object.spec.nodeName);
          return node && noExecute(node.spec?.taints) ? [keyOf(object)] : [];
        },
      },
    ],
    reconcile,
  };
}

const noExecute = (taints: readonly Taint[] | undefined): boolean => taints?.some((taint) => taint.effect === 'NoExecute') ?? false;

/** When the pod has to leave because of one taint; Infinity where it may stay. */
function deadlineOf(pod: Pod, taint: Taint, now: number): number {
  const matching = pod.spec?.tolerations?.filter((toleration) => tolerates(toleration, taint)) ?? [];
  if (matching.length === 0) return 0;
  const seconds = Math.min(...matching.map((toleration) => toleration.tolerationSeconds ?? Infinity));
  return (taint.timeAdded ? Date.parse(taint.timeAdded) : now) + Math.max(0, seconds) * 1000;
}
