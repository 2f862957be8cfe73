import { disjointAddresses, meetAddresses, noneOf, sameAddresses, withoutAddresses, type Addresses } from './addresses.ts';
import { labelsOverlap, meetLabels, withoutLabels, type Labelled } from './labels.ts';
import { meetService, noneSpoken, servicesOverlap, withoutService, type Service } from './service.ts';

/**
 * The other end of a connection, by the kinds that Cilium tells apart. The pod's own node is none of them on the way in:
 * neither engine polices it.
 */
export type Peer =
  | { readonly kind: 'pods'; readonly labels: Labelled }
  /** `groups`: the CIDR groups that are exactly these addresses. */
  | { readonly kind: 'world'; readonly addresses: Addresses; readonly groups?: readonly string[] }
  | { readonly kind: 'nodes'; readonly controlPlane: boolean; readonly workers: boolean }
  | { readonly kind: 'any' };

/** Connections of some pods with some peers by some services: a product of three sets. */
export interface Box {
  readonly subject: Labelled;
  readonly peer: Peer;
  readonly service: Service;
}

function meetPeer(a: Peer, b: Peer): Peer | undefined {
  if (a.kind === 'any') return b;
  if (b.kind === 'any') return a;
  if (a.kind === 'pods' && b.kind === 'pods') {
    const labels = meetLabels(a.labels, b.labels);
    return labels && { kind: 'pods', labels };
  }
  if (a.kind === 'nodes' && b.kind === 'nodes') {
    const both = { controlPlane: a.controlPlane && b.controlPlane, workers: a.workers && b.workers };
    return both.controlPlane || both.workers ? { kind: 'nodes', ...both } : undefined;
  }
  if (a.kind !== 'world' || b.kind !== 'world') return undefined;
  const addresses = meetAddresses(a.addresses, b.addresses);
  if (noneOf(addresses)) return undefined;
  return [a, b].find((side) => sameAddresses(side.addresses, addresses)) ?? { kind: 'world', addresses };
}

function peersOverlap(a: Peer, b: Peer): boolean {
  if (a.kind === 'any' || b.kind === 'any') return true;
  if (a.kind === 'pods') return b.kind === 'pods' && labelsOverlap(a.labels, b.labels);
  if (a.kind === 'world') return b.kind === 'world' && !disjointAddresses(a.addresses, b.addresses);
  return b.kind === 'nodes' && ((a.controlPlane && b.controlPlane) || (a.workers && b.workers));
}

/** Whether two boxes have a connection in common: meetBox's question, without its answer. */
export const boxesOverlap = (a: Box, b: Box): boolean =>
  peersOverlap(a.peer, b.peer) && labelsOverlap(a.subject, b.subject) && servicesOverlap(a.service, b.service);

function withoutPeer(a: Peer, b: Peer): Peer[] {
  if (b.kind === 'any') return [];
  if (a.kind === 'pods' && b.kind === 'pods') return withoutLabels(a.labels, b.labels).map((labels) => ({ kind: 'pods', labels }));
  if (a.kind === 'nodes' && b.kind === 'nodes') {
    const left = { controlPlane: a.controlPlane && !b.controlPlane, workers: a.workers && !b.workers };
    return left.controlPlane || left.workers ? [{ kind: 'nodes', ...left }] : [];
  }
  if (a.kind !== 'world' || b.kind !== 'world') return [a];
  const addresses = withoutAddresses(a.addresses, b.addresses);
  return noneOf(addresses) ? [] : [{ kind: 'world', addresses }];
}

export function meetBox(a: Box, b: Box): Box | undefined {
  const subject = meetLabels(a.subject, b.subject);
  const peer = subject && meetPeer(a.peer, b.peer);
  const service = peer && meetService(a.service, b.service);
  return service && !noneSpoken(service) ? { subject, peer, service } : undefined;
}

/** `a` without `b`, as boxes that do not overlap. `a` must be of one kind of peers. */
function withoutBox(a: Box, b: Box): Box[] {
  const both = boxesOverlap(a, b) ? meetBox(a, b) : undefined;
  if (!both) return [a];
  const service = withoutService(a.service, b.service);
  return [
    ...withoutLabels(a.subject, b.subject).map((subject) => ({ ...a, subject })),
    ...withoutPeer(a.peer, b.peer).map((peer) => ({ subject: both.subject, peer, service: a.service })),
    ...(noneSpoken(service) ? [] : [{ ...both, service }]),
  ];
}

/** Thrown where a region would need more boxes than anybody could read. */
export class TooManyBoxes extends Error {
  override readonly name = 'TooManyBoxes';
}

const mostBoxes = 400;

/** Whether holes leave anything of a box: the first part that none of them meets answers, without listing the others. Throws TooManyBoxes. */
export function leaves(box: Box, holes: readonly Box[]): boolean {
  const open: { readonly part: Box; readonly from: number }[] = [{ part: box, from: 0 }];
  for (let at = open.pop(), looked = 0; at; at = open.pop(), looked++) {
    if (looked > mostBoxes) throw new TooManyBoxes(`more than ${mostBoxes} parts`);
    const { part } = at;
    let next = at.from;
    while (next < holes.length && !boxesOverlap(part, holes[next]!)) next++;
    if (next === holes.length) return true;
    // The last part, which differs in what is spoken or by whom, meets the fewest of the holes that follow.
    for (const left of withoutBox(part, holes[next]!)) open.push({ part: left, from: next + 1 });
  }
  return false;
}

/** `box` without all of `holes`. Throws TooManyBoxes. */
export function carve(box: Box, holes: readonly Box[]): Box[] {
  let left = [box];
  for (const hole of holes) {
    left = left.flatMap((part) => withoutBox(part, hole));
    if (left.length > mostBoxes) throw new TooManyBoxes(`more than ${mostBoxes} parts`);
  }
  return left;
}
