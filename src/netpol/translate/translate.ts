import type { Cluster } from '../model/cluster.ts';
import type { Direction } from '../model/flow.ts';
import type { PolicySet } from '../model/policies.ts';
import { PolicyDraft } from './emit/policy.ts';
import { objectOf, groupObjects, keptObject, type NamedPolicy } from './emit/objects.ts';
import { flatten, type Term } from './flatten/flatten.ts';
import { realDenials } from './flatten/denials.ts';
import { isKept } from './flatten/kept.ts';
import { guarded, isOpen, sourceTiers, type SourcePolicy, type SourceRule } from './flatten/source.ts';
import { generalNotes } from './general.ts';
import { featuresOf, type TranslateOptions } from './options.ts';
import { carve, type Box } from './region/box.ts';
import { settingOf } from './region/setting.ts';
import type { Translation } from './report.ts';
import { reportOf } from './rule-report.ts';

export type { RuleReport, Translation, WrittenObject } from './report.ts';

const directions = ['ingress', 'egress'] as const;

/** What one direction of all policies became. */
interface Flattened {
  readonly terms: readonly Term[];
  readonly denials: ReadonlySet<SourceRule>;
}

/**
 * Calico's and Kubernetes' policies as Cilium's. Exact where Cilium can say it; otherwise less is allowed than before, and the
 * report names which flows differ. Policies whose pods cannot be named at all are left out, and reported so.
 */
export function translate(policies: PolicySet, cluster: Cluster | undefined, options: TranslateOptions = {}): Translation {
  const features = featuresOf(options.ciliumVersion);
  const setting = settingOf(policies, cluster);
  const tiers = sourceTiers(setting);
  const sources = tiers.flatMap((tier) => tier.policies);
  const flattened = Object.fromEntries(
    directions.map((direction): [Direction, Flattened] => {
      const terms = flatten(tiers, direction);
      return [direction, { terms, denials: realDenials(terms, direction, setting) }];
    }),
  ) as Record<Direction, Flattened>;

  const kept = new Set(sources.filter((source) => isKept(setting, source, flattened)));
  const drafts = new Map<SourcePolicy, PolicyDraft>();
  for (const source of sources) {
    if (source.refused === undefined && !kept.has(source)) drafts.set(source, new PolicyDraft(source));
  }

  for (const direction of directions) {
    const { terms, denials } = flattened[direction];
    const common = { setting, direction, sctp: options.sctp ?? false, groups: direction === 'ingress' || features.egressGroups };
    const enforced = new Set<SourcePolicy>();
    const holding = heldByDefault(terms, denials);
    for (const [source, draft] of drafts) {
      if (!source.policy.types[direction]) continue;
      const enforce = !isOpen(source, direction) || source.rules.some((rule) => holding.has(rule));
      if (enforce) enforced.add(source);
      for (const subject of source.subjects.upper) if (enforce) draft.select(subject, direction, 'enforce');
    }
    for (const [owner, list] of byOwner(terms)) {
      const draft = drafts.get(list[0]!.policy);
      if (!draft || (owner === list[0]!.policy && !enforced.has(owner))) continue;
      const notes = owner.notes;
      const still = (term: Term) => term.holes.filter(({ rule }) => !rule || !denials.has(rule));
      const carved = (term: Term) =>
        guarded<Box[]>(notes, [], () =>
          carve(
            term.box,
            still(term).map((hole) => hole.box),
          ),
        );
      const subtracted = list.flatMap((term) => still(term).flatMap(({ rule }) => (rule ? [rule] : [])));
      const rules = [...new Set([...('rule' in owner ? [owner] : []), ...subtracted])];
      draft.add(list.flatMap(carved), { ...common, denies: false }, !enforced.has(draft.source), rules, notes);
    }
    for (const rule of denials) {
      drafts.get(rule.policy)?.add(rule.region.upper, { ...common, denies: true }, !enforced.has(rule.policy), [rule], rule.notes);
    }
  }

  const named: NamedPolicy[] = [];
  const taken = new Set<string>();
  for (const source of sources) {
    const draft = drafts.get(source);
    const object = kept.has(source) ? keptObject(source) : draft && objectOf(draft, taken);
    if (object) named.push(object);
  }
  const objects = [...groupObjects(policies, named, features), ...named.map(({ object }) => object)];
  return { objects, report: reportOf(policies, sources, kept, named), general: generalNotes(setting, sources, options) };
}

/** What each rule allows, and, by its policy, what the profile does: written together, so that peers of a kind share an entry. */
function byOwner(terms: readonly Term[]): Map<SourceRule | SourcePolicy, Term[]> {
  const found = new Map<SourceRule | SourcePolicy, Term[]>();
  for (const term of terms) {
    const owner = term.rule ?? term.policy;
    const list = found.get(owner);
    if (list) list.push(term);
    else found.set(owner, [term]);
  }
  return found;
}

/** The Deny rules that are held by being left out of allows: their policies have to deny by default. */
const heldByDefault = (terms: readonly Term[], denials: ReadonlySet<SourceRule>): Set<SourceRule> =>
  new Set(terms.flatMap((term) => term.holes.flatMap(({ rule }) => (rule?.rule.action === 'Deny' && !denials.has(rule) ? [rule] : []))));
