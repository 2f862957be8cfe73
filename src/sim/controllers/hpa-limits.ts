import type { HorizontalPodAutoscaler } from '../../kube/types.ts';

type Behavior = NonNullable<NonNullable<HorizontalPodAutoscaler['spec']>['behavior']>;
type Rules = NonNullable<Behavior['scaleUp']>;

/** What an autoscaler remembers between its looks. */
export interface History {
  recommendations: { at: number; replicas: number }[];
  /** Changes of the size, positive for more. */
  changes: { at: number; by: number }[];
}

export interface Limited {
  replicas: number;
  /** Conditions AbleToScale and ScalingLimited. */
  able: { reason: string; message: string };
  limited: { status: 'True' | 'False'; reason: string; message: string };
}

/** downscaleStabilisationWindow */
const downWindowSeconds = 300;

const usual: { up: Rules; down: Rules } = {
  up: {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [
      { type: 'Pods', value: 4, periodSeconds: 15 },
      { type: 'Percent', value: 100, periodSeconds: 15 },
    ],
  },
  down: {
    stabilizationWindowSeconds: downWindowSeconds,
    selectPolicy: 'Max',
    policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
  },
};

const within = { reason: 'DesiredWithinRange', message: 'the desired count is within the acceptable range' };
const rate = (how: string) => `the desired replica count is ${how} faster than the maximum scale rate`;
const count = (how: string) => `the desired replica count is ${how} replica count`;

/** Holds back what is proposed: by what was proposed of late, by how fast the size may change, and by its bounds. */
export function limit(hpa: HorizontalPodAutoscaler, history: History, current: number, proposed: number, now: number): Limited {
  const { minReplicas = 1, maxReplicas, behavior } = hpa.spec;
  const up = { ...usual.up, ...behavior?.scaleUp };
  const down = { ...usual.down, ...behavior?.scaleDown };
  const stable = stabilized(
    history,
    current,
    proposed,
    now,
    up.stabilizationWindowSeconds ?? 0,
    down.stabilizationWindowSeconds ?? downWindowSeconds,
  );
  const rising = proposed >= current;
  const able =
    stable === proposed
      ? { reason: 'ReadyForNewScale', message: 'recommended size matches current size' }
      : {
          reason: rising ? 'ScaleUpStabilized' : 'ScaleDownStabilized',
          message: rising
            ? 'recent recommendations were lower than current one, applying the lowest recent recommendation'
            : 'recent recommendations were higher than current one, applying the highest recent recommendation',
        };
  const most = Math.max(current, byPolicies(up, history, current, now, 1));
  const least = Math.min(current, byPolicies(down, history, current, now, -1));
  const bound = (replicas: number, reason: string, message: string): Limited => ({
    replicas,
    able,
    limited: { status: 'True', reason, message },
  });
  if (stable > current && stable > Math.min(most, maxReplicas)) {
    return most < maxReplicas
      ? bound(most, 'ScaleUpLimit', rate('increasing'))
      : bound(maxReplicas, 'TooManyReplicas', count('more than the maximum'));
  }
  if (stable < current && stable < Math.max(least, minReplicas)) {
    return least > minReplicas
      ? bound(least, 'ScaleDownLimit', rate('decreasing'))
      : bound(minReplicas, 'TooFewReplicas', count('less than the minimum'));
  }
  return { replicas: stable, able, limited: { status: 'False', ...within } };
}

function stabilized(history: History, current: number, proposed: number, now: number, upSeconds: number, downSeconds: number): number {
  const since = (seconds: number) => history.recommendations.filter(({ at }) => at > now - seconds * 1000).map(({ replicas }) => replicas);
  const lowest = Math.min(proposed, ...since(upSeconds));
  const highest = Math.max(proposed, ...since(downSeconds));
  const longest = Math.max(upSeconds, downSeconds) * 1000;
  history.recommendations = [...history.recommendations.filter(({ at }) => at > now - longest), { at: now, replicas: proposed }];
  return Math.min(Math.max(current, lowest), highest);
}

/** The size that the policies allow: 1 upwards, -1 downwards. */
function byPolicies(
  { selectPolicy = 'Max', policies = [] }: Rules,
  { changes }: History,
  current: number,
  now: number,
  way: 1 | -1,
): number {
  if (selectPolicy === 'Disabled') return current;
  const allowed = policies.map(({ type, value, periodSeconds }) => {
    const change = changes.filter(({ at }) => at > now - periodSeconds * 1000).reduce((sum, { by }) => sum + by, 0);
    const start = current - change;
    if (type === 'Pods') return start + way * value;
    const size = start * (1 + (way * value) / 100);
    return way > 0 ? Math.ceil(size) : Math.trunc(size);
  });
  return (selectPolicy === 'Min') === way > 0 ? Math.min(...allowed) : Math.max(...allowed);
}
