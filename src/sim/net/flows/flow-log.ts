import { eventCount } from './events.ts';
import type { FlowRecord } from './record.ts';

/** As Hubble's ring on each node (migration.md §5). */
export const ringCapacity = 4095;

interface NodeRing {
  records: FlowRecord[];
  counts: number[];
  /** Records before it are forgotten. */
  first: number;
  events: number;
  /** Since the ring began. */
  seen: number;
}

/** What was sent lately, by node: each ring holds as many events as Hubble's, in the exchanges that they come from. */
export class FlowLog {
  readonly #rings = new Map<string, NodeRing>();

  add(record: FlowRecord): void {
    const { client, server } = record;
    if (client.node !== undefined) this.#push(client.node, record);
    if (server.node !== undefined && server.node !== client.node) this.#push(server.node, record);
  }

  /** Oldest first. */
  of(node: string): readonly FlowRecord[] {
    const ring = this.#rings.get(node);
    return ring ? ring.records.slice(ring.first) : [];
  }

  /** How many events a node's ring holds, and has ever held. */
  counts(node: string): { events: number; seen: number } {
    const { events = 0, seen = 0 } = this.#rings.get(node) ?? {};
    return { events, seen };
  }

  #push(node: string, record: FlowRecord): void {
    const count = eventCount(record, node);
    if (count === 0) return;
    let ring = this.#rings.get(node);
    if (!ring) this.#rings.set(node, (ring = { records: [], counts: [], first: 0, events: 0, seen: 0 }));
    ring.records.push(record);
    ring.counts.push(count);
    ring.events += count;
    ring.seen += count;
    while (ring.events > ringCapacity) ring.events -= ring.counts[ring.first++]!;
    if (ring.first < 1024) return;
    ring.records.splice(0, ring.first);
    ring.counts.splice(0, ring.first);
    ring.first = 0;
  }
}
