/** A text that Go's JSON decoder refuses, in its words. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
}

/** What JSON.parse does not tell of a text. */
export interface Written {
  /** Keys that an object had already, as `metadata.name`. */
  readonly duplicates: readonly string[];
  /** What Go's YAML library says of keys that a map of a YAML text had already: one line each. */
  readonly repeatedKeys?: readonly string[];
  /** Where the first key of a path stands. */
  readonly offsets: ReadonlyMap<string, number>;
  /** Whole numbers that are not written as such, by path: `3e1`. */
  readonly floats: readonly { readonly path: readonly (string | number)[]; readonly text: string }[];
}

const literals = ['true', 'false', 'null'] as const;

/** Reads a text as Go's scanner does, byte by byte. It is for texts that are refused or odd: JSON.parse is faster. */
export class GoJsonReader {
  readonly #bytes: Uint8Array;
  #position = 0;
  readonly #duplicates: string[] = [];
  readonly #offsets = new Map<string, number>();
  readonly #floats: { path: (string | number)[]; text: string }[] = [];

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Throws JsonSyntaxError. */
  read(): Written {
    this.#value([]);
    this.#space();
    if (this.#position < this.#bytes.length) this.#refuse('after top-level value');
    return { duplicates: [...new Set(this.#duplicates)].slice(0, 100), offsets: this.#offsets, floats: this.#floats };
  }

  #value(path: (string | number)[]): void {
    this.#space();
    const character = this.#peek();
    if (character === '{') this.#object(path);
    else if (character === '[') this.#array(path);
    else if (character === '"') this.#string();
    else if (/[-0-9]/.test(character)) this.#number(path);
    else this.#literal();
  }

  #object(path: (string | number)[]): void {
    this.#position++;
    const seen = new Set<string>();
    this.#space();
    if (this.#peek() === '}') return void this.#position++;
    for (;;) {
      if (this.#peek() !== '"') this.#refuse('looking for beginning of object key string');
      const at = this.#position;
      const key = this.#string();
      const inner = [...path, key];
      const text = pathText(inner);
      if (seen.has(key)) this.#duplicates.push(text);
      if (!this.#offsets.has(text) || seen.has(key)) this.#offsets.set(text, at);
      seen.add(key);
      this.#space();
      if (this.#peek() !== ':') this.#refuse('after object key');
      this.#position++;
      this.#value(inner);
      this.#space();
      const next = this.#peek();
      if (next !== ',' && next !== '}') this.#refuse('after object key:value pair');
      this.#position++;
      if (next === '}') return;
      this.#space();
    }
  }

  #array(path: (string | number)[]): void {
    this.#position++;
    this.#space();
    if (this.#peek() === ']') return void this.#position++;
    for (let index = 0; ; index++) {
      this.#value([...path, index]);
      this.#space();
      const next = this.#peek();
      if (next !== ',' && next !== ']') this.#refuse('after array element');
      this.#position++;
      if (next === ']') return;
    }
  }

  #string(): string {
    const start = this.#position++;
    for (;;) {
      const character = this.#peek();
      if (character < ' ') this.#refuse('in string literal');
      this.#position++;
      if (character === '"') break;
      if (character !== '\\') continue;
      const escaped = this.#peek();
      if (!/["\\/bfnrtu]/.test(escaped)) this.#refuse('in string escape code');
      this.#position++;
      if (escaped !== 'u') continue;
      for (let i = 0; i < 4; i++, this.#position++)
        if (!/[0-9a-fA-F]/.test(this.#peek())) this.#refuse('in \\u hexadecimal character escape');
    }
    return JSON.parse(new TextDecoder().decode(this.#bytes.subarray(start, this.#position))) as string;
  }

  #number(path: (string | number)[]): void {
    const start = this.#position;
    if (this.#peek() === '-') this.#position++;
    if (this.#peek() === '0') this.#position++;
    else this.#digits('in numeric literal');
    if (this.#is('.')) {
      this.#position++;
      this.#digits('after decimal point in numeric literal');
    }
    if (this.#is('e') || this.#is('E')) {
      this.#position++;
      if (this.#is('+') || this.#is('-')) this.#position++;
      this.#digits('in exponent of numeric literal');
    }
    const text = new TextDecoder().decode(this.#bytes.subarray(start, this.#position));
    if (/[.eE]/.test(text) && Number.isInteger(Number(text))) this.#floats.push({ path: [...path], text });
  }

  #digits(where: string): void {
    if (!/[0-9]/.test(this.#peek())) this.#refuse(where);
    while (this.#position < this.#bytes.length && /[0-9]/.test(this.#peek())) this.#position++;
  }

  #literal(): void {
    const word = literals.find((literal) => this.#is(literal[0]!));
    if (!word) this.#refuse('looking for beginning of value');
    for (let i = 0; i < word.length; i++, this.#position++)
      if (!this.#is(word[i]!)) this.#refuse(`in literal ${word} (expecting '${word[i]}')`);
  }

  #space(): void {
    while (this.#position < this.#bytes.length && ' \t\r\n'.includes(String.fromCharCode(this.#bytes[this.#position]!))) this.#position++;
  }

  #is(character: string): boolean {
    return this.#bytes[this.#position] === character.charCodeAt(0);
  }

  #peek(): string {
    if (this.#position >= this.#bytes.length) throw new JsonSyntaxError('unexpected end of JSON input');
    return String.fromCharCode(this.#bytes[this.#position]!);
  }

  #refuse(where: string): never {
    throw new JsonSyntaxError(`invalid character ${quoteCharacter(this.#peek())} ${where}`);
  }
}

/** Go's quoteChar: as %q, a byte for a character. */
export function quoteCharacter(character: string): string {
  if (character === "'") return String.raw`'\''`;
  if (character === '"') return `'"'`;
  const known: Readonly<Record<string, string>> = {
    '\\': '\\\\',
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
    '\b': '\\b',
    '\f': '\\f',
    '\v': '\\v',
    '\x07': '\\a',
  };
  const code = character.charCodeAt(0);
  if (known[character]) return `'${known[character]}'`;
  if (code < 0x20 || code === 0x7f) return `'\\x${code.toString(16).padStart(2, '0')}'`;
  // Not printable, and no-break spaces and soft hyphens are not either.
  if ((code >= 0x80 && code <= 0xa0) || code === 0xad) return `'\\u${code.toString(16).padStart(4, '0')}'`;
  return `'${character}'`;
}

/** `spec.containers[0].name`. */
export const pathText = (path: readonly (string | number)[]): string =>
  path.map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`)).join('');
