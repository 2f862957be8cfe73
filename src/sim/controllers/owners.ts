import { apiVersionOf, type Resource } from '../../kube/resources.ts';
import { matchesLabelSelector } from '../../kube/selectors.ts';
import { StatusError } from '../../kube/status.ts';
import type { KubeObject, LabelSelector, OwnerReference } from '../../kube/types.ts';
import type { ApiClient } from '../api/client.ts';

export const controllerOf = (object: Pick<KubeObject, 'metadata'>): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find((reference) => reference.controller);

/** metav1.NewControllerRef. */
export const controllerReference = (resource: Resource, owner: Pick<KubeObject, 'metadata'>): OwnerReference => ({
  apiVersion: apiVersionOf(resource),
  kind: resource.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid,
  controller: true,
  blockOwnerDeletion: true,
});

/** The key of the controller of a changed object and, where that changed, of the one before. */
export function* ownerKeys(
  kind: string,
  event: { object: Pick<KubeObject, 'metadata'>; previous?: Pick<KubeObject, 'metadata'> },
): Generator<string> {
  const current = controllerOf(event.object);
  if (current?.kind === kind) yield `${event.object.metadata.namespace}/${current.name}`;
  const before = event.previous && controllerOf(event.previous);
  if (before?.kind === kind && before.uid !== current?.uid) yield `${event.object.metadata.namespace}/${before.name}`;
}

interface Claim<Owner extends KubeObject, Dependent extends KubeObject> {
  api: ApiClient;
  owner: Owner;
  ownerResource: Resource<Owner>;
  selector: LabelSelector | undefined;
  resource: Resource<Dependent>;
  owned: Iterable<Dependent>;
  /** Objects without a controller in the owner's namespace. */
  orphans: Iterable<Dependent>;
  /** Which orphans are worth adopting (default: those that are not being deleted). */
  adoptable?: (dependent: Dependent) => boolean;
  /** What holds a dependent while it is owned. */
  finalizer?: string;
}

/**
 * ControllerRefManager: what an owner owns and selects, after releasing what it no longer selects and adopting orphans
 * that it does. Being deleted, it neither releases nor adopts.
 */
export function claim<Owner extends KubeObject, Dependent extends KubeObject>(options: Claim<Owner, Dependent>): Dependent[] {
  const { api, owner, ownerResource, selector, resource, owned, orphans, finalizer } = options;
  const claimed: Dependent[] = [];
  const deleting = Boolean(owner.metadata.deletionTimestamp);
  for (const dependent of owned) {
    if (matchesLabelSelector(dependent.metadata.labels, selector)) claimed.push(dependent);
    else if (!deleting)
      rewriteOwners(api, resource, dependent, (references) => references.filter((r) => r.uid !== owner.metadata.uid), { off: finalizer });
  }
  if (deleting) return claimed;
  const adoptable = options.adoptable ?? (() => true);
  for (const orphan of [...orphans]) {
    if (orphan.metadata.deletionTimestamp || !adoptable(orphan) || !matchesLabelSelector(orphan.metadata.labels, selector)) continue;
    const adopted = rewriteOwners(api, resource, orphan, (references) => [...references, controllerReference(ownerResource, owner)], {
      on: finalizer,
    });
    if (adopted) claimed.push(adopted);
  }
  return claimed;
}

function rewriteOwners<T extends KubeObject>(
  api: ApiClient,
  resource: Resource<T>,
  object: T,
  change: (references: OwnerReference[]) => OwnerReference[],
  finalizer: { on?: string | undefined; off?: string | undefined },
): T | undefined {
  const { namespace, name, uid } = object.metadata;
  try {
    return api.modify(resource, namespace, name, (copy) => {
      if (copy.metadata.uid !== uid) return;
      const references = change(copy.metadata.ownerReferences ?? []);
      if (references.length === 0) delete copy.metadata.ownerReferences;
      else copy.metadata.ownerReferences = references;
      const finalizers = (copy.metadata.finalizers ?? []).filter((one) => one !== finalizer.off && one !== finalizer.on);
      if (finalizer.on) finalizers.push(finalizer.on);
      if (finalizers.length > 0) copy.metadata.finalizers = finalizers;
      else delete copy.metadata.finalizers;
    });
  } catch (error) {
    if (error instanceof StatusError && error.code === 404) return undefined;
    throw error;
  }
}
