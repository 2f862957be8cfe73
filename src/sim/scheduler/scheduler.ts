import { rfc3339 } from '../../base/clock.ts';
import { deepEqual } from '../../kube/json.ts';
import * as r from '../../kube/resources.ts';
import { isNotFound, StatusError } from '../../kube/status.ts';
import type { Resource } from '../../kube/resources.ts';
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod } from '../../kube/types.ts';
import { withoutCondition } from '../controllers/conditions.ts';
import type { Controller, ControllerContext, ReconcileResult } from '../controllers/controller.ts';
import { keyOf, splitKey } from '../controllers/manager.ts';
import { isTerminal, podCondition } from '../controllers/pods.ts';
import { choose, type Snapshot } from './choose.ts';
import type { NodeInfo } from './node-info.ts';
import { NodeList } from './node-list.ts';
import { requiredAntiAffinity } from './pod-affinity.ts';
import { priorityOf, type Preemption } from './preemption.ts';
import { PriorityQueue } from './priority-queue.ts';
import { SchedulingEvents } from './scheduling-events.ts';
import { claimsOf, selectedNode } from './volumes.ts';

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
  const ready = new PriorityQueue();
  /** Pending pods with status.nominatedNodeName, by that and by uid. */
  const nominated = new Map<string, Map<string, Pod>>();
  const nominatedAt = new Map<string, string>();
  const snapshot: Snapshot = {
    nodes,
    repelling,
    nominated,
    nextStart: 0,
    budgets: () => api.list(r.podDisruptionBudgets),
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

  function nominate(pod: Pod, pending: boolean): void {
    const { uid } = pod.metadata;
    const before = nominatedAt.get(uid);
    const now = pending ? pod.status?.nominatedNodeName : undefined;
    if (before !== undefined) {
      const others = nominated.get(before);
      others?.delete(uid);
      if (others?.size === 0) nominated.delete(before);
      nominatedAt.delete(uid);
    }
    if (!now) return;
    nominatedAt.set(uid, now);
    nominated.set(now, (nominated.get(now) ?? new Map<string, Pod>()).set(uid, pod));
  }

  /** Each key is a turn: it goes to the pod of the highest priority that is ready. */
  function reconcile(key: string): ReconcileResult | void {
    const { namespace, name } = splitKey(key);
    const pod = api.get(r.pods, namespace, name);
    if (pod && isPending(pod)) {
      const wait = (unschedulable.get(key)?.notBefore ?? 0) - clock.now();
      if (wait > 0) return { requeueAfterMs: wait };
      ready.add(key, priorityOf(pod));
    } else {
      unschedulable.delete(key);
      ready.delete(key);
    }
    const next = ready.take();
    if (next === undefined) return;
    try {
      schedule(next);
    } catch (error) {
      const failed = splitKey(next);
      const left = api.get(r.pods, failed.namespace, failed.name);
      if (left) ready.add(next, priorityOf(left));
      throw error;
    }
  }

  function schedule(key: string): void {
    const { namespace, name } = splitKey(key);
    const pod = api.get(r.pods, namespace, name);
    if (!pod || !isPending(pod)) return void unschedulable.delete(key);
    const claims = claimsOf(api, pod);
    const choice = choose(snapshot, pod, random, claims);
    if (choice.node === undefined) return reject(key, pod, choice.message, choice.preemption);
    if (claims?.waiting.length) {
      // The pod is bound when its claims are; their provisioner has to know where.
      unschedulable.set(key, { attempts: 0, notBefore: 0 });
      for (const { metadata } of claims.waiting) {
        api.modify(r.persistentVolumeClaims, namespace, metadata.name, (claim) => {
          claim.metadata.annotations = { [selectedNode]: choice.node, ...claim.metadata.annotations };
        });
      }
      return;
    }
    unschedulable.delete(key);
    try {
      api.bind(namespace, name, choice.node);
    } catch (error) {
      if (error instanceof StatusError && error.code === 404) return;
      throw error;
    }
    events.scheduled(pod, choice.node);
  }

  function reject(key: string, pod: Pod, message: string, preemption: Preemption | undefined): void {
    const attempts = (unschedulable.get(key)?.attempts ?? 0) + 1;
    unschedulable.set(key, { attempts, notBefore: clock.now() + Math.min(backoffMs * 2 ** (attempts - 1), longestBackoffMs) });
    events.failed(pod, message);
    const before = podCondition(pod, 'PodScheduled');
    const told = before?.status === 'False' && before.message === message;
    if (told && (!preemption || pod.status?.nominatedNodeName === preemption.node)) return evict(pod, preemption);
    const change = (copy: Pod) => {
      const lastTransitionTime = (before?.status === 'False' && before.lastTransitionTime) || rfc3339(clock.now());
      const condition = {
        type: 'PodScheduled',
        status: 'False',
        reason: 'Unschedulable',
        message,
        lastProbeTime: null as unknown as string,
        ...(copy.metadata.generation !== undefined && { observedGeneration: copy.metadata.generation }),
        lastTransitionTime,
      };
      copy.status = {
        ...copy.status,
        ...(preemption && { nominatedNodeName: preemption.node }),
        conditions: [...withoutCondition(copy.status?.conditions, 'PodScheduled'), condition],
      };
    };
    api.modify(r.pods, pod.metadata.namespace, pod.metadata.name, change, { subresource: 'status' });
    evict(pod, preemption);
  }

  /** prepareCandidate: lesser pods lose their claim to the node, the victims their place. */
  function evict(pod: Pod, preemption: Preemption | undefined): void {
    if (!preemption) return;
    for (const other of [...(nominated.get(preemption.node)?.values() ?? [])]) {
      if (priorityOf(other) >= priorityOf(pod)) continue;
      change(other, (copy) => void delete copy.status?.nominatedNodeName);
    }
    for (const victim of preemption.victims) {
      if (victim.metadata.deletionTimestamp) continue;
      const { namespace, name, uid } = victim.metadata;
      const there = change(victim, (copy) => {
        const condition = {
          type: 'DisruptionTarget',
          status: 'True',
          lastProbeTime: null as unknown as string,
          ...(copy.metadata.generation !== undefined && { observedGeneration: copy.metadata.generation }),
          reason: 'PreemptionByScheduler',
          message: `${schedulerName}: preempting to accommodate a higher priority pod`,
          lastTransitionTime: rfc3339(clock.now()),
        };
        copy.status = { ...copy.status, conditions: [...withoutCondition(copy.status?.conditions, condition.type), condition] };
      });
      if (!there) continue;
      api.delete(r.pods, namespace, name, { preconditions: { uid } });
      events.preempted(victim, pod, preemption.node);
    }
  }

  /** False where the pod is gone. */
  function change({ metadata }: Pod, how: (copy: Pod) => void): boolean {
    try {
      api.modify(r.pods, metadata.namespace, metadata.name, how, { subresource: 'status' });
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
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
      const cancelClaims = [r.persistentVolumeClaims, r.persistentVolumes].map((resource) =>
        api.watch<PersistentVolumeClaim | PersistentVolume>(resource as Resource<PersistentVolumeClaim | PersistentVolume>, retry),
      );
      const cancelPods = api.watch(r.pods, ({ type, object, previous }) => {
        nominate(object, type !== 'DELETED' && isPending(object));
        if (!object.spec?.nodeName) {
          const key = keyOf(object);
          if (type === 'DELETED' || !isPending(object)) {
            unschedulable.delete(key);
            ready.delete(key);
            if (object.status?.nominatedNodeName) retry();
            return;
          }
          // What the pod asks for may have changed; what is said of it is no reason to look again.
          if (type === 'ADDED' || object.metadata.generation !== previous?.metadata.generation) unschedulable.delete(key);
          if (unschedulable.has(key)) return;
          ready.add(key, priorityOf(object));
          enqueue(key);
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
        for (const cancel of cancelClaims) cancel();
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
