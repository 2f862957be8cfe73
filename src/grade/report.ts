import { worst, type CheckReport, type VerdictStatus } from './verdict.ts';

const marks: Record<VerdictStatus, { mark: string; colour: string }> = {
  pass: { mark: '✔', colour: '\u001B[32m' },
  fail: { mark: '✘', colour: '\u001B[31m' },
  pending: { mark: '…', colour: '\u001B[33m' },
  unevaluable: { mark: '?', colour: '\u001B[35m' },
};
const dim = '\u001B[2m';
const reset = '\u001B[0m';

/** The reports as lines of text for a terminal; evidence and hint stand under what did not pass. */
export function renderReport(reports: readonly CheckReport[], { colour = false }: { colour?: boolean } = {}): string {
  const paint = (code: string, text: string) => (colour ? `${code}${text}${reset}` : text);
  const lines = reports.flatMap(({ title, verdict }) => {
    const { mark, colour: code } = marks[verdict.status];
    const head = `${paint(code, mark)} ${title}`;
    if (verdict.status === 'pass') return [head];
    const evidence = verdict.evidence.flatMap((e) => {
      const where = [e.object, e.path].filter((part) => part !== undefined).join(' ');
      return [
        ...(where ? [`    ${where}`] : []),
        `      expected: ${e.expected}`,
        `      observed: ${e.observed}`,
        ...(e.command ? [paint(dim, `      $ ${e.command}`)] : []),
      ];
    });
    return [head, `    ${verdict.message}`, ...evidence, ...(verdict.hint ? [`    Hint: ${verdict.hint.trim()}`] : [])];
  });
  return [...lines, paint(marks[worst(reports.map((r) => r.verdict.status))].colour, summary(reports))].join('\n');
}

/** `2 of 3 checks pass, 1 fails`. */
export function summary(reports: readonly CheckReport[]): string {
  const count = (status: VerdictStatus) => reports.filter((r) => r.verdict.status === status).length;
  const failing = count('fail');
  const parts = [
    `${count('pass')} of ${reports.length} checks pass`,
    ...(failing > 0 ? [`${failing} ${failing === 1 ? 'fails' : 'fail'}`] : []),
    ...(count('pending') > 0 ? [`${count('pending')} pending`] : []),
    ...(count('unevaluable') > 0 ? [`${count('unevaluable')} could not be checked`] : []),
  ];
  return parts.join(', ');
}
