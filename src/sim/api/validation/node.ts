import type { JsonObject } from '../../../kube/json.ts';
import { labelValue, qualifiedName } from '../../../kube/names.ts';
import type { StatusCause } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { duplicate, forbidden, invalidEach, notSupported, required } from './field.ts';
import { each, text } from './read.ts';

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

const twice = (path: string, taint: JsonObject): StatusCause => {
  const cause = duplicate(path, { Key: taint.key, Value: text(taint, 'value'), Effect: taint.effect, TimeAdded: null });
  return { ...cause, message: `${cause.message}: taints must be unique by key and effect pair` };
};

export function node(object: KubeObject, old: KubeObject | undefined): StatusCause[] {
  const spec = object.spec as JsonObject;
  const seen = new Set<string>();
  // Upstream's path starts with metadata, too.
  const causes = each(spec, 'taints', 'metadata').flatMap(({ value, path }) => {
    const [key, effect] = [text(value, 'key'), text(value, 'effect')];
    const wrong = [
      ...invalidEach(`${path}.key`, key, qualifiedName(key)),
      ...invalidEach(`${path}.value`, text(value, 'value'), labelValue(text(value, 'value'))),
    ];
    if (effect === '') wrong.push(required(`${path}.effect`));
    else if (!effects.includes(effect)) wrong.push(notSupported(`${path}.effect`, effect, effects));
    if (seen.has(`${key}:${effect}`)) wrong.push(twice(path, value));
    seen.add(`${key}:${effect}`);
    return wrong;
  });
  const before = old?.spec as JsonObject | undefined;
  for (const field of ['podCIDR', 'providerID']) {
    const set = text(before, field);
    if (set === '' || set === text(spec, field)) continue;
    causes.push(
      field === 'podCIDR'
        ? forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid')
        : forbidden(`spec.${field}`, `node updates may not change ${field} except from "" to valid`),
    );
  }
  return causes;
}
