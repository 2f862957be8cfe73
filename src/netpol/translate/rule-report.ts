import { describeOrigin, type CalicoPolicy, type PolicySet } from '../model/policies.ts';
import type { NamedPolicy } from './emit/objects.ts';
import type { SourcePolicy, SourceRule } from './flatten/source.ts';
import type { Note } from './region/bounds.ts';
import type { Carrier, RuleOutcome, RuleReport } from './report.ts';

/** Where everything is that was written for a rule, by the rule; for a policy's default deny, by the policy. */
function carriers(named: readonly NamedPolicy[]): Map<SourceRule | SourcePolicy, Carrier[]> {
  const found = new Map<SourceRule | SourcePolicy, Carrier[]>();
  const note = (key: SourceRule | SourcePolicy, carrier: Carrier) => {
    const list = found.get(key);
    if (list) list.push(carrier);
    else found.set(key, [carrier]);
  };
  for (const { object, written, source } of named) {
    const { name, namespace } = object.metadata;
    const at = { kind: object.kind, name, ...(namespace !== undefined && { namespace }) };
    for (const { path, rules } of written) {
      for (const rule of rules) note(rule, { object: at, path });
      if (rules.length === 0) note(source, { object: at, path });
    }
  }
  return found;
}

const unique = (notes: readonly Note[]): Note[] => [...new Map(notes.map((note) => [`${note.why} ${note.differs}`, note])).values()];

const shown = (notes: readonly Note[]) => notes.map(({ why, differs, fix }) => ({ why, differs, fix }));

const refusedNote = (reason: string): Note => ({
  why: reason,
  differs: 'FAIL-OPEN: flows of the pods that this policy selects stay as the other policies decide them',
  fix: 'select the pods by labels that Cilium knows, then translate again',
  inexpressible: true,
});

function reportRule(rules: readonly SourceRule[], kept: boolean, found: ReturnType<typeof carriers>): RuleReport {
  const [first] = rules as [SourceRule];
  const { rule, policy, direction } = first;
  const source = rule.origin;
  if (policy.refused !== undefined)
    return { source, outcome: 'not-expressible', how: 'nothing is written', notes: shown([refusedNote(policy.refused)]), carriedBy: [] };
  if (rule.action === 'Log') {
    return { source, outcome: 'dropped', how: 'Log decides nothing; Hubble shows the flows', notes: [], carriedBy: [] };
  }
  if (!policy.policy.types[direction])
    return { source, outcome: 'dropped', how: `the policy's types leave ${direction} out`, notes: [], carriedBy: [] };
  const written = rules.flatMap((each) => found.get(each) ?? []);
  const carriedBy = written.length > 0 ? unrepeated(written) : rule.action === 'Deny' ? (found.get(policy) ?? []) : [];
  const notes = kept ? [] : unique([...policy.notes, ...rules.flatMap((each) => each.notes)]);
  const nothingSaid = rule.action === 'Allow' && written.length === 0;
  if (notes.length === 0 && nothingSaid)
    return { source, outcome: 'dropped', how: 'earlier rules decide all that it matches, or nobody matches it', notes: [], carriedBy };
  const outcome: RuleOutcome =
    notes.length === 0 ? 'exact' : nothingSaid && notes.some((note) => note.inexpressible) ? 'not-expressible' : 'approximated';
  return { source, outcome, how: howOf(first, kept, carriedBy), notes: shown(notes), carriedBy };
}

function howOf({ rule }: SourceRule, kept: boolean, carriedBy: readonly Carrier[]): string {
  if (kept) return 'kept as it is';
  if (rule.action === 'Allow') return carriedBy.length === 0 ? 'nothing is written' : 'an allow';
  if (carriedBy.some(({ path }) => path.includes('Deny['))) return 'a denial';
  if (rule.action === 'Deny') return 'the default deny: later allows leave it out';
  return 'later rules of its tier leave it out, and later tiers decide';
}

const unrepeated = (list: readonly Carrier[]): Carrier[] => [
  ...new Map(list.map((carrier) => [JSON.stringify(carrier), carrier])).values(),
];

function staged(policy: CalicoPolicy): RuleReport[] {
  const rules = [...policy.ingress, ...policy.egress].map((rule) => rule.origin);
  return (rules.length > 0 ? rules : [policy.origin]).map((source) => ({
    source,
    outcome: 'dropped',
    how: 'a staged policy is never enforced',
    notes: [],
    carriedBy: [],
  }));
}

/** What became of every rule, in the order of evaluation; a policy whose direction has no rules is reported for its default deny. */
export function reportOf(
  policies: PolicySet,
  sources: readonly SourcePolicy[],
  kept: ReadonlySet<SourcePolicy>,
  named: readonly NamedPolicy[],
): RuleReport[] {
  const found = carriers(named);
  const reports = sources.flatMap((source) => {
    const byPath = new Map<string, SourceRule[]>();
    for (const rule of source.rules) {
      const key = describeOrigin(rule.rule.origin);
      byPath.set(key, [...(byPath.get(key) ?? []), rule]);
    }
    const rules = [...byPath.values()].map((list) => reportRule(list, kept.has(source), found));
    const silent = (['ingress', 'egress'] as const).some((d) => source.policy.types[d] && source.policy[d].length === 0);
    if (!silent) return rules;
    const notes = source.refused === undefined ? source.notes : [refusedNote(source.refused)];
    const outcome = source.refused === undefined ? (notes.length === 0 ? 'exact' : 'approximated') : 'not-expressible';
    const carriedBy = found.get(source) ?? [];
    const how = carriedBy.length > 0 ? 'the default deny' : 'nothing is written';
    return [...rules, { source: source.policy.origin, outcome, how, notes: shown(notes), carriedBy } as const];
  });
  return [...reports, ...policies.calico.policies.filter((policy) => policy.staged).flatMap(staged)];
}
