import type { ContainerState } from '../records.ts';

/** kubelet.go: the first back-off of a container that crashes, MaxContainerBackOff, and the run after which a crash counts as the first again. */
const firstMs = 10_000;
const maxMs = 300_000;
const forgetAfterMs = 600_000;

/**
 * As doBackOff of kuberuntime_manager.go: the first restart comes at once, later ones after 10 s, 20 s … 5 min.
 * `previous` is the back-off that the container had when it ended at `finishedAt`.
 */
export function nextBackOff(
  previous: ContainerState['backOff'],
  finishedAt: number,
): { backOff: NonNullable<ContainerState['backOff']>; waitedMs: number } {
  const waitedMs = previous && finishedAt - previous.since <= forgetAfterMs ? previous.ms : 0;
  const ms = waitedMs ? Math.min(maxMs, waitedMs * 2) : firstMs;
  return { backOff: { ms, since: finishedAt, until: finishedAt + waitedMs }, waitedMs };
}

/** From a failed pull to the next: 10 s, doubled up to 5 min. */
export const nextPullBackOff = (lastMs: number): number => (lastMs === 0 ? firstMs : Math.min(maxMs, lastMs * 2));

/** As Go prints a duration: 10s, 1m20s, 5m0s. */
export const goDuration = (ms: number): string => (ms < 60_000 ? `${ms / 1000}s` : `${Math.floor(ms / 60_000)}m${(ms % 60_000) / 1000}s`);
