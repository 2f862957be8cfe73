import type { Container, Pod } from '../../../kube/types.ts';
import type { Owner } from '../machine.ts';

export interface ContainerUser extends Owner {
  /** Supplementary groups, without its own. */
  groups: readonly number[];
}

/** The user that a container's process runs as: the container's security context, the pod's, or what its image says. */
export function userOf(pod: Pod, container: Container, image: Owner = { uid: 0, gid: 0 }): ContainerUser {
  const own = container.securityContext;
  const shared = pod.spec?.securityContext;
  const uid = own?.runAsUser ?? shared?.runAsUser ?? image.uid;
  const gid = own?.runAsGroup ?? shared?.runAsGroup ?? (uid === image.uid ? image.gid : 0);
  const groups = [...(shared?.supplementalGroups ?? []), ...(shared?.fsGroup === undefined ? [] : [shared.fsGroup])];
  return { uid, gid, groups: [...new Set(groups)].filter((group) => group !== gid) };
}
