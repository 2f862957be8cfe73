import { parseAllDocuments, parseDocument, stringify, type ErrorCode, type YAMLParseError } from 'yaml';

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

/** Read as JSON would have it: the first document, keys that are repeated taken last. Throws YamlSyntaxError. */
export function readYaml(text: string): unknown {
  const options = { schema: 'yaml-1.1', uniqueKeys: false } as const;
  const [document = parseDocument('', options)] = [parseAllDocuments(text, options)].flat();
  const [error] = document.errors;
  if (error) throw new YamlSyntaxError(`yaml: ${place(error)}${words[error.code] ?? error.message.split('\n')[0]}`);
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (failure) {
    throw failure instanceof ReferenceError ? new YamlSyntaxError('yaml: document contains excessive aliasing') : failure;
  }
}

/** Go counts lines from 0 and names none but later ones. */
const place = ({ linePos }: YAMLParseError): string => (linePos && linePos[0].line > 1 ? `line ${linePos[0].line}: ` : '');

/** As yaml.v2 writes what came from JSON: keys sorted, lists not indented, long lines left alone. */
export const writeYaml = (value: unknown): string =>
  stringify(value, {
    schema: 'yaml-1.1',
    sortMapEntries: true,
    indentSeq: false,
    lineWidth: 0,
    defaultStringType: 'PLAIN',
    defaultKeyType: 'PLAIN',
    doubleQuotedMinMultiLineLength: 1e9,
    blockQuote: 'literal',
    aliasDuplicateObjects: false,
  });
