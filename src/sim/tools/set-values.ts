import { isTable, type Json, type Values } from './charts/chart.ts';
import { ToolError } from './tool.ts';

/**
 * Lays `--set` upon values, changing them: `a.b=c,list={x,y},list[0].k=v`, with `\` before a dot, a comma or a bracket that is meant as
 * such. `asText` keeps every value a string (`--set-string`). Throws ToolError.
 */
export function setValues(values: Values, written: string, asText = false): void {
  for (const assignment of splitOutside(written, ',')) {
    if (assignment === '') continue;
    const [path = '', ...parts] = splitOutside(assignment, '=');
    if (parts.length === 0) throw new ToolError(`failed parsing --set data: key "${path}" has no value`);
    assign(values, keysOf(path, written), parse(parts.join('='), asText), written);
  }
}

/** `--set-json path=JSON`, or a whole JSON object. */
export function setJson(values: Values, written: string): void {
  const [path, text] = written.startsWith('{') ? ['', written] : [written.split('=')[0]!, written.slice(written.indexOf('=') + 1)];
  let parsed: Json;
  try {
    parsed = JSON.parse(text) as Json;
  } catch (error) {
    throw new ToolError(`failed parsing --set-json data ${written}: ${(error as Error).message}`);
  }
  if (path) assign(values, keysOf(path, written), parsed, written);
  else if (isTable(parsed)) Object.assign(values, parsed);
}

/** Splits at a character that is neither escaped nor inside braces. */
function splitOutside(written: string, separator: string): string[] {
  const parts = [''];
  let depth = 0;
  for (let index = 0; index < written.length; index++) {
    const letter = written[index]!;
    if (letter === '\\') parts[parts.length - 1] += letter + (written[++index] ?? '');
    else if (letter === separator && depth === 0) parts.push('');
    else {
      if (letter === '{') depth++;
      if (letter === '}') depth--;
      parts[parts.length - 1] += letter;
    }
  }
  return parts;
}

const unescape = (written: string) => written.replace(/\\(.)/g, '$1');

function keysOf(path: string, written: string): (string | number)[] {
  return splitOutside(path, '.').flatMap((part) => {
    const name = part.replace(/(?<!\\)(\[\d+\])+$/, '');
    if (name === '') throw new ToolError(`failed parsing --set data: key "${written}" has no name`);
    const indices = [...part.slice(name.length).matchAll(/\d+/g)].map((match) => Number(match[0]));
    return [unescape(name), ...indices];
  });
}

function parse(written: string, asText: boolean): Json {
  if (written.startsWith('{') && written.endsWith('}')) {
    const inside = written.slice(1, -1);
    return inside === '' ? [] : splitOutside(inside, ',').map((item) => parse(item, asText));
  }
  const plain = unescape(written);
  if (asText) return plain;
  if (plain === 'true' || plain === 'false') return plain === 'true';
  if (plain === 'null') return null;
  if (/^(0|-?[1-9]\d*)$/.test(plain)) return Number(plain);
  return plain;
}

function assign(values: Values, keys: (string | number)[], value: Json, written: string): void {
  let here: Values | Json[] = values;
  for (const [index, key] of keys.entries()) {
    const last = index === keys.length - 1;
    const container = here as Record<string | number, Json>;
    if (typeof key === 'number' && key > 65_536) throw new ToolError(`failed parsing --set data: index ${key} of ${written} is too large`);
    if (['__proto__', 'constructor', 'prototype'].includes(String(key))) throw new ToolError(`failed parsing --set data: ${written}`);
    if (last) {
      container[key] = value;
      return;
    }
    const wantsList = typeof keys[index + 1] === 'number';
    const found: Json | undefined = container[key];
    const fits = wantsList ? Array.isArray(found) : isTable(found);
    here = (fits ? found : (container[key] = wantsList ? [] : {})) as Values | Json[];
  }
}
