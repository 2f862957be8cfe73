import { isObject, type JsonObject } from '../../../kube/json.ts';
import { labelValue, qualifiedName } from '../../../kube/names.ts';
import { matchesLabelSelector } from '../../../kube/selectors.ts';
import type { StatusCause } from '../../../kube/status.ts';
import type { LabelSelector } from '../../../kube/types.ts';
import { each } from './read.ts';
import { forbidden, invalid, invalidEach, required } from './field.ts';
import { labels } from './metadata.ts';

/** metav1.LabelSelector. */
export function labelSelector(field: string, selector: unknown): StatusCause[] {
  if (!isObject(selector)) return [];
  return [...labels(`${field}.matchLabels`, selector.matchLabels), ...each(selector, 'matchExpressions', field).flatMap(expression)];
}

function expression({ value, path }: { value: JsonObject; path: string }): StatusCause[] {
  const { operator, key } = value;
  const values = Array.isArray(value.values) ? (value.values as string[]) : [];
  const causes: StatusCause[] = [];
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) causes.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) causes.push(forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
  } else causes.push(invalid(`${path}.operator`, operator ?? '', 'not a valid selector operator'));
  causes.push(...invalidEach(`${path}.key`, String(key ?? ''), qualifiedName(String(key ?? ''))));
  return [...causes, ...values.flatMap((text, i) => invalidEach(`${path}.values[${i}]`, text, labelValue(text)))];
}

export const isEmptySelector = (selector: JsonObject): boolean =>
  Object.keys((selector.matchLabels as object | undefined) ?? {}).length === 0 &&
  ((selector.matchExpressions as unknown[] | undefined) ?? []).length === 0;

/** Whether no matcher can be made of it. */
export const isMalformed = (selector: JsonObject): boolean => labelSelector('', selector).length > 0;

/** The labels of a workload's template must be what its selector picks. */
export function selectorMatchesTemplate(spec: JsonObject): StatusCause[] {
  const { selector } = spec;
  if (isObject(selector) && (isMalformed(selector) || isEmptySelector(selector))) return [];
  const metadata = isObject(spec.template) && isObject(spec.template.metadata) ? spec.template.metadata : {};
  const templateLabels = metadata.labels as Record<string, string> | undefined;
  if (matchesLabelSelector(templateLabels, selector as LabelSelector | undefined)) return [];
  return [invalid('spec.template.metadata.labels', templateLabels, '`selector` does not match template `labels`')];
}
