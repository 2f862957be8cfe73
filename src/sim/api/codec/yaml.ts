import { isScalar, LineCounter, parseAllDocuments, parseDocument, visit, type Document, type ErrorCode, type YAMLParseError } from 'yaml';

/** A text that Go's YAML library refuses, in its words as far as the two libraries find the same fault. */
export class YamlSyntaxError extends Error {
  override readonly name = 'YamlSyntaxError';
}

const words: Partial<Record<ErrorCode, string>> = {
  BLOCK_AS_IMPLICIT_KEY: 'mapping values are not allowed in this context',
  MULTILINE_IMPLICIT_KEY: 'mapping values are not allowed in this context',
  MISSING_CHAR: "could not find expected ':'",
  BAD_INDENT: 'did not find expected key',
  TAB_AS_INDENT: 'found character that cannot start any token',
  BAD_ALIAS: 'did not find expected alphabetic or numeric character',
};

export interface YamlText {
  value: unknown;
  /** In the words of Go's library, by line. */
  repeatedKeys: string[];
}

/** Read as JSON would have it: the first document, keys that are repeated taken last. Throws YamlSyntaxError. */
export function readYaml(text: string): YamlText {
  const lineCounter = new LineCounter();
  const options = { schema: 'yaml-1.1', uniqueKeys: false, lineCounter } as const;
  const [document = parseDocument('', options)] = [parseAllDocuments(text, options)].flat();
  const [error] = document.errors;
  if (error) throw new YamlSyntaxError(`yaml: ${place(error)}${words[error.code] ?? error.message.split('\n')[0]}`);
  try {
    return { value: document.toJS({ maxAliasCount: 100 }), repeatedKeys: repeatedKeys(document, lineCounter) };
  } catch (failure) {
    throw failure instanceof ReferenceError ? new YamlSyntaxError('yaml: document contains excessive aliasing') : failure;
  }
}

/** The line is that of the value. */
function repeatedKeys(document: Document.Parsed, lines: LineCounter): string[] {
  const found: string[] = [];
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>();
      for (const { key, value } of items) {
        if (!isScalar(key)) continue;
        const { range } = (value ?? key) as { range?: [number, number, number] | null };
        if (seen.has(key.value))
          found.push(`line ${lines.linePos(range?.[0] ?? 0).line}: key ${JSON.stringify(key.value)} already set in map`);
        seen.add(key.value);
      }
    },
  });
  return found;
}

/** Go's parser counts lines from 0, its scanner from 1; the first is not named. */
function place({ code, linePos }: YAMLParseError): string {
  if (!linePos || linePos[0].line === 1) return '';
  return `line ${linePos[0].line - (code === 'BAD_INDENT' ? 1 : 0)}: `;
}
