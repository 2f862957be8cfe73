import type { Direction } from '../../model/flow.ts';
import { addressesOf, disjointAddresses, withoutAddresses } from '../region/addresses.ts';
import type { Setting } from '../region/setting.ts';
import { namedPortsOnly } from '../region/services.ts';
import type { Term } from './flatten.ts';
import type { SourcePolicy, SourceRule } from './source.ts';

/** Whether Cilium means the same by a rule of a NetworkPolicy as Calico does. */
function meansTheSame(setting: Setting, { rule, direction, region, notes }: SourceRule): boolean {
  const peer = direction === 'ingress' ? rule.source : rule.destination;
  // Blocks never match pods and nodes on Cilium: where they hold some, the text would mislead.
  if (peer.nets) {
    const meant = withoutAddresses(addressesOf(peer.nets), addressesOf(peer.notNets ?? []));
    if (region.upper.some((box) => box.peer.kind !== 'world') || !disjointAddresses(meant, setting.managed)) return false;
  }
  // Named ports are right for each pod on the way in (trap 4).
  return notes.every((note) => direction === 'ingress' && note.why.startsWith(namedPortsOnly));
}

/**
 * A NetworkPolicy stays as it is where both engines mean the same by it and nothing of Calico's stands before it, but for
 * denials, which beat it in Cilium, too.
 */
export function isKept(
  setting: Setting,
  source: SourcePolicy,
  flattened: Readonly<Record<Direction, { readonly terms: readonly Term[]; readonly denials: ReadonlySet<SourceRule> }>>,
): boolean {
  if (!source.kubernetes || source.refused !== undefined || source.notes.length > 0 || source.tier.defaultAction !== 'Deny') return false;
  return source.rules.every((rule) => {
    if (!source.policy.types[rule.direction]) return true;
    const { terms, denials } = flattened[rule.direction];
    const mine = terms.filter((term) => term.rule === rule);
    const whole = (term: Term) => term.holes.every((hole) => hole.rule !== undefined && denials.has(hole.rule));
    return meansTheSame(setting, rule) && rule.region.lower.every((box) => mine.some((term) => term.box === box && whole(term)));
  });
}
