import { badRequest } from './status.ts';

export interface FieldRequirement {
  readonly field: string;
  readonly equal: boolean;
  readonly value: string;
}

/** Every requirement must hold; an empty list matches everything. */
export type FieldSelector = readonly FieldRequirement[];

/** Cuts at commas that no backslash escapes. */
const splitTerms = (text: string): string[] => text.match(/(?:\\.|[^,\\]|\\$)+/gs) ?? [];

function unescape(value: string): string {
  let out = '';
  for (let i = 0; i < value.length; i++) {
    const char = value[i]!;
    if (char === ',' || char === '=') throw badRequest(`invalid field selector: unescaped character in value: ${char.charCodeAt(0)}`);
    if (char !== '\\') {
      out += char;
      continue;
    }
    const next = value[++i] ?? '';
    if (!['\\', ',', '='].includes(next)) throw badRequest(`invalid field selector: invalid escape sequence: \\${next}`);
    out += next;
  }
  return out;
}

/** Parses what `kubectl --field-selector` takes: `a=b,c!=d`, with `\,`, `\=` and `\\`. Throws StatusError 400 with upstream's text. */
export const parseFieldSelector = (text: string): FieldSelector =>
  splitTerms(text)
    .sort()
    .map((term) => {
      const found = /!=|==|=/.exec(term);
      if (!found) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
      const value = unescape(term.slice(found.index + found[0].length));
      return { field: term.slice(0, found.index), equal: found[0] !== '!=', value };
    });

/** `read` gives a field's value as text, '' where the object has none. */
export const matchesFields = (selector: FieldSelector, read: (field: string) => string): boolean =>
  selector.every(({ field, equal, value }) => (read(field) === value) === equal);
