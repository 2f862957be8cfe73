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

export const isAdmin = (user: UserInfo): boolean => user.groups.includes(adminGroup) || user.groups.includes('system:masters');
