import { badRequest, StatusError } from '../../../kube/status.ts';
import { authorized, rulesFor } from '../auth/authorize.ts';
import type { Attributes, Rule } from '../auth/rules.ts';
import { isAdmin, type UserInfo } from '../auth/user.ts';
import type { Json } from '../machinery.ts';
import { nowOf, type Core } from '../registry/core.ts';

interface ResourceAttributes {
  verb?: string;
  group?: string;
  resource?: string;
  subresource?: string;
  namespace?: string;
  name?: string;
}

interface ReviewSpec {
  resourceAttributes?: ResourceAttributes;
  nonResourceAttributes?: { path?: string; verb?: string };
  namespace?: string;
  user?: string;
  groups?: string[];
}

export type Authenticate = (token: string) => UserInfo | undefined;

const everything: Rule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/** Answers the kinds that are only asked, never stored; undefined for any other. */
export function review(
  core: Core,
  kind: string,
  object: Json,
  user: UserInfo,
  authenticate: Authenticate,
  namespace?: string,
): Json | undefined {
  const spec = (object['spec'] ?? {}) as ReviewSpec;
  const answer = (status: Json): Json => ({ ...object, metadata: { ...(object['metadata'] as object) }, status });
  switch (kind) {
    case 'SelfSubjectReview': {
      const { username, uid, groups, extra } = user;
      const userInfo = { username, ...(uid && { uid }), groups, ...(extra && { extra }) };
      return { ...object, metadata: { creationTimestamp: nowOf(core) }, status: { userInfo } };
    }
    case 'SelfSubjectAccessReview':
      checkAttributes(spec);
      return answer(accessStatus(core, user, spec));
    case 'SubjectAccessReview':
    case 'LocalSubjectAccessReview':
      checkAttributes(spec);
      if (kind === 'LocalSubjectAccessReview' && spec.resourceAttributes?.namespace !== namespace)
        throw refused(
          'spec.resourceAttributes.namespace',
          JSON.stringify(spec.resourceAttributes?.namespace ?? ''),
          'must match metadata.namespace',
        );
      if (!spec.user && !spec.groups?.length) throw refused('spec.user', '""', 'at least one of user or group must be specified');
      return answer(accessStatus(core, { username: spec.user ?? '', groups: spec.groups ?? [] }, spec));
    case 'SelfSubjectRulesReview':
      return { ...answer(rulesStatus(isAdmin(user) ? everything : rulesFor(core, user, spec.namespace ?? namespace))), spec: {} };
    case 'TokenReview': {
      if (!(spec as { token?: string }).token) throw badRequest('token is required for TokenReview in authentication');
      const found = authenticate((spec as { token?: string }).token ?? '');
      return answer(
        found
          ? {
              authenticated: true,
              user: { username: found.username, uid: found.uid, groups: found.groups, ...(found.extra && { extra: found.extra }) },
            }
          : { user: {}, error: 'invalid bearer token' },
      );
    }
    default:
      return undefined;
  }
}

const refused = (field: string, value: string, why: string): StatusError => {
  const message = `Invalid value: ${value}: ${why}`;
  return new StatusError(422, 'Invalid', `.authorization.k8s.io "" is invalid: ${field}: ${message}`, {
    group: 'authorization.k8s.io',
    causes: [{ reason: 'FieldValueInvalid', message, field }],
  });
};

/** Exactly one of the two is asked about. */
function checkAttributes({ resourceAttributes, nonResourceAttributes: path }: ReviewSpec): void {
  if (resourceAttributes && path) {
    const shown = JSON.stringify({ Path: path.path ?? '', Verb: path.verb ?? '' });
    throw refused('spec.nonResourceAttributes', shown, 'cannot be specified in combination with resourceAttributes');
  }
  if (!resourceAttributes && !path) {
    const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
    throw refused('spec.resourceAttributes', 'null', why);
  }
}

function accessStatus(core: Core, user: UserInfo, { resourceAttributes, nonResourceAttributes }: ReviewSpec): Json {
  const attributes: Attributes = nonResourceAttributes
    ? { verb: nonResourceAttributes.verb ?? '', path: nonResourceAttributes.path ?? '' }
    : { ...resourceAttributes, verb: resourceAttributes?.verb ?? '' };
  const allowed = authorized(core, user, attributes);
  return {
    allowed,
    ...(allowed &&
      isAdmin(user) && {
        reason: `RBAC: allowed by ClusterRoleBinding "kubeadm:cluster-admins" of ClusterRole "cluster-admin" to Group "kubeadm:cluster-admins"`,
      }),
  };
}

const rulesStatus = (rules: readonly Rule[]): Json => ({
  resourceRules: rules
    .filter((r) => r.resources)
    .map(({ verbs, apiGroups, resources, resourceNames }) => ({ verbs, apiGroups, resources, ...(resourceNames && { resourceNames }) })),
  nonResourceRules: rules.filter((r) => r.nonResourceURLs).map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
  incomplete: false,
});
