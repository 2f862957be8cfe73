import { LineCounter, parseDocument, isMap, isScalar, type Document } from 'yaml';
import type { z } from 'zod';
import { KindlabError } from '../base/errors.ts';

/** What is wrong at one place of a file that a person wrote. */
interface Problem {
  line: number;
  text: string;
}

/**
 * Reads YAML into a schema's shape. Throws KindlabError `lab-invalid` that names, for each problem (five at most),
 * `file:line`, what was seen and what was expected.
 */
export function readYaml<T>(file: string, text: string, schema: z.ZodType<T>): T {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    throw invalid(
      file,
      document.errors.map((error) => ({ line: lines.linePos(error.pos[0]).line, text: `not YAML: ${error.message}` })),
    );
  }
  const value: unknown = document.toJS();
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  throw invalid(
    file,
    result.error.issues.map((issue) => ({ line: lineOf(document, lines, issue), text: describe(issue) })),
  );
}

function invalid(file: string, problems: Problem[]): KindlabError {
  const shown = problems.toSorted((a, b) => a.line - b.line).slice(0, 5);
  const more = problems.length - shown.length;
  return new KindlabError({
    code: 'lab-invalid',
    message: [...shown.map((p) => `${file}:${p.line}: ${p.text}`), ...(more > 0 ? [`and ${more} more`] : [])].join('\n'),
    fix: 'correct the file; labs/schema/*.json describes it to an editor',
  });
}

/** The line of what an issue is about, or of the nearest thing around it that is there. */
function lineOf(document: Document, lines: LineCounter, issue: z.core.$ZodIssue): number {
  const path = issue.path as (string | number)[];
  if (issue.code === 'unrecognized_keys') {
    const map = path.length === 0 ? document.contents : document.getIn(path, true);
    const pair = isMap(map) && map.items.find((item) => isScalar(item.key) && item.key.value === issue.keys[0]);
    if (pair && isScalar(pair.key) && pair.key.range) return lines.linePos(pair.key.range[0]).line;
  }
  for (let length = path.length; length >= 0; length--) {
    const node = (length === 0 ? document.contents : document.getIn(path.slice(0, length), true)) as
      | { range?: [number, number, number] }
      | undefined;
    if (node?.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

function describe(issue: z.core.$ZodIssue): string {
  const path = issue.path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
  const where = path === '' ? '' : `${path}: `;
  const seen = issue.input === undefined ? 'nothing' : JSON.stringify(issue.input)?.slice(0, 60);
  switch (issue.code) {
    case 'unrecognized_keys':
      return `${where}unknown field ${issue.keys.join(', ')}`;
    case 'invalid_type':
      return `${where}expected ${issue.expected}, found ${seen}`;
    case 'invalid_value':
      return `${where}expected ${issue.values.map(String).join(' | ')}, found ${seen}`;
    case 'custom':
      return `${where}${issue.message}`;
    default:
      return `${where}${issue.message}, found ${seen}`;
  }
}
