import { badRequest } from '../../../kube/status.ts';
import { lazy, readGenerated } from '../schema/generated.ts';

/** As scripts/kubernetes-data/messages.ts writes it. */
interface MessagesData {
  messages: Record<string, [number: number, name: string, type: string, flags: string][]>;
  packages: Record<string, string>;
}

export interface Field {
  /** '' where the message's fields belong to its parent, '[]' where a message is the list of its items. */
  name: string;
  type: string;
  repeated: boolean;
  map: boolean;
  keptWhenZero: boolean;
}

export type Fields = ReadonlyMap<number, Field>;
const data = lazy(() => readGenerated('sim/api/codec/gen/messages.json.gz') as MessagesData);
const compiled = new Map<string, Fields>();

/** By number, in the order of the numbers. Throws StatusError 400. */
export function fieldsOf(type: string): Fields {
  const known = compiled.get(type);
  if (known) return known;
  const written = data().messages[type];
  if (!written) throw badRequest(`no message ${type} is known`);
  const fields = new Map(
    written.map(([number, name, fieldType, flags]): [number, Field] => [
      number,
      { name, type: fieldType, repeated: flags.includes('r'), map: flags.includes('m'), keptWhenZero: /[pk]/.test(flags) },
    ]),
  );
  compiled.set(type, fields);
  return fields;
}

export const scalarTypes = new Set(['string', 'bytes', 'bool', 'int32', 'int64', 'uint32', 'uint64', 'double', 'float']);

const metaPackage = 'k8s.io.apimachinery.pkg.apis.meta.v1';

/** Options such as DeleteOptions are registered in every group. */
export function messageOf(apiVersion: string, kind: string): string {
  const found = knownMessage(apiVersion, kind);
  if (found) return found;
  throw badRequest(`no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/api/legacyscheme/scheme.go:30"`);
}

export function knownMessage(apiVersion: string, kind: string): string | undefined {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const base = data().packages[group!];
  const candidates = [...(base === undefined ? [] : [`${base}.${version}.${kind}`]), `${metaPackage}.${kind}`];
  return candidates.find((name) => data().messages[name] !== undefined);
}
