import type { KubeObject } from '../../../kube/types.ts';

const partials = new WeakMap<object, string>();

/** Metadata alone, as PartialObjectMetadata: made once for an object. */
export function partialJson(object: KubeObject): string {
  let text = partials.get(object);
  if (text === undefined) {
    text = `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":${JSON.stringify(object.metadata)}}`;
    partials.set(object, text);
  }
  return text;
}
