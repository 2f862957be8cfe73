import { describeOrigin, type Origin } from '../model/policies.ts';
import type { Coverage, RuleCoverage } from './coverage.ts';
import type { Provenance } from './provenance.ts';

/** A rule's coverage by semantics, with what the other set's annotations say beside it. */
export interface CarriedRule extends RuleCoverage {
  readonly declared: readonly Origin[];
}

/** Joins what is decided with what is declared: a declared target that decides nothing accounts for itself all the same. */
export function matchProvenance(
  { rules, unaccounted }: Coverage,
  provenance: readonly Provenance[],
): { rules: CarriedRule[]; unaccounted: Origin[] } {
  const bySource = new Map<string, Origin[]>();
  for (const { source, target } of provenance) bySource.set(source, [...(bySource.get(source) ?? []), target]);
  const known = new Set(rules.map(({ rule }) => describeOrigin(rule)));
  const declared = new Set(provenance.flatMap(({ source, target }) => (known.has(source) ? [describeOrigin(target)] : [])));
  return {
    rules: rules.map((rule) => ({ ...rule, declared: bySource.get(describeOrigin(rule.rule)) ?? [] })),
    unaccounted: unaccounted.filter((target) => !declared.has(describeOrigin(target))),
  };
}
