import { KindlabError } from '../base/errors.ts';

/** The one place where an error becomes text. A defect of kindlab's own says so and keeps its stack for the report. */
export function errorText(error: unknown): string {
  if (error instanceof KindlabError) {
    const lines = [`kindlab: ${error.message}`];
    if (error.fix) lines.push(...error.fix.split('\n').map((line, i) => `${i === 0 ? '  try: ' : '       '}${line}`));
    if (error.docs) lines.push(`  see: ${error.docs}`);
    return lines.join('\n');
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `kindlab: a defect of kindlab itself (please report it):\n${stack}`;
}

export const errorJson = (error: unknown): { error: { code: string; message: string; fix?: string } } => ({
  error:
    error instanceof KindlabError
      ? { code: error.code, message: error.message, ...(error.fix && { fix: error.fix }) }
      : { code: 'defect', message: error instanceof Error ? error.message : String(error) },
});

export const exitCodeOf = (error: unknown): number => (error instanceof KindlabError ? error.exitCode : 2);
