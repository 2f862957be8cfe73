import { badRequest, invalid, type StatusCause } from '../../../kube/status.ts';
import type { KubeObject, ObjectMeta } from '../../../kube/types.ts';
import { hexDigits } from '../../random.ts';
import type { Definition } from './definition.ts';

/** apiserver/pkg/storage/names: no vowels, and nothing that reads like another character. */
const nameCharacters = 'bcdfghjklmnpqrstvwxz2456789';
const maxGeneratedBase = 58;

export function generatedName(base: string, random: () => number): string {
  let name = base.slice(0, maxGeneratedBase);
  for (let i = 0; i < 5; i++) name += nameCharacters[Math.floor(random() * nameCharacters.length)];
  return name;
}

/** A version 4 UUID from the cluster's own randomness, so that a seed repeats it. */
export function newUid(random: () => number): string {
  const text = hexDigits(random, 32);
  const variant = (8 + (Number.parseInt(text[16]!, 16) & 3)).toString(16);
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-4${text.slice(13, 16)}-${variant}${text.slice(17, 20)}-${text.slice(20)}`;
}

/** Settles the namespace that an object belongs to: the request's, which the object may leave out but not contradict. */
export function settleNamespace(definition: Definition, metadata: Partial<ObjectMeta>, requested: string | undefined): string | undefined {
  if (!definition.namespaced) {
    delete metadata.namespace;
    return undefined;
  }
  if (requested !== undefined && metadata.namespace && metadata.namespace !== requested) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  metadata.namespace = requested ?? metadata.namespace;
  if (!metadata.namespace) throw badRequest('an empty namespace may not be set during creation');
  return metadata.namespace;
}

export function checkName(name: string, metadata: Partial<ObjectMeta>): void {
  if (metadata.name === undefined || metadata.name === '') {
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  }
  if (metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
  }
}

export const nameRequired = (definition: Definition) =>
  invalid(definition, '', [
    { reason: 'FieldValueRequired', message: 'Required value: name or generateName is required', field: 'metadata.name' },
  ]);

/** rest.BeforeUpdate: an object that is being deleted takes no new finalizers. */
export function newFinalizers(object: KubeObject, old: KubeObject): StatusCause[] {
  if (!old.metadata.deletionTimestamp) return [];
  const added = (object.metadata.finalizers ?? []).filter((f) => !old.metadata.finalizers?.includes(f));
  if (added.length === 0) return [];
  return [
    {
      reason: 'FieldValueForbidden',
      message: `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((f) => JSON.stringify(f)).join(', ')}}`,
      field: 'metadata.finalizers',
    },
  ];
}

/** What a client may not set: the server's own part of the metadata comes from the stored object. */
export function keepServerMetadata(metadata: ObjectMeta, old: ObjectMeta): void {
  metadata.uid = old.uid;
  metadata.creationTimestamp = old.creationTimestamp;
  metadata.resourceVersion = old.resourceVersion;
  for (const field of ['deletionTimestamp', 'deletionGracePeriodSeconds', 'generation', 'selfLink', 'generateName'] as const) {
    if (old[field] === undefined) delete metadata[field];
    else (metadata as unknown as Record<string, unknown>)[field] = old[field];
  }
}
