import type { Direction } from '../../model/flow.ts';
import { allAddresses, coversAddresses } from '../region/addresses.ts';
import { boxesOverlap, leaves, meetBox, TooManyBoxes, type Box } from '../region/box.ts';
import { everything } from '../region/service.ts';
import { addressesIn, type Setting } from '../region/setting.ts';
import { ByNamespace } from './by-namespace.ts';
import type { Term } from './flatten.ts';
import { isOpen, type SourceRule } from './source.ts';
import type { Note } from '../region/bounds.ts';

/** Whether clients may come through node ports, where they have no address that a CIDR rule could deny. */
const nodePorts = ({ known, cluster }: Setting): boolean =>
  !known || cluster.services.some((service) => service.ports.some((port) => port.nodePort !== undefined));

const byAddress = ({ peer }: Box, direction: Direction, setting: Setting): boolean =>
  direction === 'ingress' &&
  peer.kind === 'world' &&
  !coversAddresses(peer.addresses, addressesIn(setting)) &&
  !coversAddresses(peer.addresses, allAddresses);

/** Whether a box can be said in a deny section without denying more. */
function sayable(box: Box, { direction, policy }: SourceRule, setting: Setting): boolean {
  const { peer, service } = box;
  if (service.other && !everything(service)) return false;
  if (peer.kind === 'any') return false;
  if (peer.kind === 'nodes') return peer.workers ? peer.controlPlane : direction === 'egress';
  // Where allows are listed anyway, leaving the addresses out of them errs closed.
  return isOpen(policy, direction) || !byAddress(box, direction, setting) || !nodePorts(setting);
}

const throughNodePorts: Note = {
  why: 'who comes through a node port has no address on Cilium that a rule could deny',
  differs: 'FAIL-OPEN: flows of these addresses through node ports are not denied, where Calico denies them on the node of the backend',
  fix: 'close the node ports to them outside of the cluster, or have no node ports',
};

/** Whether something of a term lies within a box. */
function touches(term: Term, box: Box): boolean {
  const both = boxesOverlap(term.box, box) ? meetBox(term.box, box) : undefined;
  if (!both) return false;
  try {
    return leaves(
      both,
      term.holes.map((hole) => hole.box),
    );
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
  const taken = new Map(terms.map((term) => [term, new Set(term.holes.map((hole) => hole.box))]));
  const needed = new Set<SourceRule>();
  for (const { holes } of terms) for (const { rule } of holes) if (rule?.rule.action === 'Deny') needed.add(rule);
  const real = [...needed].filter((rule) =>
    rule.region.upper.every(
      (box) => sayable(box, rule, setting) && [...index.near(box)].every((term) => taken.get(term)!.has(box) || !touches(term, box)),
    ),
  );
  for (const rule of real) {
    if (nodePorts(setting) && rule.region.upper.some((box) => byAddress(box, direction, setting))) rule.notes.push(throughNodePorts);
  }
  return new Set(real);
}
