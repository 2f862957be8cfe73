import { createHash } from 'node:crypto';
import type { Json } from '../machinery.ts';
import { compareVersions, type Catalog } from '../registry/catalog.ts';
import type { Definition } from '../registry/definition.ts';

interface Group {
  name: string;
  /** The preferred one first. */
  versions: { version: string; definitions: Definition[] }[];
}

/** Groups in the order of the catalog: built-in ones by priority, then those of custom resources. */
function groupsOf(catalog: Catalog): Group[] {
  const groups = new Map<string, Map<string, Definition[]>>();
  for (const definition of catalog.all()) {
    const versions = groups.get(definition.group) ?? new Map<string, Definition[]>();
    groups.set(definition.group, versions);
    versions.set(definition.version, [...(versions.get(definition.version) ?? []), definition]);
  }
  return [...groups].map(([name, versions]) => ({
    name,
    versions: [...versions]
      .map(([version, definitions]) => ({ version, definitions }))
      .sort((a, b) => compareVersions(b.version, a.version)),
  }));
}

/** apidiscovery.k8s.io/v2 APIGroupDiscoveryList, of /api or of /apis. */
export function aggregated(catalog: Catalog, core: boolean): Json {
  const items = groupsOf(catalog)
    .filter((group) => (group.name === '') === core)
    .map(({ name, versions }) => ({
      metadata: { ...(name && { name }) },
      versions: versions.map(({ version, definitions }) => ({
        version,
        freshness: 'Current',
        resources: definitions.map((d) => ({
          resource: d.plural,
          // Built-in kinds are told relative to their group version.
          responseKind: d.custom ? { group: d.group, version: d.version, kind: d.kind } : { group: '', version: '', kind: d.kind },
          scope: d.namespaced ? 'Namespaced' : 'Cluster',
          singularResource: d.singular,
          verbs: d.verbs,
          ...(d.shortNames.length > 0 && { shortNames: d.shortNames }),
          ...(d.categories.length > 0 && { categories: d.categories }),
          ...(Object.keys(d.subresources).length > 0 && {
            subresources: Object.entries(d.subresources).map(([subresource, { group, version, kind, verbs }]) => ({
              subresource,
              responseKind:
                !d.custom && group === d.group && version === d.version ? { group: '', version: '', kind } : { group, version, kind },
              verbs,
            })),
          }),
        })),
      })),
    }));
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
}

export const apiVersions = (address: string): Json => ({
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
});

const groupJson = ({ name, versions }: Group): Json => {
  const listed = versions.map(({ version }) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: listed, preferredVersion: listed[0] };
};

export const apiGroupList = (catalog: Catalog): Json => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: groupsOf(catalog)
    .filter((g) => g.name !== '')
    .map(groupJson),
});

export function apiGroup(catalog: Catalog, name: string): Json | undefined {
  const group = groupsOf(catalog).find((g) => g.name === name);
  return group && { kind: 'APIGroup', apiVersion: 'v1', ...groupJson(group) };
}

/** Kinds that v1.36 still keeps in an older version than it serves. */
const storedAsBeta = new Set(['CustomResourceDefinition', 'MutatingAdmissionPolicy', 'MutatingAdmissionPolicyBinding']);

/** apiserver's discovery.StorageVersionHash: of the version in which objects are kept. */
function storageVersionHash(catalog: Catalog, { table, kind, custom, version, group }: Definition): string {
  const [storedGroup = '', plural = ''] = table.split('/');
  const stored = custom
    ? { group, version: custom.storageVersion }
    : storedAsBeta.has(kind)
      ? { group, version: 'v1beta1' }
      : catalog.preferred(storedGroup, plural);
  const text = `${stored?.group ?? group}/${stored?.version ?? version}/${kind}`;
  return createHash('sha256').update(text).digest().subarray(0, 8).toString('base64');
}

/** The legacy document of one group version. */
export function apiResourceList(catalog: Catalog, groupName: string, versionName: string): Json | undefined {
  const definitions = catalog.all().filter((d) => d.group === groupName && d.version === versionName);
  if (definitions.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    // The core's list does not say it.
    ...(groupName !== '' && { apiVersion: 'v1' }),
    groupVersion: definitions[0]!.apiVersion,
    resources: definitions.flatMap((d) => [
      {
        name: d.plural,
        singularName: d.singular,
        namespaced: d.namespaced,
        kind: d.kind,
        verbs: d.verbs,
        ...(d.shortNames.length > 0 && { shortNames: d.shortNames }),
        ...(d.categories.length > 0 && { categories: d.categories }),
        ...(d.verbs.includes('get') && d.plural !== 'componentstatuses' && { storageVersionHash: storageVersionHash(catalog, d) }),
      },
      ...Object.entries(d.subresources).map(([name, { group, version, kind, verbs }]) => ({
        name: `${d.plural}/${name}`,
        singularName: '',
        namespaced: d.namespaced,
        ...((group !== d.group || version !== d.version) && { group, version }),
        kind,
        verbs,
      })),
    ]),
  };
}
