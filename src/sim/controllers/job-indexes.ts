import type { Job, Pod } from '../../kube/types.ts';

export const indexKey = 'batch.kubernetes.io/job-completion-index';

export const isIndexed = (job: Job): boolean => job.spec?.completionMode === 'Indexed';

/** The completion index of a pod; undefined where it has none that the Job asks for. */
export function indexOf(job: Job, pod: Pod): number | undefined {
  const index = Number(pod.metadata.annotations?.[indexKey] ?? NaN);
  return Number.isInteger(index) && index >= 0 && index < (job.spec?.completions ?? 0) ? index : undefined;
}

export const indexesOf = (job: Job, pods: readonly Pod[]): Set<number> =>
  new Set(pods.map((pod) => indexOf(job, pod)).filter((index) => index !== undefined));

/** Undoes `indexText`, as far as the completions go. */
export function parseIndexes(text: string | undefined, completions: number): Set<number> {
  const found = new Set<number>();
  for (const part of text ? text.split(',') : []) {
    const [first, last = first] = part.split('-').map(Number);
    for (let index = first!; index <= Math.min(last!, completions - 1); index++) found.add(index);
  }
  return found;
}

/** `0,1,4-9`: two neighbours are listed, more are a range. */
export function indexText(indexes: Iterable<number>): string {
  const ranges: [number, number][] = [];
  for (const index of [...indexes].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && last[1] === index - 1) last[1] = index;
    else ranges.push([index, index]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : to === from + 1 ? `${from},${to}` : `${from}-${to}`)).join(',');
}
