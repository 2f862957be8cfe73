import { EvaluationError, Optional, type Environment } from '@marcbachmann/cel-js';
import { dns1035Label, dns1123Label, dns1123Subdomain, labelValue, qualifiedName } from '../../../../kube/names.ts';
import { goRegExp } from '../go-regexp.ts';
import { registerNamespace } from './namespace.ts';

const characters = (text: string): string[] => [...text];

function charAt(text: string, index: bigint): string {
  const all = characters(text);
  if (index < 0n || index > BigInt(all.length)) throw new EvaluationError(`index out of range: ${index}`);
  return all[Number(index)] ?? '';
}

function replace(text: string, old: string, by: string, limit: bigint): string {
  if (limit < 0n) return text.replaceAll(old, () => by);
  let out = text;
  let from = 0;
  for (let i = 0n; i < limit; i++) {
    const at = out.indexOf(old, from);
    if (at < 0) break;
    out = out.slice(0, at) + by + out.slice(at + old.length);
    from = at + by.length;
  }
  return out;
}

const shown = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  if (value instanceof Map) return `{${[...value].map(([key, item]) => `${shown(key)}: ${shown(item)}`).join(', ')}}`;
  if (value instanceof Date) return value.toISOString().replace('.000Z', 'Z');
  return String(value);
};

/** `'%s is %d'.format([…])`, with the verbs s, d, f, e, b, x, X and o. */
function format(text: string, values: unknown[]): string {
  let next = 0;
  return text.replace(/%(?:\.(\d+))?([a-zA-Z%])/g, (_whole, precision: string | undefined, verb: string) => {
    if (verb === '%') return '%';
    if (next >= values.length) throw new EvaluationError('index out of bounds: no such argument');
    const value = values[next++];
    switch (verb) {
      case 's':
        return shown(value);
      case 'd':
        return String(value);
      case 'f':
        return Number(value).toFixed(Number(precision ?? 6));
      case 'e':
        return Number(value).toExponential(Number(precision ?? 6));
      case 'b':
        return typeof value === 'boolean' ? (value ? '1' : '0') : (value as bigint).toString(2);
      case 'o':
        return (value as bigint).toString(8);
      case 'x':
      case 'X': {
        const hex = typeof value === 'string' ? Buffer.from(value).toString('hex') : (value as bigint).toString(16);
        return verb === 'X' ? hex.toUpperCase() : hex;
      }
      default:
        throw new EvaluationError(`unrecognized formatting clause "${verb}"`);
    }
  });
}

/** ext.Strings beyond what the CEL library brings, and Kubernetes' regex functions. */
export function registerStrings(environment: Environment): void {
  environment
    .registerFunction('string.charAt(int): string', charAt)
    .registerFunction('string.replace(string, string): string', (text: string, old: string, by: string) => replace(text, old, by, -1n))
    .registerFunction('string.replace(string, string, int): string', replace)
    .registerFunction('string.reverse(): string', (text: string) => characters(text).toReversed().join(''))
    .registerFunction('string.format(list): string', format)
    .registerFunction('string.find(string): string', (text: string, pattern: string) => goRegExp(pattern).exec(text)?.[0] ?? '')
    .registerFunction('string.findAll(string): list<string>', (text: string, pattern: string) => findAll(text, pattern, -1n))
    .registerFunction('string.findAll(string, int): list<string>', findAll);
  registerNamespace(environment, 'strings');
  environment.registerFunction('strings.library.quote(string): string', (_library: unknown, text: string) => JSON.stringify(text));
}

function findAll(text: string, pattern: string, limit: bigint): string[] {
  const all = [...text.matchAll(goRegExp(pattern, 'g'))].map(([match]) => match);
  return limit < 0n ? all : all.slice(0, Number(limit));
}

/** A named format, as `format.dns1123Label()` gives it. */
class Format {
  readonly check: (text: string) => string[];
  constructor(check: (text: string) => string[]) {
    this.check = check;
  }
}

const matching = (test: (text: string) => boolean, message: string) => (text: string) => (test(text) ? [] : [message]);
const asPrefix = (check: (text: string) => string[]) => (text: string) => check(text.endsWith('-') ? `${text.slice(0, -1)}a` : text);

const formats: Readonly<Record<string, (text: string) => string[]>> = {
  dns1123Label,
  dns1123Subdomain,
  dns1035Label,
  qualifiedName,
  dns1123LabelPrefix: asPrefix(dns1123Label),
  dns1123SubdomainPrefix: asPrefix(dns1123Subdomain),
  dns1035LabelPrefix: asPrefix(dns1035Label),
  labelValue,
  uri: matching(URL.canParse, 'invalid URI'),
  uuid: matching((text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text), 'does not match the UUID format'),
  byte: matching((text) => /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0, 'invalid base64'),
  date: matching((text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)), 'invalid date'),
  datetime: matching((text) => /T/.test(text) && !Number.isNaN(Date.parse(text)), 'invalid datetime'),
};

export function registerFormats(environment: Environment): void {
  environment.registerType('kubernetes.NamedFormat', Format);
  registerNamespace(environment, 'format');
  for (const [name, check] of Object.entries(formats)) {
    const made = new Format(check);
    environment.registerFunction(`format.library.${name}(): kubernetes.NamedFormat`, () => made);
  }
  environment.registerFunction('format.library.named(string): optional<kubernetes.NamedFormat>', (_library: unknown, name: string) => {
    const check = Object.hasOwn(formats, name) ? formats[name] : undefined;
    return check ? Optional.of(new Format(check)) : Optional.none();
  });
  environment.registerFunction('kubernetes.NamedFormat.validate(string): optional<list<string>>', ({ check }: Format, text: string) => {
    const messages = check(text);
    return messages.length > 0 ? Optional.of(messages) : Optional.none();
  });
}
