import type { KubeJson } from '../cluster-view.ts';
import { kubectlGet, objectName } from '../evidence.ts';
import { notPassed, pass, type Context, type Finding } from '../finding.ts';
import { readiness } from '../readiness.ts';
import type { Of } from '../schema.ts';
import { seenBy, select, unsatisfied } from './object.ts';

export async function evaluateAbsent(assertion: Of<'absent'>, context: Context): Promise<Finding> {
  const found = (await select(assertion, context)).filter((item) => unsatisfied(assertion, item, context) === undefined);
  const facts = { items: found, object: found[0] ?? null };
  if (found.length === 0) return pass(`no ${assertion.kind} is left`, facts);
  const deleting = found.every((item) => item.metadata?.deletionTimestamp !== undefined);
  const name = objectName(assertion.kind, found[0]!);
  const seen = assertion.cel === undefined ? '' : seenBy(assertion.cel, found[0]!, context);
  const rest = found.length > 1 ? ` and ${found.length - 1} more` : '';
  return notPassed(
    deleting ? 'pending' : 'fail',
    deleting ? `${name}${rest}: being deleted` : `${name}${rest}: still there`,
    {
      object: name,
      expected: 'absent',
      observed: deleting ? `being deleted since ${found[0]!.metadata?.deletionTimestamp}` : seen === '' ? 'present' : `present: ${seen}`,
      command: kubectlGet(
        { ...assertion, namespace: found[0]!.metadata?.namespace },
        found.length === 1 ? found[0]!.metadata?.name : assertion.name,
      ),
    },
    facts,
  );
}

export async function evaluateCount(assertion: Of<'count'>, context: Context): Promise<Finding> {
  const all = await select(assertion.of, context);
  const misses: KubeJson[] = [];
  const items = all.filter((item) => {
    const fits = unsatisfied(assertion.where ?? {}, item, context) === undefined;
    if (!fits) misses.push(item);
    return fits;
  });
  const least = assertion.equals ?? assertion.min ?? 0;
  const most = assertion.equals ?? assertion.max ?? Infinity;
  const facts = { items, count: items.length, object: misses[0] ?? items[0] ?? null };
  const { kind } = assertion.of;
  if (items.length >= least && items.length <= most) return pass(`${items.length} of kind ${kind}`, facts);
  // Too few, while others are still coming up (or too many, while some are going): a matter of time.
  const moving = items.length < least ? misses : items;
  const onItsWay = moving.some((item) => readiness(kind, item).state === 'progressing');
  const expected =
    least === most ? `${least}` : most === Infinity ? `at least ${least}` : least === 0 ? `at most ${most}` : `${least} to ${most}`;
  return notPassed(
    onItsWay ? 'pending' : 'fail',
    `${items.length} of kind ${kind}, expected ${expected}`,
    {
      ...(misses[0] && items.length < least && { object: objectName(kind, misses[0]), ...missedAt(assertion, misses[0], context) }),
      expected: `${expected}${assertion.where ? ' that satisfy the condition' : ''}`,
      observed: `${items.length}${assertion.where ? ` of ${all.length}` : ''}`,
      command: kubectlGet(assertion.of),
    },
    facts,
  );
}

function missedAt(assertion: Of<'count'>, item: KubeJson, context: Context) {
  const path = unsatisfied(assertion.where ?? {}, item, context)?.path;
  return path ? { path } : {};
}
