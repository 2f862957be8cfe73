import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CheckReport } from '../../src/grade/verdict.ts';
import type { Attempt } from './attempts/attempt.ts';
import { afterwards } from './attempts/afterwards.ts';
import { beforehand } from './attempts/beforehand.ts';
import { firstNode } from './attempts/first-node.ts';
import { Learner, until } from './attempts/learner.ts';
import { otherNodes } from './attempts/other-nodes.ts';

/** Simulated seconds in a real one. */
const clockSpeed = 20;
/** In the order of the steps: each begins where the one before it left, or at a reset. */
const attempts: Attempt[] = [...beforehand, ...firstNode, ...otherNodes, ...afterwards];

const hasKubectl = () => {
  try {
    execFileSync('kubectl', ['version', '--client'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

describe.skipIf(!hasKubectl())('attempts at calico-to-cilium (skipped without kubectl)', () => {
  let learner: Learner;
  beforeAll(async () => void (learner = await Learner.begin('calico-to-cilium', clockSpeed)), 60_000);
  afterAll(() => learner[Symbol.asyncDispose]());

  test.each(attempts)('$step: $title', async ({ step, commands, fails }) => {
    await learner.goTo(step);
    const printed = await learner.types(commands);
    if (!fails) {
      const passed = await until(45_000, () => learner.hasPassed(step)).catch(() => false);
      const { reports } = await learner.session.check(step);
      expect(passed, `${printed}\n${described(reports)}`).toBe(true);
      return;
    }
    const reports = await learner.settled(step, 4000);
    const seen = `${printed}\n${described(reports)}`;
    expect(await learner.hasPassed(step), seen).toBe(false);
    const report = reports.find(({ id }) => id === fails.check)!;
    expect(report.verdict.status, seen).toBe('fail');
    expect(described([report]), printed).toMatch(fails.because);
  });
});

/** What a learner is shown of them. */
const described = (reports: readonly CheckReport[]): string =>
  reports
    .filter(({ verdict }) => verdict.status !== 'pass')
    .map(({ id, verdict: { status, message, evidence, hint } }) => {
      const lines = evidence.map((e) => `  ${e.object ?? ''} ${e.path ?? ''}: expected ${e.expected}, observed ${e.observed}`);
      return [`${id} ${status}: ${message}`, ...lines, ...(hint ? [`  → ${hint}`] : [])].join('\n');
    })
    .join('\n');
