import { describe, expect, it } from 'vitest';
import type { CheckReport, VerdictStatus } from '../../src/grade/verdict.ts';
import { Symptom } from '../../src/lab/symptom.ts';

const at = (seconds: number, status: VerdictStatus): CheckReport[] => [
  { id: 'one', title: 'one', at: seconds * 1000, verdict: { status, message: '', evidence: [] } },
];

describe('a symptom', () => {
  it('shows with the first failure, and stays known when all is well again', () => {
    const symptom = new Symptom();
    expect(symptom.take(at(0, 'pass'))).toBe(false);
    expect(symptom.take(at(1, 'fail'))).toBe(true);
    expect(symptom.take(at(2, 'pass'))).toBe(true);
  });

  it('shows when what is on its way does not arrive', () => {
    const symptom = new Symptom();
    expect(symptom.take(at(0, 'pending'))).toBe(false);
    expect(symptom.take(at(9, 'pending'))).toBe(false);
    expect(symptom.take(at(11, 'pass'))).toBe(true);
  });

  it('is no rollout that came to its end', () => {
    const symptom = new Symptom();
    symptom.take(at(0, 'pending'));
    expect(symptom.take(at(3, 'pass'))).toBe(false);
    symptom.take(at(20, 'pending'));
    expect(symptom.take(at(25, 'pass'))).toBe(false);
  });

  it('is not that the cluster could not be asked', () => {
    const symptom = new Symptom();
    symptom.take(at(0, 'unevaluable'));
    expect(symptom.take(at(60, 'unevaluable'))).toBe(false);
  });
});
