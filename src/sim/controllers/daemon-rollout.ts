import type { DaemonSet, Pod } from '../../kube/types.ts';
import { isUpdated } from './daemon-pods.ts';
import { share } from './deployment-sizes.ts';
import { isAvailable } from './pods.ts';

interface Step {
  /** Pods to delete. */
  doomed: Pod[];
  /** Nodes that get a second, new pod first (maxSurge). */
  surge: string[];
}

/** One step of a rolling update (daemon/update.go): `pods` are those of each node that is to have one. */
export function daemonRollout(set: DaemonSet, pods: ReadonlyMap<string, readonly Pod[]>, hash: string, now: number): Step {
  const rolling = set.spec?.updateStrategy?.rollingUpdate;
  const maxSurge = share(rolling?.maxSurge, pods.size, Math.ceil);
  const unavailable = share(rolling?.maxUnavailable, pods.size, Math.ceil);
  const maxUnavailable = maxSurge === 0 && unavailable === 0 ? 1 : unavailable;
  const available = (pod: Pod) => isAvailable(pod, set.spec?.minReadySeconds ?? 0, now);
  const pairs = [...pods].map(([node, all]) => {
    const alive = all.filter((pod) => !pod.metadata.deletionTimestamp);
    return {
      node,
      old: alive.find((pod) => !isUpdated(pod, set, hash)),
      fresh: alive.find((pod) => isUpdated(pod, set, hash)),
    };
  });
  return maxSurge > 0 ? surging(pairs, maxSurge, available) : replacing(pairs, maxUnavailable, available);
}

interface Pair {
  node: string;
  old: Pod | undefined;
  fresh: Pod | undefined;
}

function replacing(pairs: readonly Pair[], maxUnavailable: number, available: (pod: Pod) => boolean): Step {
  let unavailable = 0;
  const broken: Pod[] = [];
  const candidates: Pod[] = [];
  for (const { old, fresh } of pairs) {
    if (Boolean(old) === Boolean(fresh)) unavailable++;
    else if (fresh) unavailable += available(fresh) ? 0 : 1;
    else if (available(old!)) candidates.push(old!);
    else {
      broken.push(old!);
      unavailable++;
    }
  }
  return { doomed: [...broken, ...candidates.slice(0, Math.max(0, maxUnavailable - unavailable))], surge: [] };
}

function surging(pairs: readonly Pair[], maxSurge: number, available: (pod: Pod) => boolean): Step {
  const step: Step = { doomed: [], surge: [] };
  const candidates: string[] = [];
  let surging = 0;
  for (const { node, old, fresh } of pairs) {
    if (!old) continue;
    if (!fresh) (available(old) ? candidates : step.surge).push(node);
    else if (available(fresh)) step.doomed.push(old);
    else surging++;
  }
  step.surge.push(...candidates.slice(0, Math.max(0, maxSurge - surging)));
  return step;
}
