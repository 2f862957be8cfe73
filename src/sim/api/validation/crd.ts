import type { JsonObject } from '../../../kube/json.ts';
import { dns1035Label, dns1123Subdomain } from '../../../kube/names.ts';
import type { StatusCause } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { invalid, invalidEach, notSupported, required } from './field.ts';
import { each, sub, text } from './read.ts';

export function customResourceDefinition(object: KubeObject, old: KubeObject | undefined): StatusCause[] {
  const spec = object.spec as JsonObject;
  const names = sub(spec, 'names');
  const [group, plural, scope] = [text(spec, 'group'), text(names, 'plural'), text(spec, 'scope')];
  const expected = `${plural}.${group}`;
  const versions = each(spec, 'versions', 'spec');
  const stored = versions.filter(({ value }) => value.storage === true).length;
  const before = old?.spec as JsonObject | undefined;
  // Where versions share one schema, upstream moves it to spec.validation before it looks.
  const schemaPath = (path: string) => (versions.length === 1 ? 'spec.validation.openAPIV3Schema' : `${path}.schema.openAPIV3Schema`);
  return [
    ...(object.metadata.name === expected
      ? []
      : [invalid('metadata.name', object.metadata.name, `must be spec.names.plural+"."+spec.group`)]),
    ...(group === '' ? [required('spec.group')] : invalidEach('spec.group', group, dns1123Subdomain(group))),
    ...(scope === ''
      ? [required('spec.scope')]
      : ['Cluster', 'Namespaced'].includes(scope)
        ? []
        : [notSupported('spec.scope', scope, ['Cluster', 'Namespaced'])]),
    ...versions.flatMap(({ value, path }) => [
      ...invalidEach(`${path}.name`, text(value, 'name'), dns1035Label(text(value, 'name'))),
      ...(sub(value, 'schema')
        ? schema(sub(sub(value, 'schema'), 'openAPIV3Schema'), schemaPath(path))
        : [required(`${path}.schema.openAPIV3Schema`)]),
    ]),
    ...(stored === 1 ? [] : [invalid('spec.versions', spec.versions, 'must have exactly one version marked as storage version')]),
    ...(plural === '' ? [required('spec.names.plural')] : invalidEach('spec.names.plural', plural, dns1035Label(plural))),
    ...(text(names, 'kind') === ''
      ? [required('spec.names.kind')]
      : invalidEach('spec.names.kind', text(names, 'kind'), dns1035Label(text(names, 'kind').toLowerCase()))),
    ...(before && text(before, 'scope') !== scope ? [invalid('spec.scope', scope, 'field is immutable')] : []),
    ...(before && text(before, 'group') !== group ? [invalid('spec.group', group, 'field is immutable')] : []),
  ];
}

/** A structural schema names a type at every place. */
function schema(value: JsonObject | undefined, path: string): StatusCause[] {
  if (!value) return [required(path)];
  const free = value['x-kubernetes-int-or-string'] === true || value['x-kubernetes-preserve-unknown-fields'] === true;
  const causes = text(value, 'type') === '' && !free ? [required(`${path}.type`, 'must not be empty for specified object fields')] : [];
  const properties = Object.entries(sub(value, 'properties') ?? {});
  const items = sub(value, 'items');
  const additional = sub(value, 'additionalProperties');
  return [
    ...causes,
    ...properties.flatMap(([name, child]) => schema(child as JsonObject, `${path}.properties[${name}]`)),
    ...(items ? schema(items, `${path}.items`) : []),
    ...(additional ? schema(additional, `${path}.additionalProperties`) : []),
  ];
}
