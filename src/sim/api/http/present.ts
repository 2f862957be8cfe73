import type { KubeObject } from '../../../kube/types.ts';
import { jsonOf } from '../../store/object.ts';
import { toVersion } from '../registry/catalog.ts';
import type { Core } from '../registry/core.ts';
import type { Definition } from '../registry/definition.ts';
import type { Page } from '../registry/list.ts';
import { partialJson } from '../table/partial.ts';
import { tableJson, type IncludeObject } from '../table/table.ts';
import { encodeProtobuf, encodeProtobufList, type Json } from '../machinery.ts';
import { StatusError } from '../../../kube/status.ts';
import { metaVersion, protobufType, type Format } from './media.ts';
import { jsonResponse, type ApiResponse } from './message.ts';

/** One object in the form asked for. `stored` is frozen; it may also be a fresh answer that is not stored. */
export function objectJson(core: Core, definition: Definition, stored: KubeObject, format: Format, include: IncludeObject): string {
  if (format.as === 'Table') {
    const metadata = { resourceVersion: stored.metadata.resourceVersion };
    return tableJson(core, definition, [stored], metadata, include, metaVersion(format));
  }
  if (format.as === 'PartialObjectMetadataList') {
    const what = `*${definition.custom ? 'unstructured.Unstructured' : `${goPackage(definition)}.${definition.kind}`}`;
    throw notInForm(`you requested PartialObjectMetadataList, but the requested object is not a list (${what})`);
  }
  if (format.as === 'PartialObjectMetadata') return partialJson(stored, metaVersion(format));
  const object = toVersion(definition, stored);
  return Object.isFrozen(object) ? jsonOf(object) : JSON.stringify(object);
}

const notInForm = (message: string) => new StatusError(406, 'NotAcceptable', message);

/** Of the internal types, which all versions of a group share. */
const goPackage = ({ group }: Definition): string => (group === '' ? 'core' : group.split('.')[0]!);

export function listResponse(core: Core, definition: Definition, page: Page, format: Format, include: IncludeObject): ApiResponse {
  if (format.as === 'PartialObjectMetadata') {
    const what = definition.custom ? '*unstructured.UnstructuredList' : `*${goPackage(definition)}.${definition.listKind}`;
    throw notInForm(`you requested PartialObjectMetadata, but the requested object is a list (${what})`);
  }
  if (format.type !== 'protobuf') return jsonResponse(200, listJson(core, definition, page, format, include));
  const { items, ...metadata } = page;
  const body = format.as
    ? encodeProtobufList(metaVersion(format), 'PartialObjectMetadataList', metadata, items.map(partial))
    : encodeProtobufList(
        definition.apiVersion,
        definition.listKind,
        metadata,
        items.map((item) => toVersion(definition, item) as unknown as Json),
      );
  return { status: 200, headers: { 'content-type': protobufType }, body };
}

const partial = ({ metadata }: KubeObject): Json => ({ apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata', metadata });

/** An object of a watch as a protobuf message. */
export const objectProtobuf = (definition: Definition, stored: KubeObject, format: Format): Uint8Array =>
  encodeProtobuf(format.as ? partial(stored) : toVersion(definition, stored))!;

export function listJson(core: Core, definition: Definition, page: Page, format: Format, include: IncludeObject): string {
  const { items, ...rest } = page;
  const metadata = definition.custom && !format.as ? { continue: '', ...rest } : rest;
  if (format.as === 'Table') return tableJson(core, definition, items, metadata, include, metaVersion(format));
  if (format.as === 'PartialObjectMetadataList') {
    const apiVersion = metaVersion(format);
    const texts = items.map((item) => partialJson(item, apiVersion));
    return `{"kind":"PartialObjectMetadataList","apiVersion":"${apiVersion}","metadata":${JSON.stringify(metadata)},"items":[${texts.join(',')}]}`;
  }
  // Items of a built-in list do not repeat what the list's kind says. All objects are written with these two first.
  const head = `{"apiVersion":${JSON.stringify(definition.apiVersion)},"kind":${JSON.stringify(definition.kind)},`;
  const texts = items.map((item) => {
    const text = jsonOf(toVersion(definition, item));
    return !definition.custom && text.startsWith(head) ? `{${text.slice(head.length)}` : text;
  });
  return `{"kind":${JSON.stringify(definition.listKind)},"apiVersion":${JSON.stringify(definition.apiVersion)},"metadata":${JSON.stringify(metadata)},"items":[${texts.join(',')}]}`;
}
