/** Every version that kindlab pins, in one place. */
export const versions = {
  kubernetes: '1.36.3',
  /** Oldest kubectl that works against the cluster's API (facts: tried from 1.27 on). */
  kubectlOldest: '1.27',
  kubectl: '1.36.3',
  kind: '0.33.0',
} as const;
