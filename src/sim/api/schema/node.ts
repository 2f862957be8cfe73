import type { JsonSchema } from './json-schema.ts';

/** What decoding, patching and applying need to know of a place in an object. Children are resolved when first asked for. */
export interface Schema {
  /** The definition's name, as `io.k8s.api.core.v1.PodSpec`. */
  readonly name: string | undefined;
  readonly type: JsonSchema['type'];
  readonly format: string | undefined;
  /** Empty where the object has no fields of its own. */
  readonly fields: ReadonlyMap<string, Schema>;
  /** Of a list. */
  readonly items: Schema | undefined;
  /** Of a map with free keys. */
  readonly values: Schema | undefined;
  /** Lists are atomic where nothing is said. */
  readonly listType: 'atomic' | 'set' | 'map';
  readonly listMapKeys: readonly string[];
  /** x-kubernetes-map-type: atomic. */
  readonly atomic: boolean;
  /** `merge`, `replace`, `retainKeys`. */
  readonly patchStrategy: readonly string[];
  readonly patchMergeKey: string | undefined;
  readonly intOrString: boolean;
  readonly quantity: boolean;
  /** Fields that the schema does not know stay. */
  readonly preserveUnknown: boolean;
  /** An object with apiVersion, kind and metadata of its own. */
  readonly embeddedResource: boolean;
  readonly required: readonly string[];
  readonly default: unknown;
  readonly enum: readonly unknown[] | undefined;
  readonly nullable: boolean;
  /** As written: limits, patterns and rules. */
  readonly raw: JsonSchema;
}

/** Where references are looked up, and what is true of the whole document. */
export interface SchemaScope {
  definition(name: string): SchemaNode | undefined;
  /** metav1.ObjectMeta, for embedded resources. */
  objectMeta(): Schema | undefined;
  /** In the built-in documents an object without fields may hold anything (RawExtension); in a CRD it is pruned empty. */
  emptyIsOpen: boolean;
}

const prefix = '#/components/schemas/';
const none: ReadonlyMap<string, Schema> = new Map();

export class SchemaNode implements Schema {
  readonly raw: JsonSchema;
  readonly name: string | undefined;
  readonly #scope: SchemaScope;
  readonly #base: SchemaNode | undefined;
  #fields: ReadonlyMap<string, Schema> | undefined;
  #items: Schema | undefined;
  #values: Schema | undefined;

  /** `written` may refer to a definition, alone or within allOf beside what is special at this place. */
  constructor(written: JsonSchema, scope: SchemaScope, name?: string) {
    const reference = written.$ref ?? (written.allOf?.length === 1 ? written.allOf[0]!.$ref : undefined);
    this.#scope = scope;
    this.#base = reference === undefined ? undefined : scope.definition(reference.slice(prefix.length));
    this.raw = this.#base ? { ...this.#base.raw, ...written, allOf: undefined } : written;
    this.name = this.#base?.name ?? name;
  }

  static of(written: JsonSchema, scope: SchemaScope): SchemaNode {
    if (written.$ref === undefined) return new SchemaNode(written, scope);
    return scope.definition(written.$ref.slice(prefix.length)) ?? new SchemaNode({}, scope);
  }

  get type(): JsonSchema['type'] {
    return this.raw.type;
  }
  get format(): string | undefined {
    return this.raw.format;
  }
  get fields(): ReadonlyMap<string, Schema> {
    if (this.#base) return this.#base.fields;
    return (this.#fields ??= this.#makeFields());
  }
  get items(): Schema | undefined {
    if (this.#base) return this.#base.items;
    if (!this.#items && this.raw.items) this.#items = SchemaNode.of(this.raw.items, this.#scope);
    return this.#items;
  }
  get values(): Schema | undefined {
    if (this.#base) return this.#base.values;
    const written = this.raw.additionalProperties;
    if (!this.#values && written) this.#values = SchemaNode.of(written === true ? {} : written, this.#scope);
    return this.#values;
  }
  get listType(): 'atomic' | 'set' | 'map' {
    return this.raw['x-kubernetes-list-type'] ?? 'atomic';
  }
  get listMapKeys(): readonly string[] {
    return this.raw['x-kubernetes-list-map-keys'] ?? [];
  }
  get atomic(): boolean {
    return this.raw['x-kubernetes-map-type'] === 'atomic';
  }
  get patchStrategy(): readonly string[] {
    return this.raw['x-kubernetes-patch-strategy']?.split(',') ?? [];
  }
  get patchMergeKey(): string | undefined {
    return this.raw['x-kubernetes-patch-merge-key'];
  }
  get intOrString(): boolean {
    return this.raw['x-kubernetes-int-or-string'] === true || this.raw.format === 'int-or-string';
  }
  get quantity(): boolean {
    return this.name === 'io.k8s.apimachinery.pkg.api.resource.Quantity';
  }
  get preserveUnknown(): boolean {
    if (this.raw['x-kubernetes-preserve-unknown-fields'] === true) return true;
    if (this.raw.type === undefined && !this.intOrString && !this.quantity) return this.#scope.emptyIsOpen;
    return this.#scope.emptyIsOpen && this.raw.type === 'object' && !this.raw.properties && !this.raw.additionalProperties;
  }
  get embeddedResource(): boolean {
    return this.raw['x-kubernetes-embedded-resource'] === true;
  }
  get required(): readonly string[] {
    return this.raw.required ?? [];
  }
  get default(): unknown {
    return this.raw.default;
  }
  get enum(): readonly unknown[] | undefined {
    return this.raw.enum;
  }
  get nullable(): boolean {
    return this.raw.nullable === true;
  }

  #makeFields(): ReadonlyMap<string, Schema> {
    const objectMeta = this.embeddedResource ? this.#scope.objectMeta() : undefined;
    if (!this.raw.properties && !objectMeta) return none;
    const fields = new Map<string, Schema>();
    for (const [field, written] of Object.entries(this.raw.properties ?? {})) fields.set(field, SchemaNode.of(written, this.#scope));
    if (objectMeta) {
      fields.set('apiVersion', new SchemaNode({ type: 'string' }, this.#scope));
      fields.set('kind', new SchemaNode({ type: 'string' }, this.#scope));
      fields.set('metadata', objectMeta);
    }
    return fields;
  }
}
