import type { Resource } from '../../../kube/resources.ts';
import type { KubeObject } from '../../../kube/types.ts';
import type { Schema } from '../machinery.ts';
import type { Strategy } from '../strategies/strategy.ts';

/** A printer column of a CustomResourceDefinition. */
export interface ColumnDefinition {
  name: string;
  type: string;
  jsonPath: string;
  description?: string;
  format?: string;
  priority?: number;
}

export interface ScalePaths {
  specReplicasPath: string;
  statusReplicasPath: string;
  labelSelectorPath?: string;
}

export interface Subresource {
  group: string;
  version: string;
  kind: string;
  verbs: readonly string[];
}

/** What only a custom resource has. */
export interface CustomPart {
  /** The definition's own name, as `widgets.example.com`. */
  readonly crd: string;
  /** The version's openAPIV3Schema as it was written. */
  readonly written: object;
  /** The version in which objects are kept. */
  readonly storageVersion: string;
  readonly columns: readonly ColumnDefinition[];
  readonly scale?: ScalePaths;
  readonly selectableFields: readonly string[];
  /** Sent as a Warning header with every answer. */
  readonly deprecation?: string;
}

/** A resource in one of its versions, with all that serving it takes. */
export interface Definition extends Resource {
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  /** By name without the resource, as `status`. */
  readonly subresources: Readonly<Record<string, Subresource>>;
  readonly listKind: string;
  readonly apiVersion: string;
  /** Key of the store's table: `group/plural`. All versions of a resource share it. */
  readonly table: string;
  readonly strategy: Strategy;
  /** Made when first needed: built-in schemas are large. */
  schema(): Schema | undefined;
  readonly custom?: CustomPart;
  /** Lives in the store, but is not served over HTTP. */
  readonly hidden: boolean;
  /** From what the store holds to this version, and back; absent where they are the same. */
  fromStored?(object: KubeObject): KubeObject;
  toStored?(object: KubeObject): KubeObject;
}

export const tableOf = (resource: { group: string; plural: string }): string => `${resource.group}/${resource.plural}`;

export const keyOf = (namespace: string | undefined, name: string): string => (namespace ? `${namespace}/${name}` : name);

export const hasStatus = (definition: Definition): boolean => 'status' in definition.subresources;
