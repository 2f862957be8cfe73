import { forbidden } from '../../../kube/status.ts';
import { addQuantities, compareQuantities, formatQuantity, parseQuantity } from '../../../kube/quantity.ts';
import type { Pod } from '../../../kube/types.ts';
import type { Amounts } from './amounts.ts';
import { inScope, masked, usageOf, usedOf, type Quota } from './quota-usage.ts';
import { nameOf, type AdmissionRequest } from './request.ts';

const table = '/resourcequotas';
const perContainer = ['cpu', 'limits.cpu', 'limits.memory', 'memory', 'requests.cpu', 'requests.memory'];

const print = (amounts: Amounts): string =>
  [...amounts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, amount]) => `${name}=${formatQuantity(amount)}`)
    .join(',');

/** Plugin ResourceQuota. Usage is what is stored at the moment; the status follows by its controller. */
export function checkQuota(request: AdmissionRequest): void {
  const { core, definition, namespace, object, old, operation } = request;
  if (namespace === undefined || !object || operation === 'DELETE' || request.subresource) return;
  const quotas = core.store.list(table, namespace) as readonly Quota[];
  if (quotas.length === 0) return;
  const usage = usageOf(definition.table, object);
  const before = old && usageOf(definition.table, old);
  for (const quota of quotas) {
    if (!inScope(quota, definition.table, object)) continue;
    const hard = new Map(Object.entries(quota.spec?.hard ?? {}).map(([name, amount]) => [name, parseQuantity(amount)]));
    const names = [...hard.keys()];
    if (definition.table === '/pods' && operation === 'CREATE') requireAmounts(request, quota, names);
    const requested = masked(usage, names);
    for (const [name, amount] of requested) {
      const had = before && inScope(quota, definition.table, old) ? before.get(name) : undefined;
      const more = had ? { ...amount, nanos: amount.nanos - had.nanos } : amount;
      if (more.nanos > 0n) requested.set(name, more);
      else requested.delete(name);
    }
    if (requested.size === 0) continue;
    const used = usedOf(quota, (one) => core.store.list(one, namespace));
    const exceeded = [...requested.keys()].filter(
      (name) => compareQuantities(addQuantities(used.get(name)!, requested.get(name)!), hard.get(name)!) > 0,
    );
    if (exceeded.length === 0) continue;
    throw forbidden(
      definition,
      nameOf(request),
      `exceeded quota: ${quota.metadata.name}, requested: ${print(masked(requested, exceeded))}, used: ${print(masked(used, exceeded))}, limited: ${print(masked(hard, exceeded))}`,
    );
  }
}

/** Where CPU or memory is limited each container has to say what it takes. */
function requireAmounts(request: AdmissionRequest, quota: Quota, names: readonly string[]): void {
  const { spec } = request.object as Pod;
  if (!spec || spec['resources']) return;
  const missing = perContainer
    .filter((name) => names.includes(name))
    .flatMap((name) => {
      const resource = name.split('.').at(-1)!;
      const kind = name.startsWith('limits.') ? 'limits' : 'requests';
      const lacking = [...spec.containers, ...(spec.initContainers ?? [])].filter((c) => c.resources?.[kind]?.[resource] === undefined);
      return lacking.length === 0 ? [] : [`${name} for: ${[...new Set(lacking.map((c) => c.name))].sort().join(',')}`];
    });
  if (missing.length > 0)
    throw forbidden(request.definition, nameOf(request), `failed quota: ${quota.metadata.name}: must specify ${missing.join('; ')}`);
}
