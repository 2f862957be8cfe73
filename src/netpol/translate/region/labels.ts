/** Which values of one label are meant: listed ones or all but those, and whether being without the label is, too. */
export interface Values {
  readonly absent: boolean;
  readonly listed: 'only' | 'except';
  readonly values: ReadonlySet<string>;
}

/**
 * A conjunction over labels; a key that is not there may be anything. Keys: `pod:app`, `namespace:team`, and the names
 * `namespace` and `serviceaccount`, which every pod has.
 */
export type Labelled = ReadonlyMap<string, Values>;

export const anyPod: Labelled = new Map();
export const only = (...values: readonly string[]): Values => ({ absent: false, listed: 'only', values: new Set(values) });
export const present: Values = { absent: false, listed: 'except', values: new Set() };
export const presentBut = (...values: readonly string[]): Values => ({ ...present, values: new Set(values) });

const domain = (key: string): Values => (key === 'namespace' || key === 'serviceaccount' ? present : { ...present, absent: true });

export const complement = (key: string, { absent, listed, values }: Values): Values =>
  meet({ absent: !absent, listed: listed === 'only' ? 'except' : 'only', values }, domain(key));

export function meet(a: Values, b: Values): Values {
  const absent = a.absent && b.absent;
  if (a.listed === 'except' && b.listed === 'except') return { absent, listed: 'except', values: new Set([...a.values, ...b.values]) };
  const [list, other] = a.listed === 'only' ? [a, b] : [b, a];
  const values = [...list.values].filter((value) => other.values.has(value) === (other.listed === 'only'));
  return { absent, listed: 'only', values: new Set(values) };
}

export const impossible = ({ absent, listed, values }: Values): boolean => !absent && listed === 'only' && values.size === 0;

/** Undefined where no pod can be both. */
export function meetLabels(a: Labelled, b: Labelled): Labelled | undefined {
  if (b.size === 0) return a;
  if (a.size === 0) return b;
  const result = new Map(a);
  for (const [key, values] of b) {
    const mine = result.get(key);
    const both = mine ? meet(mine, values) : values;
    if (impossible(both)) return undefined;
    result.set(key, both);
  }
  return result;
}

const overlap = (a: Values, b: Values): boolean => {
  if ((a.absent && b.absent) || (a.listed === 'except' && b.listed === 'except')) return true;
  const [list, other] = a.listed === 'only' ? [a, b] : [b, a];
  for (const value of list.values) if (other.values.has(value) === (other.listed === 'only')) return true;
  return false;
};

/** Whether some pod can be both. */
export function labelsOverlap(a: Labelled, b: Labelled): boolean {
  const [few, many] = a.size < b.size ? [a, b] : [b, a];
  for (const key of few.keys()) {
    const other = many.get(key);
    if (other && !overlap(few.get(key)!, other)) return false;
  }
  return true;
}

const inside = (a: Values, b: Values): boolean =>
  (!a.absent || b.absent) &&
  (a.listed === 'only'
    ? [...a.values].every((value) => b.values.has(value) === (b.listed === 'only'))
    : b.listed === 'except' && [...b.values].every((value) => a.values.has(value)));

/** Whether every pod of `a` is one of `b`. */
export const labelsInside = (a: Labelled, b: Labelled): boolean =>
  [...b].every(([key, values]) => inside(a.get(key) ?? domain(key), values));

/** `a` and not `b`, as conjunctions that do not overlap. */
export function withoutLabels(a: Labelled, b: Labelled): Labelled[] {
  const parts: Labelled[] = [];
  let rest: Labelled = a;
  for (const [key, values] of b) {
    const mine = rest.get(key) ?? domain(key);
    const outside = meet(mine, complement(key, values));
    if (!impossible(outside)) parts.push(new Map(rest).set(key, outside));
    const inside = meet(mine, values);
    if (impossible(inside)) return [a];
    rest = new Map(rest).set(key, inside);
  }
  return parts;
}

/** A text that is equal for equal conjunctions. */
export const labelsKey = (labels: Labelled): string =>
  [...labels]
    .map(([key, { absent, listed, values }]) => `${key} ${absent} ${listed} ${[...values].sort().join(',')}`)
    .sort()
    .join(';');
