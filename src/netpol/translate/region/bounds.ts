/**
 * What is certainly meant, and what is possibly meant, where Cilium's terms cannot say it exactly. Allows are translated by the
 * lower bound and denials by the upper one, so that an inexact translation errs closed.
 */
export interface Bounds<T> {
  readonly lower: T;
  readonly upper: T;
}

export const exactly = <T>(value: T): Bounds<T> => ({ lower: value, upper: value });

/** Why a rule's translation is not exact. */
export interface Note {
  /** How it is approximated, or why it cannot be expressed. */
  readonly why: string;
  /** Which flows differ, and in which direction. */
  readonly differs: string;
  readonly fix: string;
  /** Nothing of the rule can be said. */
  readonly inexpressible?: boolean;
}
