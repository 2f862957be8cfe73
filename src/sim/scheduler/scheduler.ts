import { rfc3339 } from '../../base/clock.ts';
import { deepEqual } from '../../kube/json.ts';
import * as r from '../../kube/resources.ts';
import { StatusError } from '../../kube/status.ts';
import type { Node, Pod } from '../../kube/types.ts';
import { withoutCondition } from '../controllers/conditions.ts';
import type { Controller, ControllerContext, ReconcileResult } from '../controllers/controller.ts';
import { keyOf, splitKey } from '../controllers/manager.ts';
import { isTerminal, podCondition } from '../controllers/pods.ts';
import { choose, type Snapshot } from './choose.ts';
import type { NodeInfo } from './node-info.ts';
import { NodeList } from './node-list.ts';
import { requiredAntiAffinity } from './pod-affinity.ts';
import { SchedulingEvents } from './scheduling-events.ts';

const schedulerName = 'default-scheduler';
/** Wait after a failed attempt, doubled with each (podInitialBackoffSeconds, podMaxBackoffSeconds). */
const backoffMs = 1_000;
const longestBackoffMs = 10_000;

interface Waiting {
  attempts: number;
  /** No new attempt before. */
  notBefore: number;
}

/** kube-scheduler: a node for each pod that has none. `instance` names it in events. */
export function scheduler(context: ControllerContext, instance: string): Controller {
  const { api, clock, random } = context;
  const events = new SchedulingEvents(context, instance);
  const nodes = new NodeList();
  const repelling = new Map<string, { pod: Pod; info: NodeInfo }>();
  /** Pods whose node is not known (yet), by its name. */
  const strays = new Map<string, Map<string, Pod>>();
  const unschedulable = new Map<string, Waiting>();
  const snapshot: Snapshot = {
    nodes,
    repelling,
    nextStart: 0,
    namespaceLabels: (name) => api.get(r.namespaces, undefined, name)?.metadata.labels,
  };

  function place(pod: Pod): void {
    const info = nodes.get(pod.spec!.nodeName!);
    if (!info) {
      const name = pod.spec!.nodeName!;
      strays.set(name, (strays.get(name) ?? new Map<string, Pod>()).set(pod.metadata.uid, pod));
      return;
    }
    info.add(pod);
    if (requiredAntiAffinity(pod).length > 0) repelling.set(pod.metadata.uid, { pod, info });
  }

  function displace(pod: Pod): void {
    nodes.get(pod.spec!.nodeName!)?.remove(pod);
    strays.get(pod.spec!.nodeName!)?.delete(pod.metadata.uid);
    repelling.delete(pod.metadata.uid);
  }

  /** True where a pod that waits might fit now. */
  function follow(node: Node, gone: boolean): boolean {
    const { name } = node.metadata;
    const known = nodes.get(name);
    if (gone) {
      nodes.delete(name);
      for (const { pod } of known?.pods.values() ?? []) strays.set(name, (strays.get(name) ?? new Map()).set(pod.metadata.uid, pod));
      return false;
    }
    if (known) {
      const before = known.node;
      known.update(node);
      if (sameForScheduling(before, node)) return false;
      nodes.changed();
      return true;
    }
    nodes.add(node);
    for (const pod of strays.get(name)?.values() ?? []) place(pod);
    strays.delete(name);
    return true;
  }

  function reconcile(key: string): ReconcileResult | void {
    const { namespace, name } = splitKey(key);
    const pod = api.get(r.pods, namespace, name);
    if (!pod || !isPending(pod)) return void unschedulable.delete(key);
    const waiting = unschedulable.get(key);
    const wait = waiting ? waiting.notBefore - clock.now() : 0;
    if (wait > 0) return { requeueAfterMs: wait };
    const choice = choose(snapshot, pod, random);
    if (choice.node === undefined) return reject(key, pod, choice.message);
    unschedulable.delete(key);
    try {
      api.bind(namespace, name, choice.node);
    } catch (error) {
      if (error instanceof StatusError && error.code === 404) return;
      throw error;
    }
    events.scheduled(pod, choice.node);
  }

  function reject(key: string, pod: Pod, message: string): void {
    const attempts = (unschedulable.get(key)?.attempts ?? 0) + 1;
    unschedulable.set(key, { attempts, notBefore: clock.now() + Math.min(backoffMs * 2 ** (attempts - 1), longestBackoffMs) });
    events.failed(pod, message);
    const before = podCondition(pod, 'PodScheduled');
    if (before?.status === 'False' && before.message === message) return;
    const change = (copy: Pod) => {
      const lastTransitionTime = (before?.status === 'False' && before.lastTransitionTime) || rfc3339(clock.now());
      const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message, lastTransitionTime };
      copy.status = { ...copy.status, conditions: [...withoutCondition(copy.status?.conditions, 'PodScheduled'), condition] };
    };
    api.modify(r.pods, pod.metadata.namespace, pod.metadata.name, change, { subresource: 'status' });
  }

  return {
    name: schedulerName,
    sources: [],
    watch(enqueue) {
      const retry = () => {
        for (const key of unschedulable.keys()) enqueue(key);
      };
      const cancelNodes = api.watch(r.nodes, ({ type, object }) => {
        if (follow(object, type === 'DELETED')) retry();
      });
      const cancelPods = api.watch(r.pods, ({ type, object }) => {
        if (!object.spec?.nodeName) {
          if (type === 'DELETED') unschedulable.delete(keyOf(object));
          else if (isPending(object) && !unschedulable.has(keyOf(object))) enqueue(keyOf(object));
          return;
        }
        const left = type === 'DELETED' || isTerminal(object);
        if (left) displace(object);
        else place(object);
        if (left || type === 'ADDED') retry();
      });
      return () => {
        cancelNodes();
        cancelPods();
      };
    },
    reconcile,
  };
}

const isPending = (pod: Pod): boolean =>
  !pod.spec?.nodeName &&
  !pod.metadata.deletionTimestamp &&
  !isTerminal(pod) &&
  (pod.spec?.schedulerName ?? schedulerName) === schedulerName &&
  !pod.spec?.schedulingGates?.length;

const sameForScheduling = (a: Node, b: Node): boolean =>
  a.spec?.unschedulable === b.spec?.unschedulable &&
  deepEqual(a.spec?.taints, b.spec?.taints) &&
  deepEqual(a.metadata.labels, b.metadata.labels) &&
  deepEqual(a.status?.allocatable, b.status?.allocatable);
