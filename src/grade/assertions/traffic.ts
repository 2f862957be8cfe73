import { isPreviousContainerMissing } from '../cluster-trouble.ts';
import type { KubeJson } from '../cluster-view.ts';
import { formatDuration, parseDuration } from '../duration.ts';
import { kubectlGet, shellWords } from '../evidence.ts';
import { combine, notPassed, pass, type Context, type Finding } from '../finding.ts';
import { lossesSince, parseProbeLog, type Losses } from '../probe-log.ts';
import { readiness } from '../readiness.ts';
import type { Of } from '../schema.ts';

interface Client extends Losses {
  pod: string;
}

export async function evaluateTraffic(assertion: Of<'traffic'>, context: Context): Promise<Finding> {
  const query = { apiVersion: 'v1', kind: 'Pod', namespace: assertion.namespace, labelSelector: assertion.labelSelector };
  const pods = await context.view.list(query, context.signal);
  const facts = { items: pods, lost: 0, clients: [] as Client[] };
  if (pods.length === 0) {
    const evidence = { expected: 'a client under way', observed: 'none', command: kubectlGet(query) };
    return notPassed('fail', `there is no client ${assertion.labelSelector} in ${assertion.namespace}`, evidence, facts);
  }
  const now = context.view.now();
  const since = sinceStep(assertion) ? context.since : now - parseDuration(assertion.since!);
  const perPod = await Promise.all(pods.map((pod) => judgePod(assertion, pod, since, now, context)));
  const clients = perPod.flatMap((finding) => finding.facts.clients as Client[]);
  const lost = clients.reduce((sum, client) => sum + client.lost, 0);
  return { ...combine('every', perPod), facts: { items: pods, clients, lost } };
}

async function judgePod(assertion: Of<'traffic'>, pod: KubeJson, since: number, now: number, context: Context): Promise<Finding> {
  const name = pod.metadata!.name!;
  const object = `pod/${assertion.namespace}/${name}`;
  const command = shellWords(['kubectl', '-n', assertion.namespace, 'logs', name, '--timestamps', '--tail=20']);
  const state = readiness('Pod', pod);
  const losses = lossesSince(
    parseProbeLog(await readLog(assertion.namespace, pod, since, context)),
    since,
    excusedUntil(assertion, pod, since),
  );
  const clients = losses.filter((l) => assertion.to === undefined || l.target === assertion.to).map((l) => ({ pod: name, ...l }));
  const facts = { clients };
  const most = assertion.maxLost ?? 0;
  const span = sinceStep(assertion) ? 'since the step began' : `in the last ${assertion.since}`;
  const never = assertion.expect === 'never';
  const wrong = (client: Client) => (never ? client.answered : client.lost);
  const over = clients.filter((client) => wrong(client) > most).toSorted((a, b) => wrong(b) - wrong(a));
  if (over.length > 0) {
    const evidence = await Promise.all(
      over.map(async (client) => ({
        object,
        path: client.target,
        expected: never ? `no answer ${span}` : `at most ${most} lost ${span}`,
        observed: `${never ? answered(client) : lost(client)}${await causeOf(client, assertion, since, context)}`,
        command,
      })),
    );
    const message = never ? `${name} was answered by ${over[0]!.target}` : `${name} lost ${over[0]!.lost} requests to ${over[0]!.target}`;
    const finding = notPassed('fail', message, evidence, facts);
    return sinceStep(assertion) ? { ...finding, hint: never ? answeredForGood : lostForGood } : finding;
  }
  const wait = (message: string, observed: string) =>
    notPassed('pending', `${name}: ${message}`, { object, expected: 'steady traffic', observed, command }, facts);
  if (state.state !== 'ready') return wait(state.message, state.message);
  if (clients.length === 0) return wait('has not reported yet', 'no line in its log');
  const losing = clients.find((client) => client.state === (never ? 'ok' : 'lost'));
  if (losing && never) return wait(`is answered by ${losing.target}`, 'ok');
  if (losing) return wait(`is losing requests to ${losing.target}`, losing.why || 'LOST');
  const window = parseDuration(assertion.window ?? '3s');
  const watched = now - Math.max(since, ...clients.map((client) => client.changedAt));
  if (watched < window) return wait(`watched for ${formatDuration(watched)} of ${formatDuration(window)}`, 'no loss so far');
  if (never) return pass(`${name} was answered by nobody`, facts);
  return pass(`${name} lost ${Math.max(...clients.map((client) => client.lost))}`, facts);
}

const sinceStep = ({ since }: Of<'traffic'>): boolean => since === undefined || since === 'step';
const lostForGood = 'What was lost stays lost for as long as the step lasts: `kindlab reset` takes cluster and step back to its beginning.';
const answeredForGood =
  'An answer that should never have come stays for as long as the step lasts: `kindlab reset` takes cluster and step back to its beginning.';

const lost = (client: Client): string =>
  `${client.lost} lost, the first before ${timeOfDay(client.lostAt!)}, the last before ${timeOfDay(client.lastLostAt!)}${client.why === '' ? '' : ` (${client.why})`}`;
const answered = (client: Client): string => `${client.answered} answered, the first by ${timeOfDay(client.answeredAt!)}`;

/** The moment of the first violation and what decided there, where the network remembers it. */
async function causeOf(client: Client, assertion: Of<'traffic'>, since: number, { view }: Context): Promise<string> {
  const { hostname, port, protocol } = new URL(client.target);
  const target = { host: hostname, port: Number(port) || (protocol === 'https:' ? 443 : 80) };
  const exchanges = await view.exchanges({ namespace: assertion.namespace, pod: client.pod, ...target, since });
  const first = exchanges.find((exchange) => exchange.answered === (assertion.expect === 'never'));
  return first ? `; at ${new Date(first.at).toISOString().slice(11, 23)}: ${first.why}` : '';
}

const timeOfDay = (ms: number): string => new Date(ms).toISOString().slice(11, 19);

interface ContainerStatus {
  name: string;
  restartCount?: number;
  state?: { running?: { startedAt?: string } };
  lastState?: { terminated?: { finishedAt?: string } };
}

const containers = (pod: KubeJson): ContainerStatus[] =>
  (pod.status as { containerStatuses?: ContainerStatus[] } | undefined)?.containerStatuses ?? [];

/** A client whose own container started again after the step began is excused for the grace. */
function excusedUntil({ graceAfterRestart }: Of<'traffic'>, pod: KubeJson, since: number): number {
  if (graceAfterRestart === undefined) return -Infinity;
  const starts = containers(pod)
    .filter((c) => (c.restartCount ?? 0) > 0)
    .map((c) => Date.parse(c.state?.running?.startedAt ?? ''));
  const latest = Math.max(...starts.filter((start) => start >= since), -Infinity);
  return latest + parseDuration(graceAfterRestart);
}

async function readLog(namespace: string, pod: KubeJson, since: number, { view, signal }: Context): Promise<string> {
  const target = { namespace, pod: pod.metadata!.name! };
  const options = signal ? { signal } : {};
  const restarted = containers(pod).some((c) => Date.parse(c.lastState?.terminated?.finishedAt ?? '') >= since);
  const before = restarted ? await view.logs(target, { ...options, previous: true }).catch(emptyIfMissing) : '';
  return `${before}\n${await view.logs(target, options)}`;
}

function emptyIfMissing(error: unknown): string {
  if (isPreviousContainerMissing(error)) return '';
  throw error;
}
