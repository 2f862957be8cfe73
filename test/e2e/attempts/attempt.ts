/** What a learner types at a step, in bash in the lab's shell. `NODE`-like names are of the cluster `mig`. */
export interface Attempt {
  step: string;
  title: string;
  /** Run with `set -e` off: a learner goes on after an error. */
  commands: string;
  /** Fails one of these checks, and its message, evidence or hint says why. Absent: the step passes. */
  fails?: { check: string; because: RegExp };
}

export const wrong = (step: string, title: string, commands: string, check: string, because: RegExp): Attempt => ({
  step,
  title,
  commands,
  fails: { check, because },
});

export const right = (step: string, title: string, commands: string): Attempt => ({ step, title, commands });
