import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * A field of a message: its number, its name in JSON ('' where it is inlined, '[]' where it is the whole), its type, and flags:
 * r repeated, m map (type is that of the values), p a pointer in Go (kept though zero), k kept though zero (no omitempty).
 */
export type FieldData = [number: number, name: string, type: string, flags: string];

export interface MessagesData {
  /** Full message name → fields. */
  messages: Record<string, FieldData[]>;
  /** API group → protobuf package without the version: `apps` → `k8s.io.api.apps`. */
  packages: Record<string, string>;
}

interface GoField {
  name: string;
  pointer: boolean;
  omitted: boolean;
}

const scalars = new Set(['string', 'bytes', 'bool', 'int32', 'int64', 'uint32', 'uint64', 'double', 'float']);

function* protoFiles(directory: string): Generator<string> {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* protoFiles(path);
    else if (entry.name === 'generated.proto') yield path;
  }
}

/** Go struct → field number → what its tags say. protobuf knows neither inlining nor omitempty, nor JSON's names. */
function goFields(folder: string): Map<string, Map<number, GoField>> {
  const structs = new Map<string, Map<number, GoField>>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.go') && !/_test\.go$|generated|zz_/.test(name))) {
    for (const [, struct = '', body = ''] of readFileSync(join(folder, file), 'utf8').matchAll(/^type (\w+) struct \{\n(.*?)^\}/gms)) {
      const fields = new Map<number, GoField>();
      for (const [, declaration = '', json = '', number] of body.matchAll(
        /^\s*([\w.*[\] ]+?)\s*`[^`\n]*json:"([^"]*)"[^`\n]*protobuf:"\w+,(\d+)/gm,
      )) {
        const [name = '', ...options] = json.split(',');
        const type = declaration.split(/\s+/).at(-1) ?? '';
        fields.set(Number(number), {
          name: options.includes('inline') ? '' : name,
          pointer: type.startsWith('*'),
          omitted: options.some((option) => option === 'omitempty' || option === 'omitzero'),
        });
      }
      structs.set(struct, fields);
    }
  }
  return structs;
}

export function readMessages(modules: readonly { module: string; directory: string }[]): MessagesData {
  const data: MessagesData = { messages: {}, packages: {} };
  for (const { directory } of modules) {
    for (const path of [...protoFiles(directory)].sort()) {
      if (/\/v\d+(alpha|beta)\d+\/|\/vendor\//.test(relative(directory, path))) continue;
      readProto(path, data);
    }
  }
  return data;
}

function readProto(path: string, data: MessagesData): void {
  const text = readFileSync(path, 'utf8').replace(/\/\/.*$/gm, '');
  const packageName = /^package ([\w.]+);/m.exec(text)?.[1] ?? '';
  const structs = goFields(dirname(path));
  const group = groupName(dirname(path));
  if (group !== undefined) data.packages[group] = packageName.replace(/\.v\d+$/, '');
  for (const [, message = '', body = ''] of text.matchAll(/^message (\w+) \{(.*?)^\}/gms)) {
    const fields: FieldData[] = [];
    for (const [, label, protoType = '', protoName = '', number] of body.matchAll(
      /^\s*(optional|repeated|map)?\s*(<[^>]+>|[\w.]+) (\w+) = (\d+)/gm,
    )) {
      const map = /^<\s*string\s*,\s*(.+)>$/.exec(protoType);
      const type = map?.[1]?.trim() ?? protoType;
      const qualified = scalars.has(type) ? type : type.startsWith('.') ? type.slice(1) : `${packageName}.${type}`;
      const go = structs.get(message)?.get(Number(number));
      const zero = go?.pointer ? 'p' : go?.omitted ? '' : 'k';
      const flags = `${map ? 'm' : label === 'repeated' ? 'r' : ''}${zero}`;
      fields.push([Number(number), go?.name ?? protoName, qualified, flags]);
    }
    // A Go slice type of its own, as authentication's ExtraValue, is a message of `items` alone, and a plain list in JSON.
    if (!structs.has(message) && fields.length === 1 && fields[0]![1] === 'items') fields[0]![1] = '[]';
    data.messages[`${packageName}.${message}`] = fields;
  }
}

function groupName(folder: string): string | undefined {
  const file = readdirSync(folder).find((name) => name === 'register.go');
  return file && /GroupName\s*=\s*"([^"]*)"/.exec(readFileSync(join(folder, file), 'utf8'))?.[1];
}
