import { matchesRule, type Attributes, type Rule } from './rules.ts';
import { isAdmin, type UserInfo } from './user.ts';
import type { Core } from '../registry/core.ts';
import type { KubeObject } from '../../../kube/types.ts';

type Binding = KubeObject & { roleRef: { kind: string; name: string }; subjects?: Subject[] };
interface Subject {
  kind: string;
  name: string;
  namespace?: string;
}

/** Paths that everybody may read. */
const publicPaths = /^\/(healthz|livez|readyz|version)(\/|$)/;
const discoveryPaths = /^\/(api|apis|openapi)(\/|$)/;

/** RBAC: whether a user may do what `attributes` say. Members of system:masters and kubeadm's admins may do everything. */
export function authorized(core: Core, user: UserInfo, attributes: Attributes): boolean {
  if (isAdmin(user)) return true;
  if (attributes.path !== undefined && attributes.verb === 'get') {
    if (publicPaths.test(attributes.path)) return true;
    if (discoveryPaths.test(attributes.path) && user.groups.includes('system:authenticated')) return true;
  }
  return rulesFor(core, user, attributes.namespace).some((rule) => matchesRule(rule, attributes));
}

/** All rules that bindings give to a user, cluster-wide and in a namespace. */
export function rulesFor(core: Core, user: UserInfo, namespace?: string): Rule[] {
  const { store } = core;
  const granted = (bindings: readonly KubeObject[], inNamespace?: string): Rule[] =>
    (bindings as Binding[])
      .filter((binding) => (binding.subjects ?? []).some((subject) => isSubject(subject, user)))
      .flatMap(({ roleRef }) => {
        const role =
          roleRef.kind === 'ClusterRole'
            ? store.get('rbac.authorization.k8s.io/clusterroles', roleRef.name)
            : store.get('rbac.authorization.k8s.io/roles', `${inNamespace}/${roleRef.name}`);
        return (role?.['rules'] as Rule[] | undefined) ?? [];
      });
  const everywhere = granted(store.list('rbac.authorization.k8s.io/clusterrolebindings'));
  if (!namespace) return everywhere;
  return [...everywhere, ...granted(store.list('rbac.authorization.k8s.io/rolebindings', namespace), namespace)];
}

function isSubject({ kind, name, namespace }: Subject, user: UserInfo): boolean {
  if (kind === 'User') return user.username === name;
  if (kind === 'Group') return user.groups.includes(name);
  return kind === 'ServiceAccount' && user.username === `system:serviceaccount:${namespace}:${name}`;
}
