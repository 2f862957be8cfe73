import { KindlabError } from '../../base/errors.ts';
import { Field } from '../read/field.ts';
import { FieldError } from '../read/problem.ts';
import type { RecordedCase } from './recording.ts';

function verdict(field: Field): RecordedCase['verdicts'][number] {
  const [from, to, protocol, port, outcome, seen] = field.list() ?? field.fail('[from, to, protocol, port, verdict]');
  if (!from || !to || !protocol || !port || !outcome) return field.fail('[from, to, protocol, port, verdict]');
  return [
    from.string(),
    to.string(),
    protocol.string().toLowerCase(),
    port.number(),
    outcome.oneOf('allow', 'deny', 'refused'),
    ...(seen ? ([seen.string()] as const) : ([] as const)),
  ];
}

/** Reads measured verdicts. Throws KindlabError `bad-cases` that names the field. */
export function readCases(file: string, text: string): RecordedCase[] {
  try {
    const list = new Field(JSON.parse(text), 'cases').list() ?? [];
    return list.map((item) => ({
      case: item.get('case').string(),
      engine: item.get('engine').oneOf('calico', 'cilium', 'mixed'),
      settings: item.get('settings').optional((f) => f.string()) ?? '',
      policies: item.get('policies').optional((f) => f.string()) ?? '',
      verdicts: item.get('verdicts').map(verdict) ?? [],
    }));
  } catch (error) {
    if (!(error instanceof FieldError || error instanceof SyntaxError)) throw error;
    const where = error instanceof FieldError ? `${error.path}: ` : 'not JSON: ';
    throw new KindlabError({
      code: 'bad-cases',
      message: `${file}: ${where}${error.message}`,
      fix: 'see recorded/policy/README.md for the format',
      cause: error,
    });
  }
}
