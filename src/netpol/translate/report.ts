import type { Origin } from '../model/policies.ts';
import type { Note } from './region/bounds.ts';

/** Where something of a source rule is in what was written. */
export interface Carrier {
  readonly object: { readonly kind: string; readonly namespace?: string; readonly name: string };
  /** `spec.ingress[0]`, `specs[1].egressDeny[2]`. */
  readonly path: string;
}

export type RuleOutcome = 'exact' | 'approximated' | 'not-expressible' | 'dropped';

/** What became of one source rule. */
export interface RuleReport {
  /** The rule, or the policy itself for what it denies by default. */
  readonly source: Origin;
  /** `dropped`: it decides nothing, so that nothing differs. */
  readonly outcome: RuleOutcome;
  /** How it was said. */
  readonly how: string;
  /** Why it is not exact, which flows differ, and what to do; empty for `exact` and `dropped`. */
  readonly notes: readonly Omit<Note, 'inexpressible'>[];
  readonly carriedBy: readonly Carrier[];
}

/** A manifest as it is written. */
export interface WrittenObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

export interface Translation {
  /** Ready to be applied, in a stable order. */
  readonly objects: readonly WrittenObject[];
  readonly report: readonly RuleReport[];
  /** What differs whatever the rules say: the two dataplanes' own ways, where the cluster has a use for them. */
  readonly general: readonly Omit<Note, 'inexpressible'>[];
}

export const isExact = ({ report, general }: Translation): boolean =>
  general.length === 0 && report.every(({ outcome }) => outcome === 'exact' || outcome === 'dropped');
