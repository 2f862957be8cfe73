import type { JsonObject } from '../../../kube/json.ts';
import { dns1035Label, dns1123Subdomain } from '../../../kube/names.ts';
import type { StatusCause } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { crdSchema } from './crd-schema.ts';
import { invalid, invalidEach, notSupported, required } from './field.ts';
import { each, sub, text } from './read.ts';

const unknownFieldsDetail = 'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';

/** As the internal type of a version prints. */
const internalVersion = ({ value }: { value: JsonObject }) => ({
  Name: value.name,
  Served: value.served ?? false,
  Storage: value.storage ?? false,
  Deprecated: value.deprecated ?? false,
  DeprecationWarning: null,
  Schema: null,
  Subresources: null,
  AdditionalPrinterColumns: null,
  SelectableFields: null,
});

/** Versions in which objects may still be kept must stay. */
function storedVersions(object: KubeObject, versions: readonly JsonObject[], old: KubeObject | undefined): StatusCause[] {
  const storage = versions.find((version) => version.storage === true);
  const field = 'status.storedVersions';
  if (!old) {
    if (!storage) return [invalid(field, null, 'must have at least one stored version')];
    // The first is taken for the stored one.
    return versions
      .filter((version) => version.storage === true && version !== storage)
      .map((version) => invalid(field, [storage.name], `must have the storage version ${String(version.name)}`));
  }
  const kept = ((object.status as JsonObject | undefined)?.storedVersions as string[] | undefined) ?? [];
  return kept.flatMap((name, i) =>
    versions.some((version) => version.name === name)
      ? []
      : [
          invalid(
            `${field}[${i}]`,
            name,
            `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
          ),
        ],
  );
}

const annotation = 'api-approved.kubernetes.io';

function approval(object: KubeObject, group: string): StatusCause[] {
  if (!/(^|\.)(k8s\.io|kubernetes\.io)$/.test(group) || object.metadata.annotations?.[annotation]) return [];
  const detail = `protected groups must have approval annotation ${JSON.stringify(annotation)}, see https://github.com/kubernetes/enhancements/pull/1111`;
  return [required(`metadata.annotations[${annotation}]`, detail)];
}

function conversion(value: JsonObject | undefined): StatusCause[] {
  if (text(value, 'strategy') !== 'Webhook') return [];
  const webhook = sub(value, 'webhook');
  return [
    ...(sub(webhook, 'clientConfig') ? [] : [required('spec.conversion.webhookClientConfig', 'required when strategy is set to Webhook')]),
    ...(Array.isArray(webhook?.conversionReviewVersions) ? [] : [required('spec.conversion.conversionReviewVersions')]),
  ];
}

function subresources(version: JsonObject, path: string): StatusCause[] {
  const scale = sub(sub(version, 'subresources'), 'scale');
  if (!scale) return [];
  return ['specReplicasPath', 'statusReplicasPath'].flatMap((field) => {
    const value = text(scale, field);
    if (value === '') return [required(`${path}.subresources.scale.${field}`)];
    return value.startsWith('.')
      ? []
      : [invalid(`${path}.subresources.scale.${field}`, value, 'must be a simple json path starting with .')];
  });
}

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];

const columns = (version: JsonObject, path: string): StatusCause[] =>
  each(version, 'additionalPrinterColumns', path).flatMap(({ value, path: at }) => [
    ...(columnTypes.includes(text(value, 'type')) ? [] : [invalid(`${at}.type`, value.type, `must be one of ${columnTypes.join(',')}`)]),
    ...(text(value, 'jsonPath') === '' ? [required(`${at}.JSONPath`)] : []),
  ]);

const singular = (name: string): StatusCause[] =>
  name === '' ? [required('spec.names.singular')] : invalidEach('spec.names.singular', name, dns1035Label(name));

function mixedCase(field: string, kind: string): StatusCause[] {
  if (kind === '') return [required(field)];
  return dns1035Label(kind.toLowerCase()).map((why) => invalid(field, kind, `may have mixed case, but should otherwise match: ${why}`));
}

export function customResourceDefinition(object: KubeObject, old: KubeObject | undefined): StatusCause[] {
  const spec = object.spec as JsonObject;
  const names = sub(spec, 'names');
  const [group, plural, scope] = [text(spec, 'group'), text(names, 'plural'), text(spec, 'scope')];
  const expected = `${plural}.${group}`;
  const versions = each(spec, 'versions', 'spec');
  const stored = versions.filter(({ value }) => value.storage === true).length;
  const versionNames = new Set(versions.map(({ value }) => text(value, 'name')));
  const before = old?.spec as JsonObject | undefined;
  // Where versions share one schema, upstream moves it to spec.validation before it looks.
  const schemaPath = (path: string) => (versions.length === 1 ? 'spec.validation.openAPIV3Schema' : `${path}.schema.openAPIV3Schema`);
  return [
    ...(before || object.metadata.name === expected
      ? []
      : [invalid('metadata.name', object.metadata.name, `must be spec.names.plural+"."+spec.group`)]),
    ...(group === '' ? [required('spec.group')] : invalidEach('spec.group', group, dns1123Subdomain(group))),
    ...(scope === ''
      ? [required('spec.scope')]
      : ['Cluster', 'Namespaced'].includes(scope)
        ? []
        : [notSupported('spec.scope', scope, ['Cluster', 'Namespaced'])]),
    ...(group !== '' && !group.includes('.') ? [invalid('spec.group', group, 'should be a domain with at least one dot')] : []),
    ...versions.flatMap(({ value, path }) => [
      ...subresources(value, versions.length === 1 ? 'spec' : path),
      ...columns(value, versions.length === 1 ? 'spec' : path),
      ...invalidEach(`${path}.name`, text(value, 'name'), dns1035Label(text(value, 'name'))),
      ...(sub(value, 'schema')
        ? crdSchema(sub(sub(value, 'schema'), 'openAPIV3Schema'), schemaPath(path))
        : [required(`${path}.schema.openAPIV3Schema`)]),
    ]),
    ...(versions.length > 0
      ? invalidEach('spec.version', text(versions[0]!.value, 'name'), dns1035Label(text(versions[0]!.value, 'name')))
      : []),
    ...(stored === 1
      ? []
      : [invalid('spec.versions', versions.map(internalVersion), 'must have exactly one version marked as storage version')]),
    ...storedVersions(
      object,
      versions.map(({ value }) => value),
      old,
    ),
    ...(versionNames.size < versions.length
      ? [invalid('spec.versions', versions.map(internalVersion), 'must contain unique version names')]
      : []),
    ...approval(object, group),
    ...(spec.preserveUnknownFields === true ? [invalid('spec.preserveUnknownFields', true, unknownFieldsDetail)] : []),
    ...conversion(sub(spec, 'conversion')),
    ...((names?.shortNames as string[] | undefined) ?? []).flatMap((name, i) =>
      invalidEach(`spec.names.shortNames[${i}]`, name, dns1035Label(name)),
    ),
    ...(before && text(sub(before, 'names'), 'plural') !== plural && plural !== ''
      ? [invalid('spec.names.plural', plural, 'field is immutable')]
      : []),
    ...(plural === '' ? [required('spec.names.plural')] : invalidEach('spec.names.plural', plural, dns1035Label(plural))),
    ...singular(text(names, 'singular')),
    ...mixedCase('spec.names.kind', text(names, 'kind')),
    ...mixedCase('spec.names.listKind', text(names, 'listKind')),
    ...(before && text(before, 'scope') !== scope ? [invalid('spec.scope', scope, 'field is immutable')] : []),
    ...(before && text(before, 'group') !== group ? [invalid('spec.group', group, 'field is immutable')] : []),
  ];
}
