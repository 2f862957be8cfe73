import type { SessionView, TrafficView } from '../lab/session-view.ts';

/** What a client saw in one second of cluster time. */
export type Second = 'ok' | 'lost';

/** Per client and target (`clientKey`), the last seconds in which it asked, oldest first. */
export interface TrafficHistory {
  /** The second of cluster time that the last entries are about. */
  second: number;
  clients: Record<string, { ok: number; lost: number; seconds: Second[] }>;
  /** All clients together: a second in which any of them lost is lost. */
  all: Second[];
}

export const noTraffic: TrafficHistory = { second: 0, clients: {}, all: [] };

/** A client may ask several targets. */
export const clientKey = ({ pod, target }: TrafficView): string => `${pod} ${target}`;

const KEPT = 40;

/** Compares a view with what was known: a loss marks its second, requests without loss mark it good. */
export function recordTraffic(history: TrafficHistory, view: SessionView): TrafficHistory {
  const second = Math.floor(view.clock.now / 1000);
  const same = second === history.second;
  const clients: TrafficHistory['clients'] = {};
  const outcomes: (Second | undefined)[] = [];
  for (const client of view.traffic) {
    const { ok, lost } = client;
    const key = clientKey(client);
    const before = history.clients[key];
    // A client that was recreated counts from zero again.
    const known = before && ok >= before.ok && lost >= before.lost ? before : { ok, lost, seconds: before?.seconds ?? [] };
    const seen = outcome(ok - known.ok, lost - known.lost);
    outcomes.push(seen);
    clients[key] = { ok, lost, seconds: mark(known.seconds, seen, same) };
  }
  const seen = outcomes.includes('lost') ? 'lost' : outcomes.includes('ok') ? 'ok' : undefined;
  return { second, clients, all: mark(history.all, seen, same) };
}

const outcome = (ok: number, lost: number): Second | undefined => (lost > 0 ? 'lost' : ok > 0 ? 'ok' : undefined);

function mark(seconds: Second[], seen: Second | undefined, sameSecond: boolean): Second[] {
  if (seen === undefined) return seconds;
  if (!sameSecond || seconds.length === 0) return [...seconds, seen].slice(-KEPT);
  return seen === 'lost' && seconds.at(-1) === 'ok' ? [...seconds.slice(0, -1), 'lost'] : seconds;
}
