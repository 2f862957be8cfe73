import { parseAllDocuments } from 'yaml';
import { KindlabError, messageOf } from '../../base/errors.ts';
import type { ApiClient } from '../api/client.ts';
import type { Manifest } from './objects.ts';

/** Creates objects in the order given; what exists already stays. Throws StatusError, or KindlabError `unknown-kind`. */
export function createAll(api: ApiClient, manifests: readonly Manifest[]): void {
  for (const manifest of manifests) {
    const { apiVersion, kind, metadata } = manifest;
    const resource = api.resourceOf(apiVersion, kind);
    if (!resource) throw unknownKind(manifest);
    const namespace = resource.namespaced ? (metadata.namespace ?? 'default') : undefined;
    if (api.get(resource, namespace, metadata.name)) continue;
    api.create(resource, { ...manifest, metadata: { ...metadata, ...(namespace && { namespace }) } });
  }
}

const unknownKind = ({ apiVersion, kind, metadata }: Manifest): KindlabError =>
  new KindlabError({
    code: 'unknown-kind',
    message: `no matches for kind "${kind}" in version "${apiVersion}" (object "${metadata.name}")`,
    fix: 'Check apiVersion and kind; a custom resource comes after its CustomResourceDefinition.',
  });

/** Reads the documents of a YAML text; a List is taken apart. Throws KindlabError `bad-manifest` with the line. */
export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    const [error] = document.errors;
    if (error) throw badManifest(messageOf(error));
    const value = document.toJS() as (Manifest & { items?: Manifest[] }) | null;
    if (value === null) return [];
    const objects = value.kind?.endsWith('List') && Array.isArray(value.items) ? value.items : [value];
    for (const object of objects) {
      if (!object.apiVersion || !object.kind || !object.metadata?.name)
        throw badManifest('apiVersion, kind and metadata.name are required');
    }
    return objects;
  });
}

const badManifest = (message: string): KindlabError =>
  new KindlabError({ code: 'bad-manifest', message: `a manifest cannot be applied: ${message}`, fix: 'Correct the YAML text.' });

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** With the annotation that `kubectl apply` leaves, so that a later apply finds what it needs. */
export const asApplied = (manifest: Manifest): Manifest => {
  const { annotations, ...metadata } = manifest.metadata;
  const bare = { ...manifest, metadata: { annotations: annotations ?? {}, ...metadata } };
  return { ...bare, metadata: { ...bare.metadata, annotations: { ...annotations, [lastApplied]: `${JSON.stringify(bare)}\n` } } };
};
