import { evaluateCel } from '../cel.ts';
import type { KubeJson, ObjectQuery } from '../cluster-view.ts';
import { kubectlGet, objectName, show } from '../evidence.ts';
import { combine, notPassed, pass, type Context, type Finding } from '../finding.ts';
import { firstMismatch, type Mismatch } from '../match.ts';
import { readiness } from '../readiness.ts';
import type { Of } from '../schema.ts';

export interface Condition {
  match?: Record<string, unknown> | undefined;
  cel?: string | undefined;
}

/** The object or collection that a query names. */
export async function select(query: ObjectQuery, context: Context): Promise<KubeJson[]> {
  const { name } = query;
  if (name === undefined) return context.view.list(query, context.signal);
  const object = await context.view.get({ ...query, name }, context.signal);
  return object ? [object] : [];
}

/** Where the object does not satisfy; undefined when it does. Throws where the expression itself cannot be evaluated. */
export function unsatisfied(condition: Condition, object: KubeJson, context: Context): Mismatch | undefined {
  const mismatch = condition.match && firstMismatch(condition.match, object, context.variables);
  if (mismatch || condition.cel === undefined) return mismatch;
  const names = { ...context.variables, object };
  const result = evaluateCel(condition.cel, names);
  if ('value' in result && result.value === true) return undefined;
  if ('error' in result && !/No such key|index out of bounds/i.test(result.error)) throw new Error(`${condition.cel}: ${result.error}`);
  const seen = readBy(condition.cel, names);
  return {
    path: seen[0]?.path ?? '',
    expected: condition.cel,
    observed: seen.length > 0 ? told(seen) : 'error' in result ? result.error : show(result.value),
  };
}

/** What a CEL expression saw of an object, for evidence; '' where it reads no field that is there. */
export function seenBy(expression: string, object: KubeJson, context: Context): string {
  return told(readBy(expression, { ...context.variables, object }).filter(({ value }) => value !== undefined));
}

const told = (seen: { path: string; value: unknown }[]): string => seen.map(({ path, value }) => `${path} is ${show(value)}`).join(', ');

/** The fields of `object` that an expression reads, with their values. */
function readBy(expression: string, names: Record<string, unknown>): { path: string; value: unknown }[] {
  const chains = new Set(expression.match(/(?<![\w.])object(?:\.[A-Za-z_]\w*(?!\w|\()|\[(?:"[^"]*"|'[^']*'|\d+)\])+/g));
  return [...chains].map((chain) => {
    const result = evaluateCel(chain, names);
    return { path: chain.slice('object'.length), value: 'value' in result ? result.value : undefined };
  });
}

export async function evaluateObject(assertion: Of<'object'>, context: Context): Promise<Finding> {
  const items = await select(assertion, context);
  const described = assertion.name
    ? `${assertion.kind} ${assertion.name}`
    : `${assertion.kind} ${assertion.labelSelector ?? assertion.fieldSelector ?? ''}`.trim();
  if (items.length === 0) {
    const evidence = {
      object: assertion.name ? objectName(assertion.kind, { metadata: pickName(assertion) }) : undefined,
      expected: 'it exists',
      observed: assertion.name ? 'not found' : 'none found',
      command: kubectlGet(assertion),
    };
    return notPassed('fail', `${described} does not exist`, dropUndefined(evidence), { object: null, items });
  }
  return combine(
    assertion.which ?? 'every',
    items.map((item) => judge(assertion, item, items, context)),
  );
}

function judge(assertion: Of<'object'>, object: KubeJson, items: KubeJson[], context: Context): Finding {
  const name = objectName(assertion.kind, object);
  const state = readiness(assertion.kind, object);
  const deleting = object.metadata?.deletionTimestamp !== undefined;
  const mismatch =
    unsatisfied(assertion, object, context) ??
    (assertion.ready && state.state !== 'ready' ? { path: '.status', expected: 'ready', observed: state.message } : undefined);
  if (!mismatch && !deleting) return pass(`${name} is as expected`, { object, items });
  const wrong = mismatch ?? {
    path: '.metadata.deletionTimestamp',
    expected: 'an object that stays',
    observed: show(object.metadata?.deletionTimestamp),
  };
  const onItsWay = deleting || (wrong.path.startsWith('.status') && state.state === 'progressing');
  const message = onItsWay ? `${name}: ${state.message}` : `${name}${wrong.path ? `: ${wrong.path}` : ''} is not as expected`;
  const evidence = {
    object: name,
    ...(wrong.path && { path: wrong.path }),
    expected: wrong.expected,
    observed: wrong.observed,
    command: kubectlGet({ ...assertion, namespace: object.metadata?.namespace }, object.metadata?.name),
  };
  return notPassed(onItsWay ? 'pending' : 'fail', message, evidence, { object, items, path: wrong.path });
}

const pickName = (query: ObjectQuery) => ({ name: query.name!, ...(query.namespace && { namespace: query.namespace }) });
const dropUndefined = <T extends { object: string | undefined }>({ object, ...rest }: T) =>
  object === undefined ? rest : { object, ...rest };
