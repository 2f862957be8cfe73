import { badRequest, conflict, notFound } from '../../../kube/status.ts';
import { pods } from '../../../kube/resources.ts';
import type { Pod } from '../../../kube/types.ts';
import { deepCopy } from '../../store/object.ts';
import { nowOf, type Core, type WriteOptions } from '../registry/core.ts';
import { update } from '../registry/update.ts';

export interface BindingTarget {
  kind?: string;
  name: string;
}

/** POST …/pods/NAME/binding: assigns a pod to a node, once (pkg/registry/core/pod/storage, assignPod). */
export function bind(core: Core, namespace: string, name: string, target: BindingTarget, options: WriteOptions = {}): void {
  if (target.kind && target.kind !== 'Node')
    throw badRequest(`Binding "${name}" is invalid: target.kind: Unsupported value: "${target.kind}"`);
  const definition = core.catalog.of(pods)!;
  const change = (old: object) => {
    const pod = deepCopy(old) as Pod;
    const failed = (why: string) => conflict({ group: '', plural: 'pods/binding' }, name, why);
    if (pod.metadata.deletionTimestamp) throw failed(`pod ${name} is being deleted, cannot be assigned to a host`);
    if (pod.spec!.nodeName) throw failed(`pod ${name} is already assigned to node "${pod.spec!.nodeName}"`);
    if (pod.spec!.schedulingGates?.length) throw failed(`pod ${name} has non-empty .spec.schedulingGates`);
    pod.spec!.nodeName = target.name;
    const conditions = (pod.status?.conditions ?? []).filter((c) => c.type !== 'PodScheduled');
    pod.status = {
      ...pod.status,
      conditions: [
        ...conditions,
        { type: 'PodScheduled', status: 'True', lastProbeTime: null as unknown as string, lastTransitionTime: nowOf(core) },
      ],
    };
    return pod;
  };
  if (!core.store.get(definition.table, `${namespace}/${name}`)) throw notFound(pods, name);
  update(core, definition, namespace, name, change, { ...options, subresource: 'binding' });
}
