import { isObject, type JsonObject } from '../../../kube/json.ts';

/**
 * A set of field paths, as metav1.FieldsV1 writes it: path elements are `f:name`, `k:{"key":…}`, `v:value` and `i:0`.
 * A node stands for a path; it belongs to the set if it is a member. Treat it as immutable once made.
 */
export interface FieldSet {
  member: boolean;
  readonly children: Map<string, FieldSet>;
}

export const emptySet = (): FieldSet => ({ member: false, children: new Map() });

export const isEmptySet = (set: FieldSet): boolean => !set.member && set.children.size === 0;

/** Adds a path to a set that is being built. */
export function insert(set: FieldSet, path: readonly string[]): void {
  let node = set;
  for (const element of path) {
    let child = node.children.get(element);
    if (!child) node.children.set(element, (child = emptySet()));
    node = child;
  }
  node.member = true;
}

interface Rule {
  member(a: boolean, b: boolean): boolean;
  /** Whether what only one side has is kept: it is shared then, not copied. */
  keepsA: boolean;
  keepsB: boolean;
}

/** Combines two sets node by node; what is empty in the end is left out. */
function combine(a: FieldSet, b: FieldSet, rule: Rule): FieldSet {
  if (isEmptySet(b)) return rule.keepsA ? a : emptySet();
  if (isEmptySet(a)) return rule.keepsB ? b : emptySet();
  const children = new Map<string, FieldSet>();
  for (const [element, child] of a.children) {
    const other = b.children.get(element);
    if (!other) {
      if (rule.keepsA) children.set(element, child);
      continue;
    }
    const both = combine(child, other, rule);
    if (!isEmptySet(both)) children.set(element, both);
  }
  if (rule.keepsB) for (const [element, child] of b.children) if (!a.children.has(element)) children.set(element, child);
  return { member: rule.member(a.member, b.member), children };
}

const either: Rule = { member: (a, b) => a || b, keepsA: true, keepsB: true };
const onlyFirst: Rule = { member: (a, b) => a && !b, keepsA: true, keepsB: false };
const shared: Rule = { member: (a, b) => a && b, keepsA: false, keepsB: false };

export const union = (...sets: readonly FieldSet[]): FieldSet => sets.reduce((a, b) => combine(a, b, either), emptySet());
export const difference = (a: FieldSet, b: FieldSet): FieldSet => combine(a, b, onlyFirst);
export const intersection = (a: FieldSet, b: FieldSet): FieldSet => combine(a, b, shared);

/** Without the top-level fields of those names and all below them. */
export const without = (set: FieldSet, fields: readonly string[]): FieldSet => ({
  member: set.member,
  children: new Map([...set.children].filter(([element]) => !fields.some((field) => element === `f:${field}`))),
});

/** Every member's path, fields in alphabetical order. */
export function* paths(set: FieldSet, prefix: readonly string[] = []): Generator<readonly string[]> {
  if (set.member) yield prefix;
  for (const [element, child] of sorted(set)) yield* paths(child, [...prefix, element]);
}

const rank = { f: 0, k: 1, v: 2, i: 3 } as const;
const rankOf = (element: string): number => rank[element[0] as keyof typeof rank];

const sorted = (set: FieldSet) => [...set.children].sort(([a], [b]) => rankOf(a) - rankOf(b) || (a < b ? -1 : a > b ? 1 : 0));

export function toFieldsV1(set: FieldSet): JsonObject {
  const fields: JsonObject = {};
  for (const [element, child] of sorted(set)) {
    fields[element] = child.children.size > 0 && child.member ? { '.': {}, ...toFieldsV1(child) } : toFieldsV1(child);
  }
  return fields;
}

/** Elements of an unknown form are left out. */
export function fromFieldsV1(fields: unknown): FieldSet {
  const set = emptySet();
  for (const [element, below] of Object.entries(isObject(fields) ? fields : {})) {
    if (element === '.') set.member = true;
    else if (/^[fkvi]:/.test(element)) {
      const child = fromFieldsV1(below);
      if (child.children.size === 0) child.member = true;
      set.children.set(element, child);
    }
  }
  return set;
}

/** As error messages write a path: `.spec.containers[name="web"].image`. */
export const formatPath = (path: readonly string[]): string => path.map(formatElement).join('');

function formatElement(element: string): string {
  const content = element.slice(2);
  if (element.startsWith('f:')) return `.${content}`;
  if (element.startsWith('i:')) return `[${content}]`;
  if (element.startsWith('v:')) return `[=${content}]`;
  const keys = Object.entries(JSON.parse(content) as JsonObject).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `[${keys.join(',')}]`;
}
