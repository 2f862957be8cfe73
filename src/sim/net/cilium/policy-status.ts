import { rfc3339, type Clock } from '../../../base/clock.ts';
import { readPolicy } from '../../../netpol/read/read.ts';
import type { Resource } from '../../../kube/resources.ts';
import type { KubeObject } from '../../../kube/types.ts';
import type { ApiClient } from '../../api/client.ts';
import { ciliumClusterwideNetworkPolicies, ciliumNetworkPolicies } from '../policy/kinds.ts';

interface Condition {
  type: string;
  status: string;
  lastTransitionTime: string;
  message: string;
}
type Validated = KubeObject & { status?: { conditions?: Condition[] } };

const succeeded = 'Policy validation succeeded';

/** Why the agents would not take a policy; undefined where they enforce it. */
const invalidity = (object: KubeObject): string | undefined => {
  const { policies, problems } = readPolicy(object);
  return policies.cilium.policies[0]?.invalid ?? (problems[0] && `${problems[0].path}: ${problems[0].message}`);
};

/** Condition Valid of every Cilium policy: what is not valid is enforced by nobody, and all stays open (policy.md, trap 5). */
export function validatePolicies(api: ApiClient, clock: Clock): void {
  for (const resource of [ciliumNetworkPolicies, ciliumClusterwideNetworkPolicies] as readonly Resource<Validated>[])
    for (const object of api.list(resource)) {
      const reason = invalidity(object);
      const condition = { type: 'Valid', status: reason === undefined ? 'True' : 'False', message: reason ?? succeeded };
      const known = object.status?.conditions?.find(({ type }) => type === 'Valid');
      if (known?.status === condition.status && known.message === condition.message) continue;
      const { namespace, name } = object.metadata;
      const change = (copy: Validated) => {
        copy.status = { ...copy.status, conditions: [{ lastTransitionTime: rfc3339(clock.now()), ...condition }] };
      };
      api.modify(resource, namespace, name, change, { subresource: 'status' });
    }
}
