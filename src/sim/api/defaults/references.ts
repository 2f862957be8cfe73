import type { JsonObject } from '../../../kube/json.ts';
import { at, fill } from './fill.ts';

/** `latest` where neither tag nor digest is given. */
export const pullPolicy = (image: unknown): 'Always' | 'IfNotPresent' => {
  const [name = '', digest] = String(image ?? '').split('@');
  // A colon before the last slash belongs to the registry's port.
  const tag = /:([^/:]+)$/.exec(name)?.[1] ?? (digest === undefined ? 'latest' : '');
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
};

/** A source that reads a field of the pod. */
export const fieldRef = (source: JsonObject | undefined): void => {
  const ref = at(source, 'fieldRef');
  if (ref) fill(ref, { apiVersion: 'v1' });
};
