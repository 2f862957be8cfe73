import type { Draft } from '../../../kube/types.ts';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Values = { [key: string]: Json };

/** Where a chart is rendered to. */
export interface Release {
  name: string;
  namespace: string;
}

/** A Helm chart as code: from values to objects. */
export interface Chart {
  readonly repository: string;
  readonly name: string;
  readonly description: string;
  /** Newest first. */
  readonly versions: readonly string[];
  readonly url: string;
  /** values.yaml of a version. */
  defaults(version: string): Values;
  /** The objects, without what Helm adds to them. `values` are complete. Throws ChartError. */
  render(values: Values, target: Release & { version: string }): Draft[];
  /** NOTES.txt. */
  notes(values: Values, target: Release & { version: string }): string;
}

/** Values that the chart refuses, in Helm's words. */
export class ChartError extends Error {
  override readonly name = 'ChartError';
}

export const isTable = (value: Json | undefined): value is Values => typeof value === 'object' && value !== null && !Array.isArray(value);

/** `over` laid upon `base` as Helm does: tables key by key, everything else replaced, null takes the key away. */
export function mergeValues(base: Values, over: Values): Values {
  const merged: Values = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    if (value === null) delete merged[key];
    else merged[key] = isTable(value) ? mergeValues(isTable(below) ? below : {}, value) : value;
  }
  return merged;
}

/** `over` laid upon `base` where a null stays, as among values files that are merged before they meet the chart's own. */
export function layerValues(base: Values, over: Values): Values {
  const merged: Values = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isTable(value) && isTable(below) ? layerValues(below, value) : value;
  }
  return merged;
}

const kindOf = (value: Json): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
};

/**
 * What values.schema.json says no to: a value of another type than its default. Keys without a default, and
 * defaults that are null, take anything. Lines are those of helm 4, as `- at '/tunnelPort': got string, want integer`.
 */
export function schemaViolations(values: Values, defaults: Values, path = ''): string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const standard = defaults[key];
    if (standard === undefined || standard === null || value === null) return [];
    const here = `${path}/${key}`;
    if (isTable(standard)) return isTable(value) ? schemaViolations(value, standard, here) : [mismatch(here, value, 'object')];
    const wanted = kindOf(standard);
    const same = kindOf(value) === wanted || (wanted === 'number' && typeof value === 'number');
    return same || acceptsBoth(here, value) ? [] : [mismatch(here, value, wanted)];
  });
}

const mismatch = (path: string, value: Json, wanted: string) => `- at '${path}': got ${kindOf(value)}, want ${wanted}`;

/** The chart's own schema lets these be written as text or as a boolean. */
const acceptsBoth = (path: string, value: Json) =>
  ['/kubeProxyReplacement', '/cni/enableRouteMTUForCNIChaining'].includes(path) && ['string', 'boolean'].includes(typeof value);

/** Reads one value by its dotted path; `undefined` where there is none. */
export function valueAt(values: Values, path: string): Json | undefined {
  let here: Json | undefined = values;
  for (const key of path.split('.')) here = isTable(here) ? here[key] : undefined;
  return here;
}
