import type { KubeObject } from '../../../kube/types.ts';
import { jsonOf } from '../../store/object.ts';
import { toVersion } from '../registry/catalog.ts';
import type { Core } from '../registry/core.ts';
import type { Definition } from '../registry/definition.ts';
import type { Page } from '../registry/list.ts';
import { partialJson } from '../table/partial.ts';
import { tableJson, type IncludeObject } from '../table/table.ts';
import type { Format } from './media.ts';

/** One object in the form asked for. `stored` is frozen; it may also be a fresh answer that is not stored. */
export function objectJson(core: Core, definition: Definition, stored: KubeObject, format: Format, include: IncludeObject): string {
  if (format.as === 'Table') return tableJson(core, definition, [stored], { resourceVersion: stored.metadata.resourceVersion }, include);
  if (format.as === 'PartialObjectMetadata') return partialJson(stored);
  const object = toVersion(definition, stored);
  return Object.isFrozen(object) ? jsonOf(object) : JSON.stringify(object);
}

export function listJson(core: Core, definition: Definition, page: Page, format: Format, include: IncludeObject): string {
  const { items, ...rest } = page;
  const metadata = definition.custom && !format.as ? { continue: '', ...rest } : rest;
  if (format.as === 'Table') return tableJson(core, definition, items, metadata, include);
  if (format.as === 'PartialObjectMetadataList' || format.as === 'PartialObjectMetadata') {
    return `{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":${JSON.stringify(metadata)},"items":[${items.map(partialJson).join(',')}]}`;
  }
  // Items of a built-in list do not repeat what the list's kind says. All objects are written with these two first.
  const head = `{"apiVersion":${JSON.stringify(definition.apiVersion)},"kind":${JSON.stringify(definition.kind)},`;
  const texts = items.map((item) => {
    const text = jsonOf(toVersion(definition, item));
    return !definition.custom && text.startsWith(head) ? `{${text.slice(head.length)}` : text;
  });
  return `{"kind":${JSON.stringify(definition.listKind)},"apiVersion":${JSON.stringify(definition.apiVersion)},"metadata":${JSON.stringify(metadata)},"items":[${texts.join(',')}]}`;
}
