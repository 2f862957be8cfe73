import type { Origin } from '../model/policies.ts';

/** A place where a policy means something else on Cilium than it seems to. */
export interface Finding {
  /** The number of the trap in policy.md, "Where a translator goes wrong". */
  readonly trap: number;
  /** fail-open: more gets through than the text says; cuts-off: less; note: a limit worth knowing. */
  readonly effect: 'fail-open' | 'cuts-off' | 'note';
  readonly origin: Origin;
  readonly message: string;
  readonly fix: string;
}
