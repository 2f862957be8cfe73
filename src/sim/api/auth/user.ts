import { StatusError } from '../../../kube/status.ts';

/** Who sends a request. */
export interface UserInfo {
  username: string;
  uid?: string;
  groups: readonly string[];
  extra?: Readonly<Record<string, readonly string[]>>;
}

const authenticated = 'system:authenticated';
/** The group whose members kubeadm's admin kubeconfig names; a role binding gives it everything on a real cluster. */
export const adminGroup = 'kubeadm:cluster-admins';

export const admin: UserInfo = { username: 'kubernetes-admin', groups: [adminGroup, authenticated] };
export const anonymous: UserInfo = { username: 'system:anonymous', groups: ['system:unauthenticated'] };

export const withAuthenticated = (user: UserInfo): UserInfo => ({ ...user, groups: [...new Set([...user.groups, authenticated])] });

/** The user of an `authorization` header; anonymous without one. `read` knows valid tokens. Throws 401. */
export function bearer(authorization: string | undefined, read: (token: string) => UserInfo | undefined): UserInfo {
  if (!authorization?.startsWith('Bearer ')) return anonymous;
  const user = read(authorization.slice('Bearer '.length).trim());
  if (!user) throw new StatusError(401, 'Unauthorized', 'Unauthorized');
  return user;
}

export const isAdmin = (user: UserInfo): boolean => user.groups.includes(adminGroup) || user.groups.includes('system:masters');
