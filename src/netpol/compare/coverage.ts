import { describeOrigin, type Origin } from '../model/policies.ts';
import type { Leg, Verdict } from '../model/flow.ts';
import type { Reach, Way } from './reach.ts';
import { originKey, ruleOrigins, type Compiled } from './side.ts';
import type { Row } from './tables.ts';

/** How a rule of the first set is carried by the second. */
export interface RuleCoverage {
  readonly rule: Origin;
  /**
   * covered: every flow that the rule decides gets the same verdict there, from a rule or a policy's default deny.
   * implicit: the same verdict, but at least once from nothing that was written.
   * uncovered: some flow that it decides gets another verdict there. idle: it decides no flow at all.
   */
  readonly state: 'covered' | 'implicit' | 'uncovered' | 'idle';
  /** What decides the same flows on the other side. */
  readonly carriedBy: readonly Origin[];
  /** A flow that is decided otherwise: `from → to`, and what decides it there. */
  readonly against: readonly string[];
  readonly verdict: Verdict | undefined;
}

export interface Coverage {
  readonly rules: readonly RuleCoverage[];
  /** Rules of the second set that decide nothing that a rule of the first decides. */
  readonly unaccounted: readonly Origin[];
}

interface Tally {
  readonly rule: Origin;
  readonly carriedBy: Map<string, Origin>;
  readonly against: Set<string>;
  verdict: Verdict | undefined;
  implicit: boolean;
}

/** Gathers, place by place, what decides on either side. */
export function createCoverage([first, second]: readonly [Compiled, Compiled], [a, b]: readonly [Reach, Reach]) {
  const tallies = new Map(
    ruleOrigins(first).map((rule): [string, Tally] => [
      originKey(rule),
      { rule, carriedBy: new Map(), against: new Set(), verdict: undefined, implicit: false },
    ]),
  );
  const accounted = new Set<string>();
  const seen = new Set<string>();

  function see(direction: Leg['direction'], x: Row, y: Row | undefined, pair: readonly [string, string]): void {
    const key = `${direction} ${x.id} ${y?.id}`;
    if (seen.has(key)) return;
    seen.add(key);
    const done = new Set<string>();
    x.decisions.forEach((decision, cell) => {
      const there = y?.decisions[cell];
      const both = `${decision} ${there}`;
      if (done.has(both)) return;
      done.add(both);
      const here = a.tables.decisions[decision]!;
      const other = there === undefined ? undefined : b.tables.decisions[there]!;
      if (!here.by) return;
      // A tier's or policy's own default decides under the policy's name; it is carried by what decides on the other side, too.
      if (other?.by && other.verdict === here.verdict) accounted.add(originKey(other.by));
      const tally = tallies.get(originKey(here.by));
      if (!tally) return;
      tally.verdict = here.verdict;
      if ((other?.verdict ?? 'allow') !== here.verdict) {
        if (tally.against.size < 3)
          tally.against.add(`${pair.join(' → ')}: ${other?.by ? describeOrigin(other.by) : (other?.why ?? 'nothing')}`);
      } else if (other?.by) tally.carriedBy.set(originKey(other.by), other.by);
      else tally.implicit = true;
    });
  }

  return {
    see(group: { readonly a: Way; readonly b: Way; readonly examples: readonly (readonly [string, string])[] }): void {
      for (const { direction, row } of group.a.places)
        see(direction, row, group.b.places.find((place) => place.direction === direction)?.row, group.examples[0]!);
    },
    result(): Coverage {
      const rules = [...tallies.values()].map(({ rule, carriedBy, against, verdict, implicit }): RuleCoverage => {
        const decided = verdict !== undefined;
        const state = !decided ? 'idle' : against.size > 0 ? 'uncovered' : implicit ? 'implicit' : 'covered';
        return { rule, state, carriedBy: [...carriedBy.values()], against: [...against], verdict };
      });
      return { rules, unaccounted: ruleOrigins(second).filter((rule) => !accounted.has(originKey(rule))) };
    },
  };
}
