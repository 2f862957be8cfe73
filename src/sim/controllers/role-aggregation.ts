import { isDeepStrictEqual } from 'node:util';
import * as r from '../../kube/resources.ts';
import { matchesLabelSelector } from '../../kube/selectors.ts';
import type { ClusterRole } from '../../kube/types.ts';
import type { Controller } from './controller.ts';
import type { CoreContext } from './core-context.ts';

type Rule = NonNullable<ClusterRole['rules']>[number];

/** pkg/controller/clusterroleaggregation: a role with an aggregationRule has the rules of those that it selects. */
export function roleAggregationController({ api }: CoreContext): Controller {
  function* aggregates(): Generator<string> {
    for (const role of api.list(r.clusterRoles)) if (role.aggregationRule) yield role.metadata.name;
  }

  return {
    name: 'clusterrole-aggregation-controller',
    sources: [{ resource: r.clusterRoles, keys: aggregates }],
    reconcile(name) {
      const role = api.get(r.clusterRoles, undefined, name);
      const selectors = role?.aggregationRule?.clusterRoleSelectors ?? [];
      if (!role || selectors.length === 0) return;
      const rules: Rule[] = [];
      const others = api.list(r.clusterRoles).toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
      for (const selector of selectors) {
        for (const other of others) {
          if (other.metadata.name === name || !matchesLabelSelector(other.metadata.labels, selector)) continue;
          for (const rule of other.rules ?? []) if (!rules.some((known) => isDeepStrictEqual(known, rule))) rules.push(rule);
        }
      }
      if (isDeepStrictEqual(role.rules ?? [], rules)) return;
      api.modify(r.clusterRoles, undefined, name, (copy) => void (copy.rules = structuredClone(rules)));
    },
  };
}
