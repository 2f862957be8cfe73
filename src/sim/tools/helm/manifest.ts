import { parseAllDocuments, stringify } from 'yaml';
import type { Resource } from '../../../kube/resources.ts';
import type { Draft } from '../../../kube/types.ts';
import { isNotFound, StatusError } from '../../../kube/status.ts';
import type { ApiClient } from '../../api/client.ts';
import type { Release } from '../charts/chart.ts';
import { ToolError } from '../tool.ts';

/** Helm's InstallOrder, for the kinds that charts here have. */
const order = [
  ...['Namespace', 'NetworkPolicy', 'PodDisruptionBudget', 'ServiceAccount', 'Secret', 'ConfigMap', 'CustomResourceDefinition'],
  ...['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding', 'Service', 'DaemonSet', 'Pod', 'Deployment', 'StatefulSet', 'Job'],
];
const rank = ({ kind }: Draft) => (order.includes(String(kind)) ? order.indexOf(String(kind)) : order.length);

export const inInstallOrder = (objects: readonly Draft[]): Draft[] => objects.toSorted((a, b) => rank(a) - rank(b));

/** YAML as Go writes it: sorted keys, lists at their parent's indent. */
export const toYaml = (value: unknown): string =>
  stringify(value, { aliasDuplicateObjects: false, indentSeq: false, lineWidth: 0, sortMapEntries: true });

export const toManifest = (objects: readonly Draft[]): string => objects.map((object) => `---\n${toYaml(object)}`).join('');

export const fromManifest = (manifest: string): Draft[] =>
  parseAllDocuments(manifest).flatMap((document) => {
    const object = document.toJS() as Draft | null;
    return object ? [object] : [];
  });

/** An object of a manifest, and where it belongs in the API. */
export interface Target {
  resource: Resource;
  namespace: string | undefined;
  name: string;
  object: Draft;
}

export function targetOf(api: ApiClient, object: Draft, release: Release): Target {
  const [apiVersion, kind] = [String(object.apiVersion), String(object.kind)];
  const name = object.metadata?.name ?? '';
  const resource = api.resourceOf(apiVersion, kind);
  if (!resource) {
    throw new ToolError(
      `unable to build kubernetes objects from release manifest: resource mapping not found for name: "${name}" namespace: "" from "": no matches for kind "${kind}" in version "${apiVersion}"\nensure CRDs are installed first`,
    );
  }
  return { resource, namespace: resource.namespaced ? (object.metadata?.namespace ?? release.namespace) : undefined, name, object };
}

const managedBy = 'app.kubernetes.io/managed-by';
const releaseName = 'meta.helm.sh/release-name';
const releaseNamespace = 'meta.helm.sh/release-namespace';

/** The object with the marks by which Helm knows its own. */
const owned = ({ object }: Target, release: Release): Draft => ({
  ...object,
  metadata: {
    ...object.metadata,
    labels: { ...object.metadata?.labels, [managedBy]: 'Helm' },
    annotations: { ...object.metadata?.annotations, [releaseName]: release.name, [releaseNamespace]: release.namespace },
  },
});

/** Objects that exist and belong to nobody or to another release must not be taken over. Throws ToolError in Helm's words. */
export function refuseForeign(api: ApiClient, targets: readonly Target[], release: Release, action: 'install' | 'upgrade'): void {
  for (const { resource, namespace, name } of targets) {
    const { metadata } = api.get(resource, namespace, name) ?? {};
    if (!metadata) continue;
    const labels = mark('label', metadata.labels, managedBy, 'Helm');
    const annotations = [
      ...mark('annotation', metadata.annotations, releaseName, release.name),
      ...mark('annotation', metadata.annotations, releaseNamespace, release.namespace),
    ];
    const problems = [...labels, ...annotations];
    if (problems.length > 0) {
      throw new ToolError(
        `${action === 'install' ? 'unable to continue with install' : 'unable to continue with update'}: ${resource.kind} "${name}" in namespace "${namespace ?? ''}" exists and cannot be imported into the current release: invalid ownership metadata; ${problems.join('; ')}`,
      );
    }
  }
}

function mark(what: string, found: Record<string, string> | undefined, key: string, expected: string): string[] {
  const value = found?.[key];
  if (value === expected) return [];
  const problem =
    value === undefined
      ? `missing key "${key}": must be set to "${expected}"`
      : `key "${key}" must equal "${expected}": current value is "${value}"`;
  return [`${what} validation error: ${problem}`];
}

/** Server-side apply of every object, as helm 4 does. Throws ToolError. */
export function applyAll(api: ApiClient, targets: readonly Target[], release: Release, options: { force?: boolean } = {}): void {
  for (const target of targets) {
    try {
      api.apply(target.resource, owned(target, release), { fieldManager: 'helm', force: options.force ?? false });
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      const { group, version, kind } = target.resource;
      const object = `${target.namespace ? `${target.namespace}/` : ''}${target.name} ${group}/${version}, Kind=${kind}`;
      throw new ToolError(
        error.reason === 'Conflict'
          ? `conflict occurred while applying object ${object}: ${error.message}`
          : `server-side apply failed for object ${object}: ${error.message}`,
      );
    }
  }
}

/** Deletes what is there, last installed first; tells what was. */
export function deleteAll(api: ApiClient, targets: readonly Target[]): Target[] {
  return targets.toReversed().filter(({ resource, namespace, name }) => {
    try {
      api.delete(resource, namespace, name, { propagationPolicy: 'Background' });
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  });
}
