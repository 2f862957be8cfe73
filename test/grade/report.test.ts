import { describe, expect, it } from 'vitest';
import { renderReport } from '../../src/grade/report.ts';
import type { CheckReport } from '../../src/grade/verdict.ts';

const reports: CheckReport[] = [
  { id: 'a', title: 'w is cordoned', at: 0, verdict: { status: 'pass', message: 'fine', evidence: [] } },
  {
    id: 'b',
    title: 'the agent is ready',
    at: 0,
    verdict: {
      status: 'fail',
      message: 'not as expected',
      evidence: [{ object: 'node/w', path: '.spec.x', expected: '1', observed: '2', command: 'kubectl get node w -o yaml' }],
      hint: 'Look again.',
    },
  },
];

describe('the report', () => {
  it('shows evidence, command and hint under what did not pass', () => {
    expect(renderReport(reports)).toBe(
      [
        '✔ w is cordoned',
        '✘ the agent is ready',
        '    not as expected',
        '    node/w .spec.x',
        '      expected: 1',
        '      observed: 2',
        '      $ kubectl get node w -o yaml',
        '    Hint: Look again.',
        '1 of 2 checks pass, 1 fails',
      ].join('\n'),
    );
  });

  it('has colour only where it is wanted', () => {
    expect(renderReport(reports)).not.toContain('\u001B');
    expect(renderReport(reports, { colour: true })).toContain('\u001B[32m✔');
  });
});
