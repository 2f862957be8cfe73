import { forbidden } from '../../../kube/status.ts';
import { formatQuantity, parseQuantity, quantityToNumber, type Quantity } from '../../../kube/quantity.ts';
import type { Container, KubeObject, Pod } from '../../../kube/types.ts';
import { podAmounts, type Amounts } from './amounts.ts';
import { nameOf, type AdmissionRequest } from './request.ts';

type Limit = { type: string } & Partial<
  Record<'min' | 'max' | 'default' | 'defaultRequest' | 'maxLimitRequestRatio', Record<string, string>>
>;

const annotation = 'kubernetes.io/limit-ranger';

const limitsOf = ({ core, namespace }: AdmissionRequest): { name: string; limits: Limit[] }[] =>
  namespace === undefined
    ? []
    : core.store.list('/limitranges', namespace).map((range) => ({
        name: range.metadata.name,
        limits: (range['spec'] as { limits?: Limit[] } | undefined)?.limits ?? [],
      }));

/** Plugin LimitRanger, as it fills in what containers leave out. */
export function fillLimits(request: AdmissionRequest): void {
  if (request.definition.table !== '/pods' || request.operation !== 'CREATE' || request.subresource) return;
  const pod = request.object as Pod;
  for (const { limits } of limitsOf(request)) {
    const defaults = { limits: {} as Record<string, string>, requests: {} as Record<string, string> };
    for (const limit of limits.filter(({ type }) => type === 'Container')) {
      Object.assign(defaults.limits, limit.default);
      Object.assign(defaults.requests, limit.defaultRequest);
    }
    const said = [
      ...(pod.spec?.containers ?? []).flatMap((container) => fill(container, defaults, 'container')),
      ...(pod.spec?.initContainers ?? []).flatMap((container) => fill(container, defaults, 'init container')),
    ];
    if (said.length > 0)
      pod.metadata.annotations = { ...pod.metadata.annotations, [annotation]: `LimitRanger plugin set: ${said.join('; ')}` };
  }
}

function fill(container: Container, defaults: Record<'limits' | 'requests', Record<string, string>>, called: string): string[] {
  return (['requests', 'limits'] as const).flatMap((kind) => {
    const missing = Object.entries(defaults[kind]).filter(([name]) => container.resources?.[kind]?.[name] === undefined);
    if (missing.length === 0) return [];
    container.resources = { ...container.resources, [kind]: { ...container.resources?.[kind], ...Object.fromEntries(missing) } };
    const names = missing.map(([name]) => name).sort();
    return [`${names.join(', ')} ${kind.slice(0, -1)} for ${called} ${container.name}`];
  });
}

/** Plugin LimitRanger, as it refuses what is out of bounds. */
export function checkLimits(request: AdmissionRequest): void {
  const { definition, operation, object } = request;
  if (!object || operation === 'DELETE') return;
  const resize = request.subresource === 'resize';
  if (request.subresource && !resize) return;
  if (definition.table === '/pods' && (operation === 'CREATE' || resize)) return refuse(request, (limit) => ofPod(limit, object));
  if (definition.table === '/persistentvolumeclaims') refuse(request, (limit) => ofClaim(limit, object));
}

function refuse(request: AdmissionRequest, check: (limit: Limit) => string[]): void {
  for (const { limits } of limitsOf(request)) {
    // An aggregate says a thing once.
    const texts = [...new Set(limits.flatMap(check))];
    if (texts.length > 0) throw forbidden(request.definition, nameOf(request), texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`);
  }
}

function ofPod(limit: Limit, { spec }: Pod): string[] {
  if (!spec) return [];
  if (limit.type === 'Pod') return outOfBounds(limit, podAmounts({ ...spec, overhead: undefined }, 'requests'), podAmounts(spec, 'limits'));
  if (limit.type !== 'Container') return [];
  return [...(spec.containers ?? []), ...(spec.initContainers ?? [])].flatMap(({ resources }) =>
    outOfBounds(limit, amounts(resources?.requests), amounts(resources?.limits)),
  );
}

function ofClaim(limit: Limit, claim: KubeObject): string[] {
  if (limit.type !== 'PersistentVolumeClaim') return [];
  const requests = amounts((claim['spec'] as { resources?: { requests?: Record<string, string> } } | undefined)?.resources?.requests);
  return [
    ...each(limit.min, (name, bound) => least(limit.type, name, bound, requests.get(name), undefined)),
    ...each(limit.max, (name, bound) => {
      const request = requests.get(name);
      const rule = `maximum ${name} usage per ${limit.type} is ${formatQuantity(bound)}`;
      if (!request) return `${rule}.  No request is specified`;
      return request.nanos > bound.nanos ? `${rule}, but request is ${formatQuantity(request)}` : undefined;
    }),
  ];
}

const amounts = (list: object | undefined): Amounts =>
  new Map(Object.entries(list ?? {}).map(([name, amount]) => [name, parseQuantity(amount as string)]));

const each = (bounds: Record<string, string> | undefined, check: (name: string, bound: Quantity) => string | undefined): string[] =>
  Object.entries(bounds ?? {}).flatMap(([name, bound]) => check(name, parseQuantity(bound)) ?? []);

function outOfBounds(limit: Limit, requests: Amounts, limits: Amounts): string[] {
  const { type } = limit;
  return [
    ...each(limit.min, (name, bound) => least(type, name, bound, requests.get(name), limits.get(name))),
    ...each(limit.max, (name, bound) => most(type, name, bound, requests.get(name), limits.get(name))),
    ...each(limit.maxLimitRequestRatio, (name, bound) => ratio(type, name, bound, requests.get(name), limits.get(name))),
  ];
}

function least(
  type: string,
  name: string,
  bound: Quantity,
  request: Quantity | undefined,
  limit: Quantity | undefined,
): string | undefined {
  const rule = `minimum ${name} usage per ${type} is ${formatQuantity(bound)}`;
  if (!request) return `${rule}.  No request is specified`;
  if (request.nanos < bound.nanos) return `${rule}, but request is ${formatQuantity(request)}`;
  return limit && limit.nanos < bound.nanos ? `${rule}, but limit is ${formatQuantity(limit)}` : undefined;
}

function most(type: string, name: string, bound: Quantity, request: Quantity | undefined, limit: Quantity | undefined): string | undefined {
  const rule = `maximum ${name} usage per ${type} is ${formatQuantity(bound)}`;
  if (!limit) return `${rule}.  No limit is specified`;
  if (limit.nanos > bound.nanos) return `${rule}, but limit is ${formatQuantity(limit)}`;
  return request && request.nanos > bound.nanos ? `${rule}, but request is ${formatQuantity(request)}` : undefined;
}

function ratio(
  type: string,
  name: string,
  bound: Quantity,
  request: Quantity | undefined,
  limit: Quantity | undefined,
): string | undefined {
  const rule = `${name} max limit to request ratio per ${type} is ${formatQuantity(bound)}`;
  if (!request?.nanos) return `${rule}, but no request is specified or request is 0`;
  if (!limit?.nanos) return `${rule}, but no limit is specified or limit is 0`;
  const found = quantityToNumber(limit) / quantityToNumber(request);
  return found > quantityToNumber(bound) ? `${rule}, but provided ratio is ${found.toFixed(6)}` : undefined;
}
