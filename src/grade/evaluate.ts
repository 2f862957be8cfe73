import { evaluateAbsent, evaluateCount } from './assertions/collection.ts';
import { evaluateAll, evaluateAny, evaluateNot } from './assertions/combinators.ts';
import { evaluateConnect } from './assertions/connect.ts';
import { evaluateExec, evaluateNode } from './assertions/exec.ts';
import { evaluateFile } from './assertions/file.ts';
import { evaluateObject } from './assertions/object.ts';
import { evaluateTraffic } from './assertions/traffic.ts';
import { evaluateCel } from './cel.ts';
import { troubleOf } from './cluster-trouble.ts';
import type { ClusterView } from './cluster-view.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { notPassed, type Context, type Finding } from './finding.ts';
import { assertionOf, type Assertion, type AssertionName, type Check } from './schema.ts';
import type { Verdict } from './verdict.ts';

export interface EvaluateOptions {
  /** Cluster time, ms, when the step began. Default: now. */
  since?: number;
  signal?: AbortSignal;
  /** Names for CEL, as `cluster`. */
  variables?: Record<string, unknown>;
  /** Since when an assertion with `steady` has held; kept by whoever evaluates the check again. */
  memory?: Map<string, number>;
}

/** Judges a check against what is seen of the cluster now. Never throws: what could not be seen is `unevaluable`. */
export async function evaluate(check: Check, view: ClusterView, options: EvaluateOptions = {}): Promise<Verdict> {
  const context: Context = {
    view,
    since: options.since ?? view.now(),
    signal: options.signal,
    variables: options.variables ?? {},
    memory: options.memory ?? new Map(),
    place: check.id,
  };
  const { status, message, evidence, hint } = await find(check, context);
  return { status, message, evidence, ...(hint !== undefined && { hint }) };
}

type Evaluator = (assertion: Assertion, context: Context) => Promise<Finding>;

const evaluators: Record<AssertionName, Evaluator> = {
  object: (a, c) => evaluateObject(a.object!, c),
  absent: (a, c) => evaluateAbsent(a.absent!, c),
  count: (a, c) => evaluateCount(a.count!, c),
  connect: (a, c) => evaluateConnect(a.connect!, c),
  exec: (a, c) => evaluateExec(a.exec!, c),
  node: (a, c) => evaluateNode(a.node!, c),
  file: (a, c) => evaluateFile(a.file!, c),
  traffic: (a, c) => evaluateTraffic(a.traffic!, c),
  all: (a, c) => evaluateAll(a.all!, c, find),
  any: (a, c) => evaluateAny(a.any!, c, find),
  not: (a, c) => evaluateNot(a.not!, c, find),
};

async function find(assertion: Assertion, context: Context): Promise<Finding> {
  const finding = held(assertion, await look(assertion, context), context);
  const hint = chooseHint(assertion, finding, context) ?? finding.hint;
  return hint === undefined ? finding : { ...finding, hint };
}

async function look(assertion: Assertion, context: Context): Promise<Finding> {
  try {
    return await evaluators[assertionOf(assertion)](assertion, context);
  } catch (error) {
    const trouble = troubleOf(error, context.signal);
    return notPassed('unevaluable', `could not be checked: ${trouble}`, { expected: 'an answer from the cluster', observed: trouble });
  }
}

/** `steady`: a pass counts only after it has held for so long. */
function held(assertion: Assertion, finding: Finding, { memory, place, view }: Context): Finding {
  if (assertion.steady === undefined) return finding;
  if (finding.status !== 'pass') {
    memory.delete(place);
    return finding;
  }
  const now = view.now();
  const since = memory.get(place) ?? now;
  memory.set(place, since);
  const asked = parseDuration(assertion.steady);
  if (now - since >= asked) return finding;
  const seen = `held for ${formatDuration(now - since)} of ${formatDuration(asked)}`;
  return notPassed(
    'pending',
    `${finding.message}; ${seen}`,
    { expected: `steady for ${formatDuration(asked)}`, observed: seen },
    finding.facts,
  );
}

/** A fallback without `when` speaks only to a failure; one with `when` also to what is on its way. */
function chooseHint(assertion: Assertion, finding: Finding, context: Context): string | undefined {
  if (finding.status !== 'fail' && finding.status !== 'pending') return undefined;
  const evidence = finding.evidence[0];
  const names = {
    ...context.variables,
    observed: evidence?.observed ?? '',
    path: evidence?.path ?? '',
    status: finding.status,
    ...finding.facts,
  };
  return assertion.hints?.find(({ when }) => {
    if (when === undefined) return finding.status === 'fail';
    const result = evaluateCel(when, names);
    return 'value' in result && result.value === true;
  })?.text;
}
