import type { KubeObject } from '../../../kube/types.ts';

const partials = new WeakMap<object, string>();

/** Metadata alone, as PartialObjectMetadata: made once for an object. */
export function partialJson(object: KubeObject, apiVersion = 'meta.k8s.io/v1'): string {
  let text = partials.get(object);
  if (text === undefined) partials.set(object, (text = JSON.stringify(object.metadata)));
  return `{"kind":"PartialObjectMetadata","apiVersion":"${apiVersion}","metadata":${text}}`;
}
