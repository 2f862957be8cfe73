import { apiVersionOf, type Resource } from '../../../kube/resources.ts';
import type { CustomResourceDefinition, KubeObject } from '../../../kube/types.ts';
import { Emitter } from '../../../base/events.ts';
import type { Store } from '../../store/store.ts';
import { builtins, schemaOf, type BuiltinResource } from '../machinery.ts';
import { metricsDefinitions } from '../metrics/definitions.ts';
import { conversions } from '../strategies/conversions.ts';
import { strategies } from '../strategies/index.ts';
import { customDefinitions } from './custom.ts';
import { tableOf, type Definition } from './definition.ts';

/** The group whose resources live in the store and are not served. */
export const hiddenGroup = 'sim.kindlab.dev';

const crdTable = 'apiextensions.k8s.io/customresourcedefinitions';
const idOf = (r: { group: string; version: string; plural: string }): string => `${r.group}/${r.version}/${r.plural}`;

/** All resources that there are now: built in, and defined by CustomResourceDefinitions as these come and go. */
export class Catalog {
  readonly #byId = new Map<string, Definition>();
  readonly #byKind = new Map<string, Definition>();
  readonly #hidden = new Map<string, Definition>();
  readonly #store: Store;
  readonly #ofCrd = new Map<string, readonly Definition[]>();
  /** Told when resources came or went. */
  readonly changed = new Emitter<void>();

  constructor(store: Store) {
    this.#store = store;
    for (const resource of builtins) this.#add(builtinDefinition(resource));
    for (const definition of metricsDefinitions) this.#add(definition);
    for (const crd of store.list(crdTable)) this.#define(crd as CustomResourceDefinition);
    store.subscribe(crdTable, ({ object, deleted }) => {
      if (deleted) this.#undefine(object.metadata.name);
      else this.#define(object as CustomResourceDefinition);
      this.changed.emit();
    });
  }

  /** Everything that is served. */
  all(): Definition[] {
    return [...this.#byId.values()];
  }

  find(group: string, version: string, plural: string): Definition | undefined {
    return this.#byId.get(`${group}/${version}/${plural}`);
  }

  byKind(apiVersion: string, kind: string): Definition | undefined {
    return this.#byKind.get(`${apiVersion}/${kind}`);
  }

  /** The preferred version of a resource. */
  preferred(group: string, plural: string): Definition | undefined {
    const versions = this.all().filter((d) => d.group === group && d.plural === plural);
    return versions.toSorted((a, b) => compareVersions(b.version, a.version))[0];
  }

  /** The definition of what a caller inside names; hidden resources need none. Undefined where nothing serves it now. */
  of(resource: Resource): Definition | undefined {
    if (resource.group !== hiddenGroup) return this.#byId.get(idOf(resource));
    const id = idOf(resource);
    let definition = this.#hidden.get(id);
    if (!definition) {
      this.#hidden.set(id, (definition = hiddenDefinition(resource)));
      this.#store.table(definition.table).keepsHistory = false;
    }
    return definition;
  }

  #add(definition: Definition): void {
    this.#byId.set(idOf(definition), definition);
    this.#byKind.set(`${definition.apiVersion}/${definition.kind}`, definition);
  }

  #define(crd: CustomResourceDefinition): void {
    this.#undefine(crd.metadata.name);
    const definitions = customDefinitions(crd);
    this.#ofCrd.set(crd.metadata.name, definitions);
    for (const definition of definitions) this.#add(definition);
  }

  #undefine(name: string): void {
    for (const definition of this.#ofCrd.get(name) ?? []) {
      this.#byId.delete(idOf(definition));
      this.#byKind.delete(`${definition.apiVersion}/${definition.kind}`);
    }
    this.#ofCrd.delete(name);
  }
}

function builtinDefinition(resource: BuiltinResource): Definition {
  const apiVersion = apiVersionOf(resource);
  const conversion = conversions[`${apiVersion}/${resource.kind}`];
  const table = conversion?.table ?? tableOf(resource);
  return {
    ...resource,
    subresources: resource.subresourceDetails,
    listKind: `${resource.kind}List`,
    apiVersion,
    table,
    strategy: strategies[table] ?? {},
    schema: () => schemaOf(apiVersion, resource.kind),
    hidden: false,
    ...(conversion && { fromStored: conversion.fromStored, toStored: conversion.toStored }),
  };
}

const hiddenDefinition = (resource: Resource): Definition => ({
  ...resource,
  singular: resource.kind.toLowerCase(),
  shortNames: [],
  categories: [],
  verbs: [],
  subresources: {},
  listKind: `${resource.kind}List`,
  apiVersion: apiVersionOf(resource),
  table: tableOf(resource),
  strategy: {},
  schema: () => undefined,
  hidden: true,
});

/** Kubernetes' order of versions: v10 > v2 > v1 > v11beta2 > v10beta3 > v3alpha1 > others by name. */
export function compareVersions(a: string, b: string): number {
  const left = versionRank(a);
  const right = versionRank(b);
  for (let i = 0; i < 3; i++) if (left[i] !== right[i]) return left[i]! - right[i]!;
  return a < b ? 1 : a > b ? -1 : 0;
}

function versionRank(version: string): [number, number, number] {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (!match) return [0, 0, 0];
  const stage = match[2] === undefined ? 3 : match[2] === 'beta' ? 2 : 1;
  return [stage, Number(match[1]), Number(match[3] ?? 0)];
}

/** An object in the version that a definition serves. What the store holds is never changed. */
export function toVersion(definition: Definition, stored: KubeObject): KubeObject {
  if (definition.fromStored) return definition.fromStored(stored);
  return stored.apiVersion === definition.apiVersion ? stored : { ...stored, apiVersion: definition.apiVersion };
}

/** The form in which the store keeps it. */
export const toStored = (definition: Definition, object: KubeObject): KubeObject => definition.toStored?.(object) ?? object;
