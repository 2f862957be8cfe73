import { isDeepStrictEqual as same } from 'node:util';
import type { Cancel } from '../../base/clock.ts';
import type { Resource } from '../../kube/resources.ts';
import type { KubeObject, OwnerReference } from '../../kube/types.ts';
import type { ApiClient } from '../api/client.ts';
import type { Catalog } from './catalog.ts';

/** An object as the garbage collector sees it. */
export interface GraphNode {
  resource: Resource;
  namespace: string | undefined;
  name: string;
  uid: string;
  owners: readonly OwnerReference[];
  deleting: boolean;
  finalizers: readonly string[];
}

/** Who owns whom, over every resource but events; kept current by watches that follow the catalog. */
export class OwnerGraph {
  readonly #nodes = new Map<string, GraphNode>();
  /** Uids of dependents by their owner's. */
  readonly #dependents = new Map<string, Set<string>>();
  readonly #watches = new Map<string, Cancel>();
  readonly #cancelCatalog: Cancel;

  /** `changed` is told the uid of an object to look at, each time something about it or its owners changed. */
  constructor(api: ApiClient, catalog: Catalog, changed: (uid: string) => void) {
    const follow = () => {
      const present = new Map(catalog.resources().map((resource) => [`${resource.plural}.${resource.group}`, resource]));
      for (const [name, cancel] of this.#watches) {
        if (present.has(name)) continue;
        cancel();
        this.#watches.delete(name);
      }
      for (const [name, resource] of present) {
        if (this.#watches.has(name) || resource.plural === 'events') continue;
        // The watch tells at once what exists; a second call for the same resource must see that it is followed.
        this.#watches.set(name, () => undefined);
        const cancel = api.watch(resource, ({ type, object }) => {
          if (type === 'DELETED') this.#remove(object, changed);
          else this.#put(resource, object, changed);
        });
        this.#watches.set(name, cancel);
      }
    };
    this.#cancelCatalog = catalog.onChange(follow);
    follow();
  }

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid);
  }

  dependents(uid: string): readonly GraphNode[] {
    return [...(this.#dependents.get(uid) ?? [])].flatMap((dependent) => this.#nodes.get(dependent) ?? []);
  }

  close(): void {
    this.#cancelCatalog();
    for (const cancel of this.#watches.values()) cancel();
    this.#watches.clear();
  }

  #put(resource: Resource, { metadata }: KubeObject, changed: (uid: string) => void): void {
    const { uid, name, namespace, ownerReferences = [], finalizers = [] } = metadata;
    const before = this.#nodes.get(uid);
    const deleting = Boolean(metadata.deletionTimestamp);
    if (before && before.deleting === deleting && same(before.owners, ownerReferences) && same(before.finalizers, finalizers)) return;
    const node: GraphNode = { resource, namespace, name, uid, owners: ownerReferences, deleting, finalizers };
    this.#nodes.set(uid, node);
    if (before) this.#unlink(before);
    for (const owner of ownerReferences) {
      let dependents = this.#dependents.get(owner.uid);
      if (!dependents) this.#dependents.set(owner.uid, (dependents = new Set()));
      dependents.add(uid);
    }
    if (ownerReferences.length > 0 || deleting) changed(uid);
    // An owner that waits for its dependents looks again when one of them changes.
    for (const owner of before?.owners ?? []) if (this.#nodes.get(owner.uid)?.deleting) changed(owner.uid);
  }

  #remove({ metadata }: KubeObject, changed: (uid: string) => void): void {
    const node = this.#nodes.get(metadata.uid);
    for (const dependent of this.dependents(metadata.uid)) changed(dependent.uid);
    this.#nodes.delete(metadata.uid);
    if (!node) return;
    this.#unlink(node);
    for (const owner of node.owners) if (this.#nodes.get(owner.uid)?.deleting) changed(owner.uid);
  }

  #unlink(node: GraphNode): void {
    for (const owner of node.owners) {
      const dependents = this.#dependents.get(owner.uid);
      dependents?.delete(node.uid);
      if (dependents?.size === 0) this.#dependents.delete(owner.uid);
    }
  }
}
