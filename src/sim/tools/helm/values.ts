import { parseDocument } from 'yaml';
import type { ProgramIo } from '../../node/image.ts';
import { isTable, layerValues, type Values } from '../charts/chart.ts';
import { text, type Flags } from '../flags.ts';
import { readInput } from '../input.ts';
import { setJson, setValues } from '../set-values.ts';
import { ToolError } from '../tool.ts';

export const valueFlags = {
  values: text('f'),
  set: text(),
  'set-string': text(),
  'set-json': text(),
  'set-file': text(),
};

/** Parses a values file; the name is for the error. */
export function parseValues(written: string, name: string): Values {
  const document = parseDocument(written);
  const [problem] = document.errors;
  if (problem) {
    const line = problem.linePos?.[0].line ?? 1;
    throw new ToolError(`failed to parse ${name}: error converting YAML to JSON: yaml: line ${line}: ${problem.message.split('\n')[0]}`);
  }
  const parsed = document.toJS() as unknown;
  if (parsed === null || parsed === undefined) return {};
  if (!isTable(parsed as Values)) {
    throw new ToolError(
      `failed to parse ${name}: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${Array.isArray(parsed) ? 'array' : typeof parsed} into Go value of type map[string]interface {}`,
    );
  }
  return parsed as Values;
}

/** What the person gave: files in order, then --set-json, --set, --set-string, --set-file, as helm orders them. */
export async function userValues(io: ProgramIo, flags: Flags): Promise<Values> {
  let values: Values = {};
  for (const path of flags.all('values').flatMap((paths) => paths.split(','))) {
    values = layerValues(values, parseValues(await readInput(io, path), path));
  }
  values = structuredClone(values);
  for (const written of flags.all('set-json')) setJson(values, written);
  for (const written of flags.all('set')) setValues(values, written);
  for (const written of flags.all('set-string')) setValues(values, written, true);
  for (const written of flags.all('set-file')) {
    const at = written.indexOf('=');
    const content = await readInput(io, written.slice(at + 1));
    setValues(values, `${written.slice(0, at)}=`, true);
    setJson(values, `${written.slice(0, at)}=${JSON.stringify(content)}`);
  }
  return values;
}
