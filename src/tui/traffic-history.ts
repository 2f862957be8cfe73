import type { SessionView, TrafficView } from '../lab/session-view.ts';

/** What a client saw in one second of cluster time; silent: it did not run. */
export type Second = 'ok' | 'lost' | 'silent';

/** The last seconds of each client and target, oldest first. */
export interface TrafficHistory {
  /** The second of cluster time that the last entries are about. */
  second: number;
  clients: Record<string, { lost: number; seconds: Second[] }>;
  /** All clients together: a second in which any of them lost is lost, else good if any was. */
  all: Second[];
}

export const noTraffic: TrafficHistory = { second: 0, clients: {}, all: [] };

/** A client may ask several targets. */
export const clientKey = ({ pod, target }: TrafficView): string => `${pod} ${target}`;

const KEPT = 40;

/**
 * Compares a view with what was known. Clients report a loss at once and successes every half minute only, so a second
 * without news was as the one before it: good, still losing, or still silent.
 */
export function recordTraffic(history: TrafficHistory, view: SessionView): TrafficHistory {
  const second = Math.floor(view.clock.now / 1000);
  const passed = Math.max(0, second - history.second);
  const clients: TrafficHistory['clients'] = {};
  const outcomes: Second[] = [];
  for (const client of view.traffic) {
    const key = clientKey(client);
    const before = history.clients[key];
    // The count of a client that was recreated begins anew, and a reset brings an older one back: neither is a loss.
    const more = client.lost > (before?.lost ?? client.lost) && client.lostSinceStep > 0;
    const lost = client.state === 'lost' || more;
    const seen = lost ? 'lost' : isRunning(client, view) ? 'ok' : 'silent';
    outcomes.push(seen);
    clients[key] = { lost: client.lost, seconds: mark(before?.seconds ?? [], seen, passed) };
  }
  return { second, clients, all: outcomes.length === 0 ? [] : mark(history.all, outcome(outcomes), passed) };
}

/** A client whose pod is not ready asks nobody. */
export const isRunning = ({ pod }: TrafficView, { pods }: SessionView): boolean => pods.some(({ name, ready }) => name === pod && ready);

const outcome = (seen: readonly (Second | undefined)[]): Second => (seen.includes('lost') ? 'lost' : seen.includes('ok') ? 'ok' : 'silent');

function mark(seconds: Second[], seen: Second, passed: number): Second[] {
  const last = seconds.at(-1);
  if (last === undefined) return [seen];
  if (passed === 0) return seen === 'lost' ? [...seconds.slice(0, -1), 'lost'] : seconds;
  const between = Array.from({ length: Math.min(KEPT, passed) - 1 }, () => (seen === 'ok' && last === 'lost' ? 'ok' : last));
  return [...seconds, ...between, seen].slice(-KEPT);
}

/** Strips that end at the same second as one. */
export function together(strips: readonly (readonly Second[])[]): Second[] {
  const length = Math.max(0, ...strips.map((strip) => strip.length));
  return Array.from({ length }, (_, i) => outcome(strips.map((strip) => strip[strip.length - length + i])));
}
