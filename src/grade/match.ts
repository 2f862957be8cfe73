import { evaluateCel } from './cel.ts';
import { show, showText } from './evidence.ts';

export interface Mismatch {
  /** As `.spec.template.spec.containers[1].image`; '' for the whole. */
  path: string;
  expected: string;
  observed: string;
}

const operators = ['$cel', '$matches', '$absent'] as const;
type Operator = (typeof operators)[number];

/**
 * Where an object first differs from a partial one, depth first; undefined when it agrees. Fields that the
 * partial object does not name are free; each element that it names in a list must match some element there.
 */
export function firstMismatch(partial: unknown, actual: unknown, variables: Record<string, unknown> = {}, path = ''): Mismatch | undefined {
  const operator = operatorOf(partial);
  if (operator) return judgeOperator(operator, partial as Record<Operator, unknown>, actual, variables, path);
  if (Array.isArray(partial)) return listMismatch(partial, actual, variables, path);
  if (isRecord(partial)) return recordMismatch(partial, actual, variables, path);
  return Object.is(partial, actual) ? undefined : { path, expected: show(partial), observed: show(actual) };
}

function recordMismatch(partial: Record<string, unknown>, actual: unknown, variables: Record<string, unknown>, path: string) {
  if (!isRecord(actual)) return { path, expected: show(partial), observed: show(actual) };
  for (const [field, expected] of Object.entries(partial)) {
    const value = Object.hasOwn(actual, field) ? actual[field] : undefined;
    const mismatch = firstMismatch(expected, value, variables, `${path}${segment(field)}`);
    if (mismatch) return mismatch;
  }
  return undefined;
}

function listMismatch(partial: unknown[], actual: unknown, variables: Record<string, unknown>, path: string): Mismatch | undefined {
  if (!Array.isArray(actual)) return { path, expected: show(partial), observed: show(actual) };
  for (const expected of partial) {
    const mismatches = actual.map((element, index) => firstMismatch(expected, element, variables, `${path}[${index}]`));
    if (mismatches.some((m) => m === undefined)) continue;
    // Of the one that is meant, what is wrong within it says more than that no element matches.
    const key = keyOf(expected);
    const meant = key === undefined ? mismatches : mismatches.filter((_, index) => sameKey(key, expected, actual[index]));
    if (meant.length === 1) return meant[0];
    const known =
      key === undefined || meant.length > 0 ? show(actual) : `none with this ${key}; there are ${showText(keysIn(actual, key))}`;
    return { path, expected: `an element like ${show(expected)}`, observed: known };
  }
  return undefined;
}

function judgeOperator(
  operator: Operator,
  partial: Record<Operator, unknown>,
  actual: unknown,
  variables: Record<string, unknown>,
  path: string,
): Mismatch | undefined {
  if (operator === '$absent') {
    const absent = actual === undefined;
    return absent === (partial.$absent === true)
      ? undefined
      : { path, expected: partial.$absent ? 'absent' : 'present', observed: show(actual) };
  }
  const text = String(partial[operator]);
  if (operator === '$matches') {
    return typeof actual === 'string' && new RegExp(text, 'm').test(actual)
      ? undefined
      : { path, expected: `text that matches /${text}/`, observed: show(actual) };
  }
  const result = evaluateCel(text, { ...variables, value: actual ?? null });
  return 'value' in result && result.value === true ? undefined : { path, expected: text, observed: show(actual) };
}

function operatorOf(partial: unknown): Operator | undefined {
  if (!isRecord(partial)) return undefined;
  const keys = Object.keys(partial);
  return keys.length === 1 ? operators.find((operator) => operator === keys[0]) : undefined;
}

/** Fields that tell the elements of a Kubernetes list apart. */
const keyOf = (element: unknown): string | undefined =>
  isRecord(element) ? ['name', 'type', 'key'].find((field) => typeof element[field] === 'string') : undefined;
const sameKey = (key: string, a: unknown, b: unknown): boolean => isRecord(a) && isRecord(b) && a[key] === b[key];
const keysIn = (list: unknown[], key: string): string =>
  list.map((element) => (isRecord(element) ? String(element[key]) : '?')).join(', ') || 'none';

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const segment = (field: string): string => (/^[A-Za-z_][\w-]*$/.test(field) ? `.${field}` : `['${field}']`);
