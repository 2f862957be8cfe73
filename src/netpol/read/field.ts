import { isObject } from '../../kube/json.ts';
import { parseCidr, type Cidr } from '../model/address.ts';
import { parseSelector, SelectorError } from '../selector/parse.ts';
import type { Selector } from '../selector/selector.ts';
import { FieldError } from './problem.ts';

const show = (value: unknown): string => (value === undefined ? 'nothing' : (JSON.stringify(value)?.slice(0, 80) ?? typeof value));

/** A value of a document together with its path: every reading that fails names the field, what was expected and what was found. */
export class Field {
  readonly value: unknown;
  readonly path: string;

  constructor(value: unknown, path: string) {
    this.value = value;
    this.path = path;
  }

  /** YAML's null counts as absent, as for the API server. */
  get present(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  get(key: string): Field {
    if (!this.present) return new Field(undefined, this.#below(key));
    if (!isObject(this.value)) return this.fail('an object');
    return new Field(Object.hasOwn(this.value, key) ? this.value[key] : undefined, this.#below(key));
  }

  #below = (key: string): string => (this.path === '' ? key : `${this.path}.${key}`);

  fail(expected: string): never {
    throw new FieldError(this.path, `expected ${expected}, found ${show(this.value)}`);
  }

  /** Refuses fields that the kind does not have: a misspelt `nets` must not become "everybody". */
  only(...keys: readonly string[]): this {
    for (const key of this.keys()) {
      if (!keys.includes(key)) this.get(key).fail(`one of the fields ${keys.join(', ')}`);
    }
    return this;
  }

  keys(): string[] {
    if (!this.present) return [];
    return isObject(this.value) ? Object.keys(this.value) : this.fail('an object');
  }

  /** Undefined where the list is absent. */
  list(): Field[] | undefined {
    if (!this.present) return undefined;
    if (!Array.isArray(this.value)) return this.fail('a list');
    return this.value.map((item: unknown, i) => new Field(item, `${this.path}[${i}]`));
  }

  map<T>(read: (item: Field) => T): T[] | undefined {
    return this.list()?.map(read);
  }

  optional<T>(read: (field: Field) => T): T | undefined {
    return this.present ? read(this) : undefined;
  }

  string(): string {
    return typeof this.value === 'string' ? this.value : this.fail('a string');
  }

  number(): number {
    return typeof this.value === 'number' ? this.value : this.fail('a number');
  }

  boolean(): boolean {
    return typeof this.value === 'boolean' ? this.value : this.fail('true or false');
  }

  oneOf<T extends string>(...values: readonly T[]): T {
    return values.find((value) => value === this.value) ?? this.fail(values.join(' | '));
  }

  integer(min: number, max: number): number {
    const { value } = this;
    return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? value
      : this.fail(`a whole number from ${min} to ${max}`);
  }

  strings(): string[] | undefined {
    return this.map((item) => item.string());
  }

  labels(): Record<string, string> {
    return Object.fromEntries(this.keys().map((key) => [key, this.get(key).string()]));
  }

  cidr(): Cidr {
    return parseCidr(this.string()) ?? this.fail('an address or a network such as 10.0.0.0/8');
  }

  selector(): Selector {
    try {
      return parseSelector(this.string());
    } catch (error) {
      if (!(error instanceof SelectorError)) throw error;
      throw new FieldError(this.path, `not a Calico selector: ${error.message} of ${show(this.value)}`);
    }
  }
}
