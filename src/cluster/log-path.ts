import type { PodTarget } from './cluster.ts';

export interface LogOptions {
  /** The container before its last restart. */
  previous?: boolean;
  sinceTime?: string | undefined;
  tailLines?: number;
  signal?: AbortSignal;
}

/** The API server's path of a container's log, with timestamps. */
export function logPath({ namespace, pod, container }: PodTarget, options: LogOptions): string {
  const query = new URLSearchParams({ timestamps: 'true' });
  if (container) query.set('container', container);
  if (options.previous) query.set('previous', 'true');
  if (options.sinceTime) query.set('sinceTime', options.sinceTime);
  if (options.tailLines !== undefined) query.set('tailLines', String(options.tailLines));
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log?${query}`;
}
