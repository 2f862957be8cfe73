import { StatusError } from '../../kube/status.ts';
import type { KubeObject, OwnerReference } from '../../kube/types.ts';
import type { DeleteOptions } from '../api/client.ts';
import type { Catalog } from './catalog.ts';
import type { Controller } from './controller.ts';
import type { CoreContext } from './core-context.ts';
import { OwnerGraph, type GraphNode } from './owner-graph.ts';

const foreground = 'foregroundDeletion';
const orphan = 'orphan';

/** pkg/controller/garbagecollector: what lost its owners goes, in the way that their deletion asked for. Keys are uids. */
export function garbageCollector({ api }: CoreContext, catalog: Catalog): Controller {
  let graph: OwnerGraph;

  function reconcile(uid: string): void {
    const node = graph.get(uid);
    if (!node) return;
    if (node.deleting) {
      if (node.finalizers.includes(orphan)) orphanDependents(node);
      else if (node.finalizers.includes(foreground)) awaitDependents(node);
      return;
    }
    if (node.owners.length === 0) return;
    const states = node.owners.map((owner) => ({ owner, state: stateOf(owner, node) }));
    const solid = states.filter(({ state }) => state === 'solid');
    const others = states.filter(({ state }) => state !== 'solid').map(({ owner }) => owner.uid);
    if (solid.length > 0) {
      if (others.length > 0) dropOwners(node, new Set(others));
      return;
    }
    const waiting = states.some(({ state }) => state === 'waiting');
    const policy = waiting && graph.dependents(uid).length > 0 ? 'Foreground' : policyOf(node);
    remove(node, { propagationPolicy: policy, preconditions: { uid } });
  }

  /** An owner that is there, one that is gone, or one that waits for its dependents to be deleted. */
  function stateOf(owner: OwnerReference, dependent: GraphNode): 'solid' | 'absent' | 'waiting' {
    const known = graph.get(owner.uid);
    if (known) return known.deleting && known.finalizers.includes(foreground) ? 'waiting' : 'solid';
    const resource = api.resourceOf(owner.apiVersion, owner.kind);
    // An owner of a kind that the cluster does not know cannot be said to be gone.
    if (!resource) return 'solid';
    const live = api.get(resource, resource.namespaced ? dependent.namespace : undefined, owner.name);
    return live?.metadata.uid === owner.uid ? 'solid' : 'absent';
  }

  /** Foreground deletion: dependents first, then the finalizer. */
  function awaitDependents(node: GraphNode): void {
    const blocking = graph.dependents(node.uid).filter((dependent) => blocks(dependent, node.uid));
    if (blocking.length === 0) return dropFinalizer(node, foreground);
    for (const dependent of graph.dependents(node.uid)) if (!dependent.deleting) reconcile(dependent.uid);
  }

  function orphanDependents(node: GraphNode): void {
    for (const dependent of graph.dependents(node.uid)) dropOwners(dependent, new Set([node.uid]));
    dropFinalizer(node, orphan);
  }

  function dropOwners(node: GraphNode, uids: ReadonlySet<string>): void {
    change(node, ({ metadata }) => {
      const left = (metadata.ownerReferences ?? []).filter((owner) => !uids.has(owner.uid));
      if (left.length > 0) metadata.ownerReferences = left;
      else delete metadata.ownerReferences;
    });
  }

  function dropFinalizer(node: GraphNode, finalizer: string): void {
    change(node, ({ metadata }) => {
      const left = (metadata.finalizers ?? []).filter((other) => other !== finalizer);
      if (left.length > 0) metadata.finalizers = left;
      else delete metadata.finalizers;
    });
  }

  const change = (node: GraphNode, edit: (copy: KubeObject) => void): void =>
    unlessGone(() => {
      api.modify(node.resource, node.namespace, node.name, (copy) => {
        if (copy.metadata.uid === node.uid) edit(copy);
      });
    });

  const remove = (node: GraphNode, options: DeleteOptions): void =>
    unlessGone(() => api.delete(node.resource, node.namespace, node.name, options));

  return {
    name: 'garbage-collector-controller',
    sources: [],
    watch(enqueue) {
      graph = new OwnerGraph(api, catalog, enqueue);
      return () => graph.close();
    },
    reconcile,
  };
}

const blocks = (dependent: GraphNode, uid: string): boolean =>
  dependent.owners.some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true);

const policyOf = ({ finalizers }: GraphNode): 'Foreground' | 'Background' | 'Orphan' =>
  finalizers.includes(orphan) ? 'Orphan' : finalizers.includes(foreground) ? 'Foreground' : 'Background';

/** Another one of the same name, or none, is nothing to collect any more. */
function unlessGone(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (error instanceof StatusError && (error.code === 404 || error.code === 409)) return;
    throw error;
  }
}
