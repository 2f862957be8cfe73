import { systemClock } from '../base/clock.ts';
import type { Emitter } from '../base/events.ts';
import { KindlabError } from '../base/errors.ts';
import type { Step } from './loader.ts';

/** Resolves when `passed` tells of the step. Throws KindlabError `step-not-passed` after its time limit, or the signal's reason. */
export async function untilPassed(
  step: Step,
  { passed, signal, seen }: { passed: Emitter<string>; signal: AbortSignal; seen: () => string },
): Promise<void> {
  const late = new AbortController();
  const cancel = systemClock.after(step.timeLimitMs, () =>
    late.abort(
      new KindlabError({
        code: 'step-not-passed',
        message: `the solution of ${step.id} ran, but its checks do not pass: ${seen()}`,
        fix: `kindlab check ${step.id}`,
        exitCode: 1,
      }),
    ),
  );
  const over = AbortSignal.any([signal, late.signal]);
  let forget = () => {};
  try {
    await new Promise<void>((resolve, reject) => {
      over.addEventListener('abort', () => reject(over.reason), { once: true });
      forget = passed.on((id) => id === step.id && resolve());
    });
  } finally {
    forget();
    cancel();
  }
}
