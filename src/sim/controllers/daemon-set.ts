import { deepEqual } from '../../kube/json.ts';
import * as r from '../../kube/resources.ts';
import { matchesLabelSelector } from '../../kube/selectors.ts';
import type { DaemonSet, Node, Pod } from '../../kube/types.ts';
import type { WatchEvent } from '../api/client.ts';
import type { Controller, ReconcileResult } from './controller.ts';
import { syncHistory, trimHistory } from './controller-revisions.ts';
import type { CoreContext } from './core-context.ts';
import { byAge, daemonTemplate, hashLabel, isUpdated, nodeOf, pinTo, placement } from './daemon-pods.ts';
import { daemonRollout } from './daemon-rollout.ts';
import { keyOf, splitKey } from './manager.ts';
import { claim, controllerOf, ownerKeys } from './owners.ts';
import { createPod, deletePod, podFromTemplate } from './pod-control.ts';
import { isAvailable, isReady, isTerminal, nextAvailability } from './pods.ts';
import { Pace } from './pace.ts';
import { writeStatus } from './status.ts';

/** Where pods of a set are to be, may stay, and are. */
interface Placement {
  wanted: Set<string>;
  mayStay: Set<string>;
  pods: Map<string, Pod[]>;
}

/** pkg/controller/daemon: one pod on every node that its template fits. */
export function daemonSetController(context: CoreContext): Controller {
  const { api, clock, pods } = context;
  const recorder = context.recorder('daemonset-controller');
  const pace = new Pace(clock);

  function* keysOfPod(event: WatchEvent<Pod>): Generator<string> {
    yield* ownerKeys('DaemonSet', event);
    if (controllerOf(event.object)) return;
    for (const set of api.list(r.daemonSets, { namespace: event.object.metadata.namespace! })) {
      if (matchesLabelSelector(event.object.metadata.labels, set.spec?.selector)) yield keyOf(set);
    }
  }

  /** Heartbeats of a node concern no set. */
  const keysOfNode = ({ object, previous }: WatchEvent<Node>): string[] =>
    previous && sameForPlacement(object, previous) ? [] : api.list(r.daemonSets).map(keyOf);

  function reconcile(key: string): ReconcileResult | void {
    const { namespace, name } = splitKey(key);
    const set = api.get(r.daemonSets, namespace, name);
    if (!set || set.metadata.deletionTimestamp) return;
    const wait = pace.wait(key, pods.count('owner', set.metadata.uid));
    if (wait > 0) return { requeueAfterMs: wait };
    const history = syncHistory(context, r.daemonSets, set, hashLabel);
    const hash = history.current.metadata.labels![hashLabel]!;
    const place = placementOf(set);
    if (!manage(set, place, hash) && set.spec?.updateStrategy?.type !== 'OnDelete') {
      const onWanted = new Map([...place.pods].filter(([node]) => place.wanted.has(node)));
      const { doomed, surge } = daemonRollout(set, onWanted, hash, clock.now());
      for (const pod of doomed) deletePod(api, recorder, set, pod);
      create(set, surge, hash);
    }
    const after = placementOf(set);
    const inUse = new Set([...after.pods.values()].flat().map((pod) => `${name}-${pod.metadata.labels?.[hashLabel]}`));
    trimHistory(context, set, history, inUse);
    writeStatus(api, r.daemonSets, set, statusOf(set, after, hash));
    const requeueAfterMs = nextAvailability([...after.pods.values()].flat(), set.spec?.minReadySeconds ?? 0, clock.now());
    return requeueAfterMs === undefined ? undefined : { requeueAfterMs };
  }

  function placementOf(set: DaemonSet): Placement {
    const claimed = claim({
      api,
      owner: set,
      ownerResource: r.daemonSets,
      selector: set.spec?.selector,
      resource: r.pods,
      owned: [...pods.by('owner', set.metadata.uid)],
      orphans: pods.by('orphansOf', set.metadata.namespace!),
    });
    const byNode = new Map<string, Pod[]>();
    for (const pod of claimed) {
      const node = nodeOf(pod);
      if (node === undefined || (isTerminal(pod) && pod.metadata.deletionTimestamp)) continue;
      const others = byNode.get(node);
      if (others) others.push(pod);
      else byNode.set(node, [pod]);
    }
    const place: Placement = { wanted: new Set(), mayStay: new Set(), pods: byNode };
    for (const node of api.list(r.nodes)) {
      const { wanted, mayStay } = placement(set, node);
      if (wanted) place.wanted.add(node.metadata.name);
      if (mayStay) place.mayStay.add(node.metadata.name);
    }
    return place;
  }

  /** Creates what is missing, deletes what is too much or finished; true where it did anything. */
  function manage(set: DaemonSet, place: Placement, hash: string): boolean {
    const missing = [...place.wanted].filter((node) => !place.pods.has(node));
    const doomed: Pod[] = [];
    for (const [node, all] of place.pods) {
      const alive = all.filter((pod) => !pod.metadata.deletionTimestamp);
      if (!place.mayStay.has(node)) {
        // Pods of a node that is gone are for the pod garbage collector, once they were bound to it.
        doomed.push(...alive.filter((pod) => !pod.spec?.nodeName || api.get(r.nodes, undefined, node)));
        continue;
      }
      for (const pod of alive.filter(isTerminal)) {
        tellFinished(set, pod, node);
        doomed.push(pod);
      }
      const running = alive.filter((pod) => !isTerminal(pod)).sort(byAge);
      doomed.push(...superfluous(set, running, hash));
    }
    create(set, missing, hash);
    for (const pod of doomed) deletePod(api, recorder, set, pod);
    return missing.length + doomed.length > 0;
  }

  function superfluous(set: DaemonSet, running: Pod[], hash: string): Pod[] {
    const surges = ![undefined, 0, '0', '0%'].includes(set.spec?.updateStrategy?.rollingUpdate?.maxSurge);
    if (!surges) return running.slice(1);
    const keep = [running.find((pod) => isUpdated(pod, set, hash)), running.find((pod) => !isUpdated(pod, set, hash))];
    return running.filter((pod) => !keep.includes(pod));
  }

  function tellFinished(set: DaemonSet, pod: Pod, node: string): void {
    const subject = `daemon pod ${pod.metadata.namespace}/${pod.metadata.name} on node ${node}`;
    if (pod.status?.phase === 'Failed') recorder.warning(set, 'FailedDaemonPod', `Found failed ${subject}, will try to kill it`);
    else recorder.normal(set, 'SucceededDaemonPod', `Found succeeded ${subject}, will try to delete it`);
  }

  function create(set: DaemonSet, nodes: readonly string[], hash: string): void {
    if (nodes.length === 0) return;
    const template = daemonTemplate(set, hash);
    const owner = { resource: r.daemonSets, object: set };
    for (const node of nodes) {
      const draft = podFromTemplate({ ...template, spec: pinTo(template.spec!, node) }, owner);
      if (!createPod(api, recorder, owner, draft)) return;
    }
  }

  function statusOf(set: DaemonSet, place: Placement, hash: string): NonNullable<DaemonSet['status']> {
    const now = clock.now();
    const first = [...place.wanted].flatMap((node) => place.pods.get(node)?.toSorted(byAge)[0] ?? []);
    const available = first.filter((pod) => isAvailable(pod, set.spec?.minReadySeconds ?? 0, now)).length;
    const updated = first.filter((pod) => isUpdated(pod, set, hash)).length;
    const unavailable = place.wanted.size - available;
    return {
      currentNumberScheduled: first.length,
      numberMisscheduled: [...place.pods.keys()].filter((node) => !place.wanted.has(node)).length,
      desiredNumberScheduled: place.wanted.size,
      numberReady: first.filter(isReady).length,
      observedGeneration: set.metadata.generation ?? 0,
      ...(updated > 0 && { updatedNumberScheduled: updated }),
      ...(available > 0 && { numberAvailable: available }),
      ...(unavailable > 0 && { numberUnavailable: unavailable }),
      ...(set.status?.collisionCount !== undefined && { collisionCount: set.status.collisionCount }),
    };
  }

  return {
    name: 'daemonset-controller',
    sources: [{ resource: r.daemonSets }, { resource: r.pods, keys: keysOfPod }, { resource: r.nodes, keys: keysOfNode }],
    reconcile,
  };
}

const sameForPlacement = (a: Node, b: Node): boolean =>
  deepEqual(a.metadata.labels, b.metadata.labels) && deepEqual(a.spec?.taints, b.spec?.taints);
