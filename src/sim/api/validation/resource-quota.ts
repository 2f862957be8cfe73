import { deepEqual, type JsonObject } from '../../../kube/json.ts';
import { qualifiedName } from '../../../kube/names.ts';
import { milliValue, tryParseQuantity } from '../../../kube/quantity.ts';
import type { StatusCause } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { invalid, invalidEach, required } from './field.ts';
import { each, isEmptyList, sub, text } from './read.ts';

const compute = ['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory'];
const whole = new Set(
  'pods services replicationcontrollers resourcequotas secrets configmaps persistentvolumeclaims services.nodeports services.loadbalancers'.split(
    ' ',
  ),
);
const standard = new Set([
  ...compute,
  'ephemeral-storage',
  'requests.ephemeral-storage',
  'limits.ephemeral-storage',
  'requests.storage',
  ...whole,
]);
const isStandard = (name: string): boolean => standard.has(name) || /^(requests\.)?hugepages-/.test(name);

const known = ['Terminating', 'NotTerminating', 'BestEffort', 'NotBestEffort', 'PriorityClass', 'CrossNamespacePodAffinity'];

function applies(scope: string, name: string): boolean {
  switch (scope) {
    case 'Terminating':
    case 'NotTerminating':
    case 'NotBestEffort':
    case 'PriorityClass':
    case 'CrossNamespacePodAffinity':
      return [...compute, 'pods', 'ephemeral-storage', 'requests.ephemeral-storage', 'limits.ephemeral-storage'].includes(name);
    case 'BestEffort':
      return name === 'pods';
    default:
      return true;
  }
}

const pairs = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
];

function conflicts(scopes: readonly string[], shown: unknown): StatusCause[] {
  return pairs.filter((pair) => pair.every((one) => scopes.includes(one))).map(() => invalid('spec.scopes', shown, 'conflicting scopes'));
}

function amount(name: string, value: unknown, path: string): StatusCause[] {
  const quantity = tryParseQuantity(String(value));
  if (!quantity) return [];
  return [
    ...(quantity.nanos < 0n ? [invalid(path, value, 'must be greater than or equal to 0')] : []),
    ...((whole.has(name) || name.startsWith('count/')) && milliValue(quantity) % 1000 !== 0
      ? [invalid(path, value, 'must be an integer')]
      : []),
  ];
}

export function resourceQuota(object: KubeObject, old: KubeObject | undefined): StatusCause[] {
  const spec = (object['spec'] ?? {}) as JsonObject;
  const hard = sub(spec, 'hard') ?? {};
  const names = Object.keys(hard).sort();
  const scopes = (spec.scopes as string[] | undefined) ?? [];
  const before = [...((old?.['spec'] as { scopes?: string[] } | undefined)?.scopes ?? [])].sort();
  return [
    ...Object.entries(hard).flatMap(([name, value]) => {
      const path = `spec.hard[${name}]`;
      return [
        ...invalidEach(path, name, qualifiedName(name)),
        ...(name.includes('/') || isStandard(name) ? [] : [invalid(path, name, 'must be a standard resource for quota')]),
        ...amount(name, value, path),
      ];
    }),
    ...scopes.flatMap((scope) => [
      ...(known.includes(scope) ? [] : [invalid('spec.scopes', scopes, 'unsupported scope')]),
      ...names
        .filter((name) => isStandard(name) && !applies(scope, name))
        .map(() => invalid('spec.scopes', scopes, 'unsupported scope applied to resource')),
    ]),
    ...conflicts(scopes, scopes),
    ...selector(spec, names),
    ...(old && !deepEqual(before, [...scopes].sort()) ? [invalid('spec.scopes', spec.scopes, 'field is immutable')] : []),
  ];
}

function selector(spec: JsonObject, names: readonly string[]): StatusCause[] {
  const path = 'spec.scopeSelector.matchExpressions';
  const requirements = each(sub(spec, 'scopeSelector'), 'matchExpressions', '');
  const causes = requirements.flatMap(({ value }) => {
    const [scope, operator] = [text(value, 'scopeName'), text(value, 'operator')];
    const found = known.includes(scope) ? [] : [invalid(`${path}.scopeName`, scope, 'unsupported scope')];
    for (const name of names) {
      if (isStandard(name) && !applies(scope, name)) found.push(invalid(path, spec.scopeSelector, 'unsupported scope applied to resource'));
    }
    if (known.includes(scope) && scope !== 'PriorityClass' && operator !== 'Exists') {
      const detail =
        "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
      found.push(invalid(`${path}.operator`, operator, detail));
    }
    const listed = operator === 'In' || operator === 'NotIn';
    if (listed && isEmptyList(value.values))
      found.push(required(`${path}.values`, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"));
    else if (!listed && !['Exists', 'DoesNotExist'].includes(operator))
      found.push(invalid(`${path}.operator`, operator, 'not a valid selector operator'));
    else if (!listed && !isEmptyList(value.values))
      found.push(
        invalid(`${path}.values`, value.values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"),
      );
    return found;
  });
  return [
    ...causes,
    ...conflicts(
      requirements.map(({ value }) => text(value, 'scopeName')),
      spec.scopes,
    ),
  ];
}
