import type { Cancel } from '../../base/clock.ts';
import { formatQuantity } from '../../kube/quantity.ts';
import type { Resource } from '../../kube/resources.ts';
import { tablesOf, usedOf, type Quota } from '../api/admission/quota-usage.ts';
import type { Catalog } from './catalog.ts';
import type { Controller } from './controller.ts';
import type { CoreContext } from './core-context.ts';
import { keyOf, splitKey } from './manager.ts';
import { Pace } from './pace.ts';
import { writeStatus } from './status.ts';

const quotas: Resource<Quota> = { group: '', version: 'v1', plural: 'resourcequotas', kind: 'ResourceQuota', namespaced: true };

/** pkg/controller/resourcequota: tells in a quota's status what its namespace uses. Admission counts by itself. */
export function resourceQuotaController({ api, clock }: CoreContext, catalog: Catalog): Controller {
  const pace = new Pace(clock);
  const resourceOf = (table: string): Resource | undefined =>
    catalog.resources().find(({ group, plural }) => `${group}/${plural}` === table);

  return {
    name: 'resourcequota-controller',
    sources: [{ resource: quotas }],
    /** What quotas count is followed from when the first of them counts it. */
    watch(enqueue) {
      const followed = new Map<string, Cancel>();
      const follow = (table: string) => {
        const resource = followed.has(table) ? undefined : resourceOf(table);
        if (!resource) return;
        const changed = ({ object }: { object: { metadata: { namespace?: string } } }) => {
          const { namespace } = object.metadata;
          if (namespace !== undefined) for (const quota of api.list(quotas, { namespace })) enqueue(keyOf(quota));
        };
        followed.set(table, api.watch(resource, changed));
      };
      const stop = api.watch(quotas, ({ type, object }) => {
        if (type !== 'DELETED') for (const table of tablesOf(Object.keys(object.spec?.hard ?? {}))) follow(table);
      });
      return () => {
        stop();
        for (const cancel of followed.values()) cancel();
      };
    },
    reconcile(key) {
      const { namespace, name } = splitKey(key);
      const quota = api.get(quotas, namespace, name);
      if (!quota) return;
      let size = 0;
      const used = usedOf(quota, (table) => {
        const resource = resourceOf(table);
        const found = resource ? api.list(resource, { namespace: namespace }) : [];
        size += found.length;
        return found;
      });
      const wait = pace.wait(key, size);
      if (wait > 0) return { requeueAfterMs: wait };
      const hard = quota.spec?.hard ?? {};
      writeStatus(api, quotas, quota, { hard, used: Object.fromEntries([...used].map(([one, amount]) => [one, formatQuantity(amount)])) });
      return;
    },
  };
}
