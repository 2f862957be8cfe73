import { parse } from 'yaml';
import { isObject } from '../../../kube/json.ts';

/** Where yaml.v2 breaks a line: at the first blank after this column. */
const bestWidth = 80;

/** A JSON value as yaml.v2 writes it: keys sorted, lists not indented, texts quoted only where they would be read as something else. */
export function writeYaml(value: unknown): string {
  const out: string[] = [];
  node(value, 0, out);
  return `${out.join('\n')}\n`.replace(/^\n/, '');
}

function node(value: unknown, indent: number, out: string[]): void {
  const pad = ' '.repeat(indent);
  if (isObject(value) && Object.keys(value).length > 0) {
    for (const key of Object.keys(value).sort()) entry(`${pad}${scalar(key, indent, indent)}:`, value[key], indent, out);
  } else if (Array.isArray(value) && value.length > 0) {
    for (const item of value) {
      const inner: string[] = [];
      entry(`${pad}-`, item, indent, inner);
      // A map or a list begins beside its dash.
      if (inner.length > 1 && inner[0] === `${pad}-`) inner.splice(0, 2, `${pad}- ${inner[1]!.trimStart()}`);
      out.push(...inner);
    }
  } else out.push(`${pad}${scalar(value, indent, indent)}`);
}

/** A value after `head`, which is a key or a dash. */
function entry(head: string, value: unknown, indent: number, out: string[]): void {
  const isMap = isObject(value) && Object.keys(value).length > 0;
  const isList = Array.isArray(value) && value.length > 0;
  if (isMap || isList) {
    out.push(head);
    node(value, isList && !head.endsWith('-') ? indent : indent + 2, out);
  } else if (typeof value === 'string' && value.includes('\n')) out.push(`${head} ${literal(value, indent + 2)}`);
  else out.push(`${head} ${scalar(value, head.length + 1, indent + 2)}`);
}

function literal(text: string, indent: number): string {
  const chomp = !text.endsWith('\n') ? '-' : text.endsWith('\n\n') || text === '\n' ? '+' : '';
  const hint = /^[ \n]/.test(text) ? '2' : '';
  const lines = text.replace(/\n$/, '').split('\n');
  return `|${hint}${chomp}\n${lines.map((line) => (line === '' ? '' : `${' '.repeat(indent)}${line}`)).join('\n')}`;
}

function scalar(value: unknown, column: number, indent: number): string {
  if (typeof value !== 'string') return Array.isArray(value) ? '[]' : isObject(value) ? '{}' : String(value);
  if (isOther(value)) return JSON.stringify(value);
  if (isPlain(value)) return folded(value, column, indent);
  if (/[^\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(value)) return JSON.stringify(value);
  return folded(`'${value.replaceAll("'", "''")}'`, column, indent);
}

/** Read without quotes it would be no text. */
const isOther = (text: string): boolean => {
  if (text === '') return true;
  if (text === '.') return false;
  if (!/^[-+.~<=0-9a-zA-Z]/.test(text) || text.length > 40) return false;
  if (/^(y|n|yes|no|on|off|true|false|null|~|<<)$/i.test(text)) return true;
  if (!/^[-+.0-9]/.test(text)) return false;
  try {
    return typeof parse(text, { schema: 'yaml-1.1' }) !== 'string' || /^[-+]?\d[\d_]*(:[0-5]?\d)+(\.\d*)?$/.test(text);
  } catch {
    // Not even a plain text: it is quoted for that.
    return false;
  }
};

const isPlain = (text: string): boolean =>
  !/^[-?:,[\]{}#&*!|>'"%@`\s]/.test(text.replace(/^-(?=\S)/, 'x')) &&
  !/\s$|: |:$| #|[\t\n]/.test(text) &&
  /^[\x20-\x7e\u00a0-\u{10ffff}]*$/u.test(text) &&
  !/^(---|\.\.\.)/.test(text);

function folded(text: string, column: number, indent: number): string {
  let out = '';
  let at = column;
  for (let i = 0; i < text.length; i++) {
    const alone = text[i] === ' ' && text[i - 1] !== ' ' && text[i + 1] !== ' ' && i > 0 && i < text.length - 1;
    if (alone && at > bestWidth) {
      out += `\n${' '.repeat(indent)}`;
      at = indent;
    } else {
      out += text[i];
      at++;
    }
  }
  return out;
}
