import type { JsonObject } from '../../../kube/json.ts';
import { qualifiedName } from '../../../kube/names.ts';
import { compareQuantities, tryParseQuantity } from '../../../kube/quantity.ts';
import type { StatusCause } from '../../../kube/status.ts';
import { invalid, invalidEach } from './field.ts';
import { sub } from './read.ts';

const standard = new Set(['cpu', 'memory', 'ephemeral-storage']);
const isStandard = (name: string): boolean => standard.has(name) || name.startsWith('hugepages-');

/** requests and limits of a container: known names, no negative amounts, no request above its limit. */
export function resources(value: JsonObject | undefined, path: string): StatusCause[] {
  const [limits, requests] = [sub(value, 'limits') ?? {}, sub(value, 'requests') ?? {}];
  return [
    ...Object.entries(limits).flatMap(([name, amount]) => resource(name, String(amount), `${path}.limits`)),
    ...Object.entries(requests).flatMap(([name, amount]) => [
      ...resource(name, String(amount), `${path}.requests`),
      ...withinLimit(name, String(amount), limits[name], `${path}.requests`),
    ]),
  ];
}

function resource(name: string, amount: string, path: string): StatusCause[] {
  const at = `${path}[${name}]`;
  const causes = invalidEach(at, name, qualifiedName(name));
  if (!name.includes('/') && !isStandard(name)) {
    causes.push(invalid(at, name, 'must be a standard resource type or fully qualified'));
    causes.push(invalid(at, name, 'must be a standard resource for containers'));
  }
  const parsed = tryParseQuantity(amount);
  if (parsed && parsed.nanos < 0n) causes.push(invalid(at, amount, 'must be greater than or equal to 0'));
  return causes;
}

function withinLimit(name: string, amount: string, limit: unknown, path: string): StatusCause[] {
  if (limit === undefined) return [];
  const [request, most] = [tryParseQuantity(amount), tryParseQuantity(String(limit))];
  if (!request || !most) return [];
  const overcommits = !name.includes('/') && !name.startsWith('hugepages-');
  if (overcommits && compareQuantities(request, most) > 0) {
    return [invalid(path, amount, `must be less than or equal to ${name} limit of ${String(limit)}`)];
  }
  return !overcommits && compareQuantities(request, most) !== 0
    ? [invalid(path, amount, `must be equal to ${name} limit of ${String(limit)}`)]
    : [];
}
