import { dockerExec } from '../evidence.ts';
import { combine, notPassed, pass, type Context, type Finding } from '../finding.ts';
import type { Of } from '../schema.ts';
import { isFinding, nodeTargets } from '../targets.ts';
import { judgeText, parseJson } from '../text.ts';
import { execOptions } from './exec.ts';

export async function evaluateFile(assertion: Of<'file'>, context: Context): Promise<Finding> {
  const nodes = await nodeTargets(assertion.on, context);
  if (isFinding(nodes)) return nodes;
  return combine(assertion.on.which ?? 'every', await Promise.all(nodes.map((node) => judgeFile(assertion, node, context))));
}

async function judgeFile({ path, exists = true, content }: Of<'file'>, node: string, context: Context): Promise<Finding> {
  const result = await context.view.nodeExec(node, ['cat', path], execOptions(undefined, context));
  const missing = result.exitCode !== 0 && /No such file/i.test(result.stderr);
  if (result.exitCode !== 0 && !missing && !/Is a directory/i.test(result.stderr)) {
    throw new Error(`cat ${path} on ${node}: ${result.stderr.trim() || `exit code ${result.exitCode}`}`);
  }
  const facts = {
    exists: !missing,
    stdout: result.stdout,
    stderr: result.stderr,
    text: result.stdout,
    json: parseJson(result.stdout),
    target: node,
  };
  const object = `node/${node}`;
  if (missing === exists) {
    return notPassed(
      'fail',
      `${path} on ${node} is ${exists ? 'missing' : 'still there'}`,
      {
        object,
        path,
        expected: exists ? 'the file exists' : 'no such file',
        observed: exists ? 'no such file' : 'the file exists',
        command: dockerExec(node, ['ls', '-l', path]),
      },
      facts,
    );
  }
  const wrong = content && judgeText(content, result.stdout, context.variables);
  if (!wrong) return pass(`${path} on ${node} is as expected`, facts);
  return notPassed(
    'fail',
    `${path} on ${node} holds something else`,
    { object, path, ...wrong, command: dockerExec(node, ['cat', path]) },
    facts,
  );
}
