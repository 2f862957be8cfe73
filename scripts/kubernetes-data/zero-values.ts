import type { MessagesData } from './messages.ts';

/** How Go writes a type's zero values: what it leaves out, and what it writes although nobody set it. */
interface ZeroValues {
  'x-go-omitted'?: string[];
  'x-go-kept'?: string[];
}

const scalars = new Set(['string', 'bool', 'int32', 'int64', 'double']);

/** Marks the definitions' scalar fields that are no pointers; the OpenAPI documents do not tell them apart. */
export function markZeroValues(definitions: Record<string, unknown>, { messages }: MessagesData): void {
  for (const [name, definition] of Object.entries(definitions)) {
    const known = new Set(Object.keys((definition as { properties?: object }).properties ?? {}));
    const fields = (messages[name.replace(/^io\.k8s\./, 'k8s.io.').replaceAll('-', '_')] ?? []).filter(
      ([, field, type, flags]) => known.has(field) && scalars.has(type) && !/[rmp]/.test(flags),
    );
    const omitted = fields.filter(([, , , flags]) => flags === '').map(([, field]) => field);
    const kept = fields.filter(([, , , flags]) => flags === 'k').map(([, field]) => field);
    const marks: ZeroValues = {};
    if (omitted.length > 0) marks['x-go-omitted'] = omitted;
    if (kept.length > 0) marks['x-go-kept'] = kept;
    Object.assign(definition as object, marks);
  }
}
