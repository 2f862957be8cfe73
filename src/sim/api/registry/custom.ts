import type { CustomResourceDefinition } from '../../../kube/types.ts';
import { compileStructural, type Json, type Schema } from '../machinery.ts';
import type { ColumnDefinition, Definition, ScalePaths, Subresource } from './definition.ts';

const verbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];
const ageColumn: ColumnDefinition = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

interface Version {
  name: string;
  served: boolean;
  deprecated?: boolean;
  deprecationWarning?: string;
  schema?: { openAPIV3Schema?: Json };
  subresources?: { status?: object; scale?: ScalePaths };
  additionalPrinterColumns?: ColumnDefinition[];
  selectableFields?: { jsonPath: string }[];
}

/** The definitions of every served version of a CustomResourceDefinition. */
export function customDefinitions(crd: CustomResourceDefinition): Definition[] {
  const { group, names, scope } = crd.spec;
  const storageVersion = (crd.spec.versions as unknown as { name: string; storage?: boolean }[]).find((v) => v.storage)?.name ?? '';
  return (crd.spec.versions as unknown as Version[])
    .filter((version) => version.served)
    .map((version) => {
      const apiVersion = `${group}/${version.name}`;
      const subresource = (kind: string, of: string): Subresource => ({
        group: of.includes('/') ? of.split('/')[0]! : '',
        version: of.split('/').at(-1)!,
        kind,
        verbs: ['get', 'patch', 'update'],
      });
      let schema: Schema | undefined;
      return {
        group,
        version: version.name,
        plural: names.plural,
        kind: names.kind,
        namespaced: scope === 'Namespaced',
        singular: names.singular ?? names.kind.toLowerCase(),
        shortNames: names.shortNames ?? [],
        categories: names.categories ?? [],
        verbs,
        subresources: {
          ...(version.subresources?.status && { status: subresource(names.kind, apiVersion) }),
          ...(version.subresources?.scale && { scale: subresource('Scale', 'autoscaling/v1') }),
        },
        listKind: names.listKind ?? `${names.kind}List`,
        apiVersion,
        table: `${group}/${names.plural}`,
        strategy: { generation: true, statusMetadata: 'kept', conditionalUpdate: true },
        schema: () => (schema ??= compileStructural(version.schema?.openAPIV3Schema)),
        custom: {
          crd: crd.metadata.name,
          storageVersion,
          written: version.schema?.openAPIV3Schema ?? {},
          columns: version.additionalPrinterColumns ?? [ageColumn],
          ...(version.subresources?.scale && { scale: version.subresources.scale }),
          selectableFields: (version.selectableFields ?? []).map((field) => field.jsonPath.replace(/^\./, '')),
          ...(version.deprecated && {
            deprecation: version.deprecationWarning ?? `${apiVersion} ${names.kind} is deprecated`,
          }),
        },
        hidden: false,
      };
    });
}
