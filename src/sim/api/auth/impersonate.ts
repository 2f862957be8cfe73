import { badRequest, StatusError } from '../../../kube/status.ts';
import type { Core } from '../registry/core.ts';
import { authorized } from './authorize.ts';
import { withAuthenticated, type UserInfo } from './user.ts';

const accountPrefix = 'system:serviceaccount:';

const asked = ['impersonate-user', 'impersonate-group', 'impersonate-uid'];

export const wantsImpersonation = ({ header }: { header(name: string): string | undefined }): boolean =>
  asked.some((name) => header(name) !== undefined);

/** `kubectl --as`: the user that a request wants to be taken for, where its sender may do that. Throws 403. */
export function impersonate(core: Core, user: UserInfo, header: (name: string) => string | undefined): UserInfo {
  const username = header('impersonate-user');
  const quoted = (texts: string[]) => texts.map((text) => JSON.stringify(text)).join(', ');
  const groups = (header('impersonate-group') ?? '').split(',').flatMap((group) => group.trim() || []);
  if (!username) {
    const shown = `&user.DefaultInfo{Name:"", UID:${JSON.stringify(header('impersonate-uid') ?? '')}, Groups:[]string{${quoted(groups)}}, Extra:map[string][]string(nil)}`;
    throw badRequest(`requested ${shown} without impersonating a user name`);
  }
  const allowed = [
    authorized(core, user, { verb: 'impersonate', resource: 'users', name: username }),
    ...groups.map((name) => authorized(core, user, { verb: 'impersonate', resource: 'groups', name })),
  ];
  if (allowed.includes(false)) {
    throw new StatusError(
      403,
      'Forbidden',
      `users "${username}" is forbidden: User "${user.username}" cannot impersonate resource "users" in API group "" at the cluster scope`,
      { name: username, kind: 'users' },
    );
  }
  const [namespace] = username.startsWith(accountPrefix) ? username.slice(accountPrefix.length).split(':') : [];
  const own = namespace && groups.length === 0 ? ['system:serviceaccounts', `system:serviceaccounts:${namespace}`] : groups;
  return withAuthenticated({ username, groups: own });
}
