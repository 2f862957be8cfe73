import { combine, notPassed, pass, type Context, type Finding } from '../finding.ts';
import { assertionOf, type Branch } from '../schema.ts';

/** Evaluates an assertion at a place of its own; given by evaluate.ts, so that the two files need not import each other. */
export type Evaluate = (branch: Branch, context: Context) => Promise<Finding>;

export async function evaluateAll(branches: Branch[], context: Context, evaluate: Evaluate): Promise<Finding> {
  return combine('every', await Promise.all(branches.map((branch, i) => at(branch, `all/${i}`, context, evaluate))));
}

export async function evaluateAny(branches: Branch[], context: Context, evaluate: Evaluate): Promise<Finding> {
  const findings = await Promise.all(branches.map((branch, i) => at(branch, `any/${i}`, context, evaluate)));
  const best = combine('any', findings);
  if (best.status !== 'fail' || branches.length === 1) return best;
  const ways = branches.map((branch) => branch.description ?? assertionOf(branch)).join('; or ');
  return { ...best, message: `none of ${branches.length} ways holds: ${ways}` };
}

export async function evaluateNot(branch: Branch, context: Context, evaluate: Evaluate): Promise<Finding> {
  const finding = await at(branch, 'not', context, evaluate);
  if (finding.status === 'fail') return pass(`not so: ${finding.message}`, finding.facts);
  if (finding.status !== 'pass') return finding;
  const what = branch.description ?? finding.message;
  return notPassed('fail', `${what}: must not be so`, { expected: `not: ${what}`, observed: finding.message }, finding.facts);
}

async function at(branch: Branch, place: string, context: Context, evaluate: Evaluate): Promise<Finding> {
  const finding = await evaluate(branch, { ...context, place: `${context.place}/${place}` });
  if (finding.status === 'pass' || branch.description === undefined) return finding;
  return { ...finding, message: `${branch.description}: ${finding.message}` };
}
