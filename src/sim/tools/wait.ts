import { sleep, type Clock } from '../../base/clock.ts';
import type { DaemonSet, Deployment } from '../../kube/types.ts';

/** Why a workload is not rolled out yet, as kstatus words it; undefined when it is. */
export function notReady(object: Deployment | DaemonSet): string | undefined {
  const { metadata, status } = object;
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 1)) {
    return `${object.kind} generation is ${metadata.generation}, but latest observed generation is ${status?.observedGeneration ?? 0}`;
  }
  return object.kind === 'DaemonSet' ? daemonSetNotReady(object as DaemonSet) : deploymentNotReady(object);
}

function daemonSetNotReady({ status }: DaemonSet): string | undefined {
  const desired = status?.desiredNumberScheduled ?? 0;
  const found: [string, number][] = [
    ['Current', status?.currentNumberScheduled ?? 0],
    ['Updated', status?.updatedNumberScheduled ?? 0],
    ['Available', status?.numberAvailable ?? 0],
    ['Ready', status?.numberReady ?? 0],
  ];
  const short = found.find(([, count]) => count < desired);
  return short && `${short[0]}: ${short[1]}/${desired}`;
}

function deploymentNotReady({ spec, status }: Deployment): string | undefined {
  const desired = spec?.replicas ?? 1;
  if ((status?.updatedReplicas ?? 0) < desired) return `Updated: ${status?.updatedReplicas ?? 0}/${desired}`;
  if ((status?.replicas ?? 0) > desired) return `Pending termination: ${status!.replicas! - desired}`;
  if ((status?.availableReplicas ?? 0) < desired) return `Available: ${status?.availableReplicas ?? 0}/${desired}`;
  return undefined;
}

/** Asks until there is nothing to wait for; resolves with what was still missing at the deadline, or undefined. */
export async function poll<T>(
  ask: () => T | undefined,
  options: { clock: Clock; timeoutMs: number; intervalMs?: number; signal: AbortSignal; onWait?: (missing: T) => void },
): Promise<T | undefined> {
  const deadline = options.clock.now() + options.timeoutMs;
  for (;;) {
    const missing = ask();
    if (missing === undefined || options.clock.now() >= deadline) return missing;
    options.onWait?.(missing);
    await sleep(options.clock, options.intervalMs ?? 250, options.signal);
  }
}
