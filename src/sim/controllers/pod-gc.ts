import { rfc3339 } from '../../base/clock.ts';
import * as r from '../../kube/resources.ts';
import { StatusError } from '../../kube/status.ts';
import type { Pod } from '../../kube/types.ts';
import type { Controller, ReconcileResult } from './controller.ts';
import type { CoreContext } from './core-context.ts';
import { withoutCondition } from './conditions.ts';
import { isTerminal } from './pods.ts';

/** pkg/controller/podgc: how long a node has to be gone before its pods are. */
const quarantineMs = 40_000;

/** Removes pods that are bound to nodes which no longer exist. Keys are names of nodes. */
export function podGarbageCollector({ api, clock, pods }: CoreContext): Controller {
  const goneSince = new Map<string, number>();

  function reconcile(node: string): ReconcileResult | void {
    if (api.get(r.nodes, undefined, node)) return void goneSince.delete(node);
    const since = goneSince.get(node) ?? clock.now();
    goneSince.set(node, since);
    const wait = since + quarantineMs - clock.now();
    if (wait > 0) return { requeueAfterMs: wait };
    // A pod that is bound to it later waits anew.
    goneSince.delete(node);
    for (const pod of [...pods.by('node', node)]) remove(pod);
  }

  function remove(pod: Pod): void {
    const { namespace, name, uid } = pod.metadata;
    try {
      if (!isTerminal(pod)) api.modify(r.pods, namespace, name, fail, { subresource: 'status' });
      api.delete(r.pods, namespace, name, { gracePeriodSeconds: 0, preconditions: { uid } });
    } catch (error) {
      if (!(error instanceof StatusError && (error.code === 404 || error.code === 409))) throw error;
    }
  }

  const fail = (copy: Pod) => {
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByPodGC',
      message: 'PodGC: node no longer exists',
      lastTransitionTime: rfc3339(clock.now()),
    };
    copy.status = {
      ...copy.status,
      phase: 'Failed',
      conditions: [...withoutCondition(copy.status?.conditions, condition.type), condition],
    };
  };

  return {
    name: 'pod-garbage-collector-controller',
    sources: [
      { resource: r.nodes, keys: ({ object }) => [object.metadata.name] },
      {
        resource: r.pods,
        keys: ({ type, object }) => {
          const node = object.spec?.nodeName;
          return type !== 'DELETED' && node && !api.get(r.nodes, undefined, node) ? [node] : [];
        },
      },
    ],
    reconcile,
  };
}
