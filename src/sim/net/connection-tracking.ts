import type { Clock } from '../../base/clock.ts';

/** How long Linux remembers a connection that nothing is sent over (nf_conntrack_*_timeout). */
const timeoutsMs: Readonly<Record<string, number>> = { TCP: 432_000_000, UDP: 120_000, SCTP: 210_000, ICMP: 30_000 };
const maxConnections = 65_536;

/** Connections that stand, by their addresses and ports; forgotten when nothing was sent for long enough. */
export class ConnectionTracking {
  readonly #clock: Clock;
  readonly #until = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  knows(connection: string): boolean {
    const until = this.#until.get(connection);
    if (until === undefined) return false;
    if (until > this.#clock.now()) return true;
    this.#until.delete(connection);
    return false;
  }

  remember(connection: string, protocol: string): void {
    // The oldest goes, as nf_conntrack's early drop does.
    this.#until.delete(connection);
    if (this.#until.size >= maxConnections) this.#until.delete(this.#until.keys().next().value!);
    this.#until.set(connection, this.#clock.now() + (timeoutsMs[protocol] ?? 600_000));
  }
}
