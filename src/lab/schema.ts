import { z } from 'zod';
import { Check, Duration } from '../grade/schema.ts';

const Id = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'lower case letters, digits and dashes');

/** labs/<id>/lab.yaml */
export const LabFile = z.strictObject({
  id: Id.describe("The folder's name."),
  title: z.string().min(1),
  summary: z.string().min(1).describe('A sentence or two: what a learner can do afterwards.'),
  cluster: z.strictObject({
    name: Id.describe('Name of the cluster unless the person gives another; {{cluster}} in every file of the lab stands for it.'),
    cni: z.enum(['calico', 'cilium', 'netkit', 'none']),
    workers: z.int().min(0).max(1000),
    kindConfig: Id.describe('A file of kind-configs/, without its ending.'),
  }),
  manifests: z.array(z.string().min(1)).default([]).describe('Files applied when the cluster stands, relative to this one.'),
  steps: z
    .array(z.strictObject({ id: Id.describe('Name of steps/<id>.yaml, .md and .solution.mjs.'), chapter: z.string().min(1).optional() }))
    .min(1)
    .refine((steps) => new Set(steps.map((s) => s.id)).size === steps.length, 'ids that differ from each other'),
});

const Checks = z
  .array(Check)
  .min(1)
  .refine((checks) => new Set(checks.map((c) => c.id)).size === checks.length, 'ids that differ from each other');

/** labs/<id>/steps/<step>.yaml */
export const StepFile = z.strictObject({
  title: z.string().min(1),
  timeLimit: Duration.optional().describe('How long the solution may take until its checks pass. Default: 3m.'),
  fault: Id.optional().describe('A file of faults/: injected when the step begins; to cure it is the step.'),
  hints: z.array(z.string().min(1)).min(1).describe('From a nudge to the command itself; shown one at a time.'),
  checks: Checks,
});

/** labs/<id>/faults/<fault>.yaml */
export const FaultFile = z.strictObject({
  title: z.string().min(1).describe('The cause, for an instructor.'),
  symptom: z.string().min(1).describe('What a user of the cluster notices; tells nothing of the cause.'),
  source: z.string().min(1).describe('Where it happened to somebody: an issue, a document, a measurement.'),
  during: z.array(Id).min(1).describe('Steps at which it can be injected.'),
  timeLimit: Duration.optional().describe('How long the symptom, and the cure, may take to show. Default: 2m.'),
  checks: Checks.describe('What holds without the fault: fails once it is injected, passes when it is cured.'),
});

export type LabFile = z.infer<typeof LabFile>;
export type StepFile = z.infer<typeof StepFile>;
export type FaultFile = z.infer<typeof FaultFile>;
