import type { Direction } from '../../model/flow.ts';
import { allAddresses, coversAddresses } from '../region/addresses.ts';
import { carve, meetBox, TooManyBoxes, type Box } from '../region/box.ts';
import { everything } from '../region/service.ts';
import { addressesIn, type Setting } from '../region/setting.ts';
import { ByNamespace } from './by-namespace.ts';
import type { Term } from './flatten.ts';
import type { SourceRule } from './source.ts';

/** Whether a box can be said in a deny section without denying more. */
function sayable({ peer, service }: Box, direction: Direction, setting: Setting): boolean {
  if (service.other && !everything(service)) return false;
  if (peer.kind === 'any') return false;
  if (peer.kind === 'nodes') return peer.workers ? peer.controlPlane : direction === 'egress';
  if (peer.kind !== 'world' || direction === 'egress') return true;
  // Who comes through a node port has no address that a CIDR rule could deny: there, taking it out of the allows errs closed.
  const nodePorts = !setting.known || setting.cluster.services.some((s) => s.ports.some((port) => port.nodePort !== undefined));
  return !nodePorts || coversAddresses(peer.addresses, addressesIn(setting)) || coversAddresses(peer.addresses, allAddresses);
}

/** Whether something of a term lies within a box. */
function touches(term: Term, box: Box): boolean {
  const both = meetBox(term.box, box);
  if (!both) return false;
  try {
    const holes = term.holes.map((hole) => hole.box);
    return carve(both, holes).length > 0;
  } catch (error) {
    if (!(error instanceof TooManyBoxes)) throw error;
    return true;
  }
}

/**
 * The Deny rules that may stay denials: any deny beats any allow in Cilium, so only those that meet nothing that is allowed
 * before them or beside them. The others become holes in the later allows. A Deny that takes nothing from any allow is neither:
 * the default deny holds it.
 */
export function realDenials(terms: readonly Term[], direction: Direction, setting: Setting): Set<SourceRule> {
  const index = new ByNamespace<Term>();
  for (const term of terms) index.add(term.box, term);
  const needed = new Set<SourceRule>();
  for (const { holes } of terms) for (const { rule } of holes) if (rule?.rule.action === 'Deny') needed.add(rule);
  return new Set(
    [...needed].filter((rule) =>
      rule.region.upper.every(
        (box) =>
          sayable(box, direction, setting) &&
          [...index.near(box)].every((term) => term.holes.some((hole) => hole.rule === rule && hole.box === box) || !touches(term, box)),
      ),
    ),
  );
}
