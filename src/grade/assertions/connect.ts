import type { CommandResult } from '../cluster-view.ts';
import { parseDuration } from '../duration.ts';
import { kubectlExec, showText } from '../evidence.ts';
import { combine, notPassed, pass, type Context, type Finding } from '../finding.ts';
import type { Of } from '../schema.ts';
import { isFinding, podTargets, type PodTarget } from '../targets.ts';

/** How an attempt ended. `unreachable`: a router or the own stack said so. */
export type Outcome = 'connected' | 'refused' | 'timeout' | 'unresolved' | 'unreachable';

interface Attempt {
  outcome: Outcome;
  /** HTTP status of the answer, where there was one. */
  httpStatus?: number;
  command: readonly string[];
  result: CommandResult;
}

export async function evaluateConnect(assertion: Of<'connect'>, context: Context): Promise<Finding> {
  const pods = await podTargets(assertion.from, context);
  if (isFinding(pods)) return pods;
  return combine(assertion.from.which ?? 'every', await Promise.all(pods.map((pod) => judge(assertion, pod, context))));
}

async function judge(assertion: Of<'connect'>, pod: PodTarget, context: Context): Promise<Finding> {
  const attempt = await ask(assertion, pod, context);
  const { outcome, httpStatus, result, command } = attempt;
  const expected = assertion.expect ?? 'connected';
  const right = expected === 'failed' ? outcome !== 'connected' : outcome === expected;
  const statusRight = assertion.status === undefined || httpStatus === assertion.status;
  const facts = {
    outcome,
    httpStatus: httpStatus ?? null,
    stdout: result.stdout,
    stderr: result.stderr,
    exitCode: result.exitCode,
    pod: pod.pod,
  };
  if (right && statusRight) return pass(`${pod.pod} → ${assertion.to}: ${outcome}`, facts);
  const answer = httpStatus === undefined ? '' : `, HTTP ${httpStatus}`;
  const words = showText(result.stderr);
  return notPassed(
    'fail',
    `${pod.pod} → ${assertion.to}: ${outcome}${answer}`,
    {
      object: `pod/${pod.namespace}/${pod.pod}`,
      expected: assertion.status === undefined ? expected : `${expected}, HTTP ${assertion.status}`,
      observed: `${outcome}${answer}${words === 'nothing' ? '' : ` (${words})`}`,
      command: kubectlExec(pod, command),
    },
    facts,
  );
}

async function ask({ to, timeout = '2s' }: Of<'connect'>, pod: PodTarget, context: Context): Promise<Attempt> {
  const limit = parseDuration(timeout);
  const options = { timeoutMs: limit + 3000, signal: context.signal };
  const seconds = String(limit / 1000);
  const url = to.includes('://') ? to : `http://${to}`;
  const curl = ['curl', '-sS', '-m', seconds, '-o', '/dev/null', '-w', '%{http_code}', url];
  const result = await context.view.exec(pod, curl, options);
  // curl gives up by itself before: it was the exec that did not come back.
  if (result.exitCode === timedOut) throw new Error(`no answer from an exec in pod ${pod.pod} within ${options.timeoutMs / 1000} s`);
  if (!isMissing(result)) return { ...readCurl(result, to.includes('://')), command: curl, result };
  const wget = ['wget', '-q', '-O', '/dev/null', '-T', String(Math.max(1, Math.ceil(limit / 1000))), url];
  const second = await context.view.exec(pod, wget, options);
  if (isMissing(second)) throw new Error(`pod ${pod.pod} has neither curl nor wget`);
  return { ...readWget(second), command: wget, result: second };
}

/** As a backend says that its own time limit ended a command. */
const timedOut = 124;

/** 126 and 127 are the shell's and the runtime's "not there"; runc says it in words. */
const isMissing = (result: CommandResult): boolean =>
  result.exitCode === 127 || result.exitCode === 126 || /executable file not found|command not found/.test(result.stderr);

/** curl's exit codes: https://curl.se/libcurl/c/libcurl-errors.html. Without a scheme only the TCP connection counts. */
function readCurl(result: CommandResult, isUrl: boolean): Pick<Attempt, 'outcome' | 'httpStatus'> {
  const status = Number(result.stdout.trim());
  const httpStatus = status > 0 ? { httpStatus: status } : {};
  if (result.exitCode === 0) return { outcome: 'connected', ...httpStatus };
  if (result.exitCode === 6) return { outcome: 'unresolved' };
  if (result.exitCode === 7) return { outcome: /refused/i.test(result.stderr) || result.stderr.trim() === '' ? 'refused' : 'unreachable' };
  if (result.exitCode === 28) {
    if (/resolv/i.test(result.stderr)) return { outcome: 'unresolved' };
    const answered = /^.*Operation timed out/i.test(result.stderr);
    return { outcome: answered && !isUrl ? 'connected' : 'timeout' };
  }
  // Talking something else than HTTP (1, 52, 56, 8) is a connection all the same.
  if (!isUrl && [1, 8, 52, 56].includes(result.exitCode)) return { outcome: 'connected' };
  if (/reset|refused/i.test(result.stderr)) return { outcome: 'refused' };
  return { outcome: 'unreachable' };
}

function readWget(result: CommandResult): Pick<Attempt, 'outcome' | 'httpStatus'> {
  if (result.exitCode === 0) return { outcome: 'connected', httpStatus: 200 };
  const answered = /HTTP\/\d(?:\.\d)? (\d{3})/.exec(result.stderr);
  if (answered) return { outcome: 'connected', httpStatus: Number(answered[1]) };
  if (/refused/i.test(result.stderr)) return { outcome: 'refused' };
  if (/bad address|resolv/i.test(result.stderr)) return { outcome: 'unresolved' };
  if (/timed out/i.test(result.stderr)) return { outcome: 'timeout' };
  return { outcome: 'unreachable' };
}
