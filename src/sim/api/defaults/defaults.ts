import type { JsonObject } from '../../../kube/json.ts';
import { access } from './access.ts';
import { apps } from './apps.ts';
import { batch } from './batch.ts';
import { core } from './core.ts';
import { networking } from './networking.ts';
import { others } from './others.ts';

const defaults: Readonly<Record<string, (object: JsonObject) => void>> = {
  ...core,
  ...apps,
  ...batch,
  ...networking,
  ...access,
  ...others,
};

/**
 * Gives a built-in object, in place, the defaults of its version (pkg/apis/…/defaults.go of Kubernetes v1.36). The object's types
 * must be right (schema's `normalize`). Kinds without defaults are left alone.
 */
export function applyDefaults(apiVersion: string, kind: string, object: JsonObject): void {
  defaults[`${apiVersion}/${kind}`]?.(object);
}
