import type { CommandResult } from '../cluster-view.ts';
import { parseDuration } from '../duration.ts';
import { dockerExec, kubectlExec, showText } from '../evidence.ts';
import { combine, notPassed, pass, type Context, type Finding } from '../finding.ts';
import type { Of, TextCondition } from '../schema.ts';
import { isFinding, nodeTargets, podTargets } from '../targets.ts';
import { judgeText, parseJson } from '../text.ts';

interface Expected {
  exitCode?: number | undefined;
  stdout?: TextCondition | undefined;
  stderr?: TextCondition | undefined;
}

export async function evaluateExec(assertion: Of<'exec'>, context: Context): Promise<Finding> {
  const targets = await podTargets(assertion.in, context);
  if (isFinding(targets)) return targets;
  const findings = targets.map(async (target) => {
    const result = await context.view.exec(target, assertion.command, execOptions(assertion.timeout, context));
    const command = kubectlExec(target, assertion.command);
    return judgeResult(assertion, result, `pod/${target.namespace}/${target.pod}`, command, context);
  });
  return combine(assertion.in.which ?? 'every', await Promise.all(findings));
}

export async function evaluateNode(assertion: Of<'node'>, context: Context): Promise<Finding> {
  const nodes = await nodeTargets(assertion.on, context);
  if (isFinding(nodes)) return nodes;
  const findings = nodes.map(async (node) => {
    const result = await context.view.nodeExec(node, assertion.command, execOptions(assertion.timeout, context));
    return judgeResult(assertion, result, `node/${node}`, dockerExec(node, assertion.command), context);
  });
  return combine(assertion.on.which ?? 'every', await Promise.all(findings));
}

export const execOptions = (timeout: string | undefined, context: Context, fallback = '5s') => ({
  timeoutMs: parseDuration(timeout ?? fallback),
  signal: context.signal,
});

function judgeResult(expected: Expected, result: CommandResult, object: string, command: string, context: Context): Finding {
  const facts = { ...result, text: result.stdout, json: parseJson(result.stdout), target: object };
  const code = expected.exitCode ?? 0;
  const wrong =
    result.exitCode !== code
      ? { expected: `exit code ${code}`, observed: `exit code ${result.exitCode}: ${showText(result.stderr || result.stdout)}` }
      : ((expected.stdout && judgeText(expected.stdout, result.stdout, context.variables)) ??
        (expected.stderr && judgeText(expected.stderr, result.stderr, context.variables)));
  if (!wrong) return pass(`${object} answers as expected`, facts);
  return notPassed('fail', `${object} does not answer as expected`, { object, ...wrong, command }, facts);
}
