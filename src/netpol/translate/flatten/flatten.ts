import type { Direction } from '../../model/flow.ts';
import { allAddresses } from '../region/addresses.ts';
import { boxesOverlap, leaves, meetBox, TooManyBoxes, type Box, type Peer } from '../region/box.ts';
import { labelsInside, type Labelled } from '../region/labels.ts';
import { anyService } from '../region/service.ts';
import { ByNamespace } from './by-namespace.ts';
import { isOpen, passesAll, type SourcePolicy, type SourceRule, type SourceTier } from './source.ts';

/** What an earlier decision takes out of a later one; `rule` where it is a Deny or a Pass, and not a policy's whole subject. */
export interface Hole {
  readonly box: Box;
  readonly rule?: SourceRule;
}

/** Connections that Calico allows: a box without the holes that earlier rules make. */
export interface Term {
  readonly box: Box;
  readonly holes: readonly Hole[];
  /** What allows them; undefined for the namespace's profile, after every tier has passed. */
  readonly rule?: SourceRule;
  readonly policy: SourcePolicy;
}

/** What comes as far as a tier; without a box, everything. */
interface Reach {
  readonly box?: Box;
  readonly holes: readonly Hole[];
  readonly index: ByNamespace<Hole>;
}

const reach = (holes: readonly Hole[], box?: Box): Reach => {
  const index = new ByNamespace<Hole>();
  for (const hole of holes) index.add(hole.box, hole);
  return { holes, index, ...(box && { box }) };
};

const meeting = (box: Box, holes: Iterable<Hole>): Hole[] => [...holes].filter((hole) => boxesOverlap(box, hole.box));

/** Whether a hole takes a whole box away, whoever the peer. */
const swallows = (hole: Hole, box: Box): boolean =>
  hole.box.peer.kind === 'any' && hole.box.service === anyService && labelsInside(box.subject, hole.box.subject);

/** One box of a rule as it reaches its tier: undefined where nothing is left. */
function cut(at: Reach, box: Box, prior: Iterable<Hole>): { box: Box; holes: Hole[] } | undefined {
  const mine = at.box ? meetBox(at.box, box) : box;
  if (!mine) return undefined;
  const near = [...at.index.near(mine), ...prior];
  // Most often a policy's whole subject is gone: asked first, since it spares all the rest.
  if (near.some((hole) => swallows(hole, mine))) return undefined;
  return { box: mine, holes: meeting(mine, near) };
}

/** Whether earlier rules leave anything of it: what nobody can use is not written. */
function alive({ box, holes }: Term): boolean {
  try {
    return leaves(
      box,
      holes.map((hole) => hole.box),
    );
  } catch (error) {
    if (!(error instanceof TooManyBoxes)) throw error;
    return true;
  }
}

const whole = (subject: Labelled, peer: Peer = { kind: 'any' }): Box => ({ subject, peer, service: anyService });

const kinds: readonly Peer[] = [
  { kind: 'pods', labels: new Map() },
  { kind: 'world', addresses: allAddresses },
  { kind: 'nodes', controlPlane: true, workers: true },
];

/**
 * Ordered tiers as a union of what is allowed: Cilium has no order. What an earlier Deny or Pass decides is a hole in what comes
 * later; what an earlier Allow decides needs none, since it is allowed anyway. A Pass opens the next tier for what it matches.
 */
export function flatten(tiers: readonly SourceTier[], direction: Direction): Term[] {
  const terms: Term[] = [];
  const subjects = new Map<SourcePolicy, readonly Labelled[]>();
  let open: Reach[] = [reach([])];
  for (const tier of tiers) {
    const policies = tier.policies.filter((p) => p.refused === undefined && p.policy.types[direction]);
    if (policies.length === 0) continue;
    const prior = new ByNamespace<Hole>();
    const denied: Hole[] = [];
    const passed: Reach[] = [];
    const strict = policies
      .filter((policy) => !isOpen(policy, direction))
      .flatMap((policy) => policy.subjects.upper.map((subject): Hole => ({ box: whole(subject) })));
    const withinStrict = (box: Box): Box[] => strict.flatMap((hole) => meetBox(box, hole.box) ?? []);
    for (const policy of policies) {
      subjects.set(policy, policy.subjects.lower);
      for (const rule of policy.rules) {
        if (rule.direction === direction) apply(rule);
      }
    }
    // What no policy of the tier stops by default goes on, but for what a rule denies.
    open = [...open.map((at) => reach([...at.holes, ...strict, ...denied], at.box)), ...passed];

    function apply(rule: SourceRule): void {
      const { action } = rule.rule;
      if (action === 'Allow' || action === 'Pass') {
        for (const box of rule.region.lower) {
          for (const at of open) {
            const left = cut(at, box, prior.near(box));
            if (!left) continue;
            if (action === 'Allow') terms.push({ ...left, rule, policy: rule.policy });
            else for (const part of passesAll(rule) ? withinStrict(left.box) : [left.box]) passed.push(reach(left.holes, part));
          }
        }
      }
      if (action !== 'Deny' && action !== 'Pass') return;
      for (const box of rule.region.upper) {
        prior.add(box, { box, rule });
        if (action === 'Deny') denied.push({ box, rule });
      }
    }
  }
  return [...terms, ...byProfile(subjects, open)].filter(alive);
}

/** What no tier decides is allowed by the namespace's profile: it has to be said of whom a policy selects at all. */
function byProfile(subjects: ReadonlyMap<SourcePolicy, readonly Labelled[]>, open: readonly Reach[]): Term[] {
  return [...subjects].flatMap(([policy, list]) =>
    list.flatMap((subject) =>
      open.flatMap((at) => {
        if (!cut(at, whole(subject), [])) return [];
        return kinds.flatMap((peer): Term[] => {
          const left = cut(at, whole(subject, peer), []);
          return left ? [{ ...left, policy }] : [];
        });
      }),
    ),
  );
}
