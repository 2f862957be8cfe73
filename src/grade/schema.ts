import { z } from 'zod';
import { celProblem } from './cel.ts';
import { durationPattern } from './duration.ts';

/*
 * The check language. A check has an id, a title and exactly one assertion. Conditions are either partial
 * objects (`match`) or CEL (`cel`); what is not said is not asked for.
 */

const Cel = z
  .string()
  .min(1)
  .superRefine((expression, context) => {
    const problem = celProblem(expression);
    if (problem) context.addIssue({ code: 'custom', message: `not a CEL expression: ${problem}` });
  });

const Pattern = z.string().superRefine((pattern, context) => {
  try {
    RegExp(pattern, 'm');
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
  }
});

/** `500ms`, `10s`, `1m30s`, `2h`. */
export const Duration = z.string().regex(durationPattern, 'a duration, such as 500ms, 10s or 1m30s');

const Selection = z.enum(['every', 'any']).describe('Whether every selected one must satisfy, or one is enough. Default: every.');

const query = {
  apiVersion: z.string().min(1).describe('As in a manifest: v1, apps/v1, cilium.io/v2.'),
  kind: z.string().min(1),
  namespace: z.string().optional().describe('Left out: cluster-scoped, or all namespaces.'),
  name: z.string().min(1).optional(),
  labelSelector: z.string().min(1).optional().describe('As after kubectl -l.'),
  fieldSelector: z.string().min(1).optional(),
};

const Match = z
  .record(z.string(), z.unknown())
  .describe(
    'A partial object: every field named here must be there with this value; a list must contain an element for each one named. ' +
      'Instead of a value: {$cel: "value >= 2"}, {$matches: "^10\\\\.245\\\\."} or {$absent: true}.',
  );

const condition = {
  match: Match.optional(),
  cel: Cel.optional().describe('True when satisfied. `object` is the object; `cluster` the name of the cluster.'),
};

const ObjectAssertion = z
  .strictObject({
    ...query,
    ...condition,
    which: Selection.optional(),
    ready: z
      .boolean()
      .optional()
      .describe(
        'The object must be ready: rolled out, condition Ready or Available, as its kind has it. While it is on its way the check is pending.',
      ),
  })
  .describe('An object exists (or: those selected, at least one) and satisfies match, cel and ready.');

const AbsentAssertion = z.strictObject({ ...query, ...condition }).describe('No such object exists, or none that satisfies match and cel.');

const CountAssertion = z
  .strictObject({
    of: z.strictObject(query),
    where: z.strictObject(condition).optional().describe('Only those that satisfy it are counted.'),
    equals: z.int().min(0).optional(),
    min: z.int().min(0).optional(),
    max: z.int().min(0).optional(),
  })
  .refine((c) => c.equals !== undefined || c.min !== undefined || c.max !== undefined, 'one of equals, min, max')
  .describe('How many objects there are.');

const PodSelector = z
  .strictObject({
    namespace: z.string().min(1),
    name: z.string().min(1).optional(),
    labelSelector: z.string().min(1).optional(),
    fieldSelector: z.string().min(1).optional().describe('Narrows labelSelector, as spec.nodeName=….'),
    container: z.string().min(1).optional(),
    which: Selection.optional(),
  })
  .refine((s) => (s.name === undefined) !== (s.labelSelector === undefined), 'exactly one of name, labelSelector');

const NodeSelector = z
  .strictObject({
    name: z.string().min(1).optional(),
    labelSelector: z.string().min(1).optional(),
    which: Selection.optional(),
  })
  .refine((s) => s.name === undefined || s.labelSelector === undefined, 'name or labelSelector, not both')
  .describe('Neither name nor labelSelector: all nodes.');

const Command = z.array(z.string()).min(1).describe('Program and arguments; no shell.');

const TextCondition = z.strictObject({
  equals: z.string().optional().describe('Without the space at both ends.'),
  contains: z.string().optional(),
  lacks: z.string().optional(),
  matches: Pattern.optional().describe('A regular expression; ^ and $ stand for the ends of a line.'),
  cel: Cel.optional().describe('`text`, `lines` (of the text, no empty ones), `json` (the text parsed, or null).'),
});

const output = {
  command: Command,
  exitCode: z.int().optional().describe('Default: 0.'),
  stdout: TextCondition.optional(),
  stderr: TextCondition.optional(),
  timeout: Duration.optional().describe('Default: 5s.'),
};

const ConnectAssertion = z
  .strictObject({
    from: PodSelector,
    to: z.string().min(1).describe('A URL, or host:port for plain TCP. Asked by curl (or wget) in the pod.'),
    expect: z
      .enum(['connected', 'refused', 'timeout', 'unresolved', 'failed'])
      .optional()
      .describe('Default: connected. failed: any of the other three.'),
    status: z.int().min(100).max(599).optional().describe('HTTP status that the answer must have.'),
    timeout: Duration.optional().describe('Default: 2s.'),
  })
  .describe('A pod reaches an endpoint, or does not.');

const ExecAssertion = z.strictObject({ in: PodSelector, ...output }).describe('What a command in a pod prints.');

const NodeAssertion = z.strictObject({ on: NodeSelector, ...output }).describe('What a command on a node prints.');

const FileAssertion = z
  .strictObject({
    on: NodeSelector,
    path: z.string().startsWith('/'),
    exists: z.boolean().optional().describe('Default: true.'),
    content: TextCondition.optional(),
  })
  .refine((f) => f.exists !== false || f.content === undefined, 'content of a file that must not exist')
  .describe('A file on a node.');

const TrafficAssertion = z
  .strictObject({
    namespace: z.string().min(1),
    labelSelector: z.string().min(1).describe('The probe pods, by the label of their workload.'),
    to: z.string().optional().describe('Only this target of theirs. Default: all.'),
    expect: z
      .enum(['always', 'never'])
      .optional()
      .describe('`always` (default): every request is answered; `never`: none may be, as from a client that policies shut out.'),
    maxLost: z.int().min(0).optional().describe('How many requests each client may lose to each target. Default: 0.'),
    since: z
      .union([z.literal('step'), Duration])
      .optional()
      .describe('`step` (default): since the step began; or the last so many seconds.'),
    window: Duration.optional().describe('How long it must have been watched without a change before it passes. Default: 3s.'),
    graceAfterRestart: Duration.optional().describe(
      'Losses of a client within this time after its own container was restarted (as with its node) are not counted.',
    ),
  })
  .refine(
    (t) => t.expect !== 'never' || (t.maxLost ?? t.graceAfterRestart) === undefined,
    'maxLost and graceAfterRestart speak of losses: not with expect: never',
  )
  .describe('Over time: what the demo clients lost, or must not reach.');

export const Hint = z.strictObject({
  when: Cel.optional().describe(
    'Over what was observed: `object`, `items`, `path`, `stdout`, `stderr`, `exitCode`, `outcome`, `count`, `lost`, `clients`, `status`. Left out: whenever the check fails.',
  ),
  text: z.string().min(1),
});

const plain = {
  object: ObjectAssertion.optional(),
  absent: AbsentAssertion.optional(),
  count: CountAssertion.optional(),
  connect: ConnectAssertion.optional(),
  exec: ExecAssertion.optional(),
  node: NodeAssertion.optional(),
  file: FileAssertion.optional(),
  traffic: TrafficAssertion.optional(),
  steady: Duration.optional().describe('The assertion must have held for this long, without a break.'),
  hints: z.array(Hint).optional().describe('The first one that applies is shown beside a failure.'),
};

/** An assertion, as a check holds it and as combinators nest it. */
export interface Assertion extends z.infer<z.ZodObject<typeof plain>> {
  all?: Branch[] | undefined;
  any?: Branch[] | undefined;
  not?: Branch | undefined;
}

/** A part of a combinator: an assertion with a description of its own. */
export interface Branch extends Assertion {
  description?: string | undefined;
}

const branch = z.lazy(() => Branch);
const assertions = {
  ...plain,
  all: z.array(branch).min(1).optional().describe('Each must hold.'),
  any: z.array(branch).min(1).optional().describe('One is enough: ways round where there are several.'),
  not: branch.optional().describe('Must not hold.'),
};

export const assertionNames = ['object', 'absent', 'count', 'connect', 'exec', 'node', 'file', 'traffic', 'all', 'any', 'not'] as const;
export type AssertionName = (typeof assertionNames)[number];

const namedIn = (value: object): AssertionName[] => assertionNames.filter((name) => name in value);

const oneAssertion = (value: object, context: z.RefinementCtx) => {
  const found = namedIn(value);
  if (found.length !== 1) {
    const seen = found.length === 0 ? 'none' : found.join(' and ');
    context.addIssue({ code: 'custom', message: `exactly one of ${assertionNames.join(', ')}; found ${seen}` });
  }
};

const Branch: z.ZodType<Branch> = z.strictObject({ description: z.string().min(1).optional(), ...assertions }).superRefine(oneAssertion);

export const Check = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'lower case letters, digits and dashes'),
    title: z.string().min(1).describe('One line, as a state of the world: "worker is cordoned".'),
    holds: z.boolean().optional().describe('An invariant: it holds before the step is solved, too.'),
    ...assertions,
  })
  .superRefine(oneAssertion);

export type Check = z.infer<typeof Check>;
export type Hint = z.infer<typeof Hint>;
export type TextCondition = z.infer<typeof TextCondition>;
export type PodSelector = z.infer<typeof PodSelector>;
export type NodeSelector = z.infer<typeof NodeSelector>;
/** What an assertion of this name holds. */
export type Of<Name extends AssertionName> = NonNullable<Assertion[Name]>;

/** The one assertion of a check; the schema made sure that there is one. */
export const assertionOf = (assertion: Assertion): AssertionName => namedIn(assertion)[0]!;
