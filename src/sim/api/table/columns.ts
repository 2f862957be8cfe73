import type { KubeObject } from '../../../kube/types.ts';
import type { Core } from '../registry/core.ts';

export type Cell = string | number | boolean | null;

/** One printer column, as `kubectl get` shows it; priority 1 is for `-o wide`. */
export interface Column<T extends KubeObject = KubeObject> {
  name: string;
  type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  format?: string;
  description?: string;
  priority?: number;
  value(object: T, core: Core): Cell;
}

type Value<T extends KubeObject> = (object: T, core: Core) => Cell | undefined;

const column =
  (type: Column['type']) =>
  <T extends KubeObject>(name: string, value: Value<T>, priority = 0): Column<T> => ({
    name,
    type,
    priority,
    value: (object, core) => value(object, core) ?? '',
  });

export const text = column('string');
export const integer = column('integer');
export const wide = <T extends KubeObject>(name: string, value: Value<T>): Column<T> => text(name, value, 1);

export const nameColumn: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  priority: 0,
  value: (object) => object.metadata.name ?? '',
};

/** Go's zero time, in an object in which nothing is set. */
export const creationTime = ({ metadata }: KubeObject): string => metadata.creationTimestamp ?? '0001-01-01T00:00:00Z';
export const createdAt: Column = { name: 'Created At', type: 'date', value: creationTime };

export const age = (name = 'Age'): Column => text(name, (object, core) => ageOf(object.metadata.creationTimestamp, core));

/** `none` where there is nothing, as printers write it. */
export const orNone = (value: string | undefined): string => (value === undefined || value === '' ? '<none>' : value);

export const ageOf = (timestamp: string | undefined, core: Core): string =>
  timestamp ? humanDuration(core.clock.now() - Date.parse(timestamp)) : '<unknown>';

/** apimachinery's duration.HumanDuration, of milliseconds. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return both(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return both(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (hours < 192) return both(days, 'd', hours % 24, 'h');
  if (hours < 24 * 365 * 2) return `${days}d`;
  const years = Math.trunc(days / 365);
  return hours < 24 * 365 * 8 ? both(years, 'y', days % 365, 'd') : `${years}y`;
}

const both = (major: number, unit: string, minor: number, smaller: string): string =>
  minor === 0 ? `${major}${unit}` : `${major}${unit}${minor}${smaller}`;
