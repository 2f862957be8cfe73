import { z } from 'zod';

/** progress.json: what a person has done; all of it is about steps by their id. */
export const Progress = z.object({
  version: z.literal(1),
  /** A passed step stays passed until it is reset. Cluster time, ms. */
  passed: z.record(z.string(), z.object({ at: z.number() })),
  /** When a step was begun: cluster time, ms. */
  started: z.record(z.string(), z.number()),
  /** How many hints were asked for. */
  hints: z.record(z.string(), z.int().min(0)),
  /** Steps whose solution was run for the person. */
  solved: z.array(z.string()),
  /** Faults that were injected, by id: when, and when their cure was seen. Cluster time, ms. */
  faults: z.record(z.string(), z.object({ at: z.number(), curedAt: z.number().optional() })),
  /** A reset to this step was begun; a process that finds it ends what another could not. */
  resetting: z.string().optional(),
});
export type Progress = z.infer<typeof Progress>;

export const noProgress: Progress = { version: 1, passed: {}, started: {}, hints: {}, solved: [], faults: {} };

/** Id of the first step that has not passed; undefined when all have. */
export const currentStep = (progress: Progress, steps: readonly string[]): string | undefined => steps.find((id) => !progress.passed[id]);

/** The progress without the mark of a reset under way. */
export function notResetting(progress: Progress): Progress {
  const { resetting: _ended, ...rest } = progress;
  return rest;
}

/** Progress as it was before `step` was begun; hints that were read stay read. */
export function progressBefore(progress: Progress, step: string, steps: readonly string[]): Progress {
  const gone = new Set(steps.slice(steps.indexOf(step)));
  const keep = <V>(record: Record<string, V>) => Object.fromEntries(Object.entries(record).filter(([id]) => !gone.has(id)));
  const rest = notResetting(progress);
  const begun = progress.started[step] ?? Infinity;
  return {
    ...rest,
    passed: keep(progress.passed),
    started: keep(progress.started),
    solved: progress.solved.filter((id) => !gone.has(id)),
    faults: Object.fromEntries(
      Object.entries(progress.faults)
        .filter(([, { at }]) => at <= begun)
        .map(([id, { at, curedAt }]) => [id, { at, ...(curedAt !== undefined && curedAt <= begun && { curedAt }) }]),
    ),
  };
}

/** Name of the checkpoint that was taken when the step began. */
export const checkpointOf = (step: string): string => `before-${step}`;

/** Whether it tells of steps that the cluster, by the checkpoints it keeps, has never seen: it was made anew since. */
export const outlivesCluster = ({ started }: Progress, checkpoints: readonly string[]): boolean =>
  Object.keys(started).length > 0 && !Object.keys(started).some((step) => checkpoints.includes(checkpointOf(step)));
