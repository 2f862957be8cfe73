import type { Environment } from '@marcbachmann/cel-js';
import type { Schema } from '../schema/node.ts';
import { CelObject, celEqual, dynamicValue } from './values.ts';

/** A place of a schema as CEL sees it: the type's name, and values of it. */
export interface CelType {
  readonly name: string;
  value(json: unknown): unknown;
}

const plain = (name: string): CelType => ({ name, value: (json) => json });
const dynamic: CelType = { name: 'dyn', value: dynamicValue };
const integer: CelType = { name: 'int', value: (json) => (typeof json === 'number' ? BigInt(Math.trunc(json)) : json) };
const timestamp: CelType = {
  name: 'google.protobuf.Timestamp',
  value: (json) => (typeof json === 'string' && !Number.isNaN(Date.parse(json)) ? new Date(json) : json),
};
const bytes: CelType = { name: 'bytes', value: (json) => (typeof json === 'string' ? new Uint8Array(Buffer.from(json, 'base64')) : json) };

const keywords = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(' '),
);

/** A property's name as rules write it; undefined where no rule can. */
export function celName(property: string): string | undefined {
  if (keywords.has(property)) return `__${property}__`;
  if (!/^[A-Za-z_][A-Za-z0-9_./-]*$/.test(property)) return undefined;
  return property.replace(/__|[./-]/g, (found) => ({ __: '__underscores__', '.': '__dot__', '-': '__dash__', '/': '__slash__' })[found]!);
}

/** Declares the types of a schema in an environment (apiserver pkg/cel/common/schemas.go, SchemaDeclType). */
export class ObjectTypes {
  readonly #environment: Environment;
  readonly #made = new Map<Schema, CelType | undefined>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** undefined where rules do not see the place at all. `root`: the resource itself, whose metadata has a name only. */
  of(schema: Schema, root = schema.embeddedResource): CelType | undefined {
    if (this.#made.has(schema)) return this.#made.get(schema);
    const type = this.#make(schema, root);
    this.#made.set(schema, type);
    return type;
  }

  #make(schema: Schema, root: boolean): CelType | undefined {
    if (schema.intOrString || schema.quantity) return dynamic;
    switch (schema.type) {
      case 'array': {
        const items = schema.items && this.of(schema.items);
        if (!items) return undefined;
        return { name: `list<${items.name}>`, value: (json) => (Array.isArray(json) ? json.map((item) => items.value(item)) : json) };
      }
      case 'object':
        return schema.values ? this.#map(schema.values) : this.#object(schema, root);
      case 'string':
        if (schema.format === 'byte') return bytes;
        return schema.format === 'date-time' || schema.format === 'date' ? timestamp : plain('string');
      case 'boolean':
        return plain('bool');
      case 'integer':
        return integer;
      case 'number':
        return plain('double');
      default:
        return undefined;
    }
  }

  #map(values: Schema): CelType | undefined {
    const type = this.of(values);
    if (!type) return undefined;
    const entries = (json: object) => Object.entries(json).map(([key, item]): [string, unknown] => [key, type.value(item)]);
    return { name: `map<string, ${type.name}>`, value: (json) => (isMap(json) ? new Map(entries(json)) : json) };
  }

  #object(schema: Schema, root: boolean): CelType {
    const name = `Object${this.#made.size}`;
    const Made = class extends CelObject {};
    const type: CelType = { name, value: (json) => (isMap(json) ? read(json) : json) };
    // Before its fields, for a schema of a built-in kind may hold itself.
    this.#made.set(schema, type);
    const fields = new Map<string, { property: string; type: CelType }>();
    const add = (property: string, field: CelType | undefined) => {
      const written = celName(property);
      if (written !== undefined && field) fields.set(written, { property, type: field });
    };
    for (const [property, child] of schema.fields) {
      if (!(root && property === 'metadata')) add(property, this.of(child));
    }
    if (root) {
      add('apiVersion', plain('string'));
      add('kind', plain('string'));
      add('metadata', this.#metadata());
    }
    const read = (json: object): CelObject => {
      const made = new Made();
      for (const [written, field] of fields) {
        const value = (json as Record<string, unknown>)[field.property];
        if (value !== undefined && Object.hasOwn(json, field.property)) made[written] = field.type.value(value);
      }
      return made;
    };
    const declared = Object.fromEntries([...fields].map(([written, field]) => [written, field.type.name]));
    this.#environment.registerType(name, { ctor: Made, fields: declared });
    this.#environment.registerOperator(`${name} == ${name}`, celEqual);
    return type;
  }

  #metadataType: CelType | undefined;

  /** Of the metadata rules see the name only. */
  #metadata(): CelType {
    if (this.#metadataType) return this.#metadataType;
    const Made = class extends CelObject {};
    const name = 'ObjectMeta';
    this.#environment.registerType(name, { ctor: Made, fields: { name: 'string', generateName: 'string' } });
    this.#environment.registerOperator(`${name} == ${name}`, celEqual);
    this.#metadataType = {
      name,
      value(json) {
        const made = new Made();
        for (const field of ['name', 'generateName']) {
          const value = (json as Record<string, unknown>)[field];
          if (value !== undefined) made[field] = value;
        }
        return made;
      },
    };
    return this.#metadataType;
  }
}

const isMap = (json: unknown): json is object => typeof json === 'object' && json !== null && !Array.isArray(json);
