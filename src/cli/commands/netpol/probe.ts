import { KindlabError } from '../../../base/errors.ts';
import { run } from '../../../base/process.ts';
import { isObject } from '../../../kube/json.ts';
import type { Verdict } from '../../../netpol/model/flow.ts';
import type { CliContext } from '../../context.ts';

/** A real TCP connection that is to be tried, and what the evaluator says of it. */
export interface Probe {
  /** `namespace/pod`, at both ends. */
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly expected: Verdict;
}

export interface Probed extends Probe {
  /** `unknown` where the connection could not be tried: the text says why. */
  readonly seen: Verdict | 'unknown';
  readonly text: string;
}

/** Whichever client the image has; the first line tells which. An answer of any kind is one, also a refusal: nothing stopped the packet. */
const script = (address: string, port: number): string =>
  `if command -v nc >/dev/null; then nc -z -v -w 2 ${address} ${port}; ` +
  `elif command -v curl >/dev/null; then curl -sS -o /dev/null --connect-timeout 2 -m 4 telnet://${address}:${port} </dev/null; ` +
  `elif command -v wget >/dev/null; then wget -q -T 2 -t 1 -O /dev/null http://${address}:${port}/; ` +
  `else echo 'no nc, curl or wget in the image'; exit 127; fi`;

/** What a client's end says; a message that is not known is no verdict. */
export function verdictOf(exitCode: number, text: string): Probed['seen'] {
  if (exitCode === 0 || /refused|server returned error|bad header|Empty reply|reset by peer/i.test(text)) return 'allow';
  return exitCode !== 127 && /timed? ?out|timeout|no route to host|unreachable|prohibited/i.test(text) ? 'deny' : 'unknown';
}

const atOnce = 8;

/** Tries every connection by exec in the pods, a few at a time; Ctrl-C ends the running ones. Throws KindlabError `probe`. */
export async function probe(cli: CliContext, kubeconfig: string, probes: readonly Probe[]): Promise<Probed[]> {
  const options = { cwd: cli.cwd, env: cli.env, signal: cli.signal };
  const kubectl = (...args: string[]) => run('kubectl', ['--kubeconfig', kubeconfig, ...args], options);
  const list = await kubectl('get', 'pods', '--all-namespaces', '-o', 'json');
  if (list.exitCode !== 0) {
    throw new KindlabError({
      code: 'probe',
      message: `the cluster's pods cannot be listed: ${list.stderr.trim()}`,
      fix: `kubectl --kubeconfig ${kubeconfig} get pods -A`,
    });
  }
  const addresses = podAddresses(JSON.parse(list.stdout));
  const results: Probed[] = [];
  let next = 0;
  async function worker(): Promise<void> {
    for (let i = next++; i < probes.length; i = next++) {
      const wanted = probes[i]!;
      const address = addresses.get(wanted.to);
      if (address === undefined || !addresses.has(wanted.from)) {
        results[i] = {
          ...wanted,
          seen: 'unknown',
          text: `${address === undefined ? wanted.to : wanted.from} does not run in this cluster`,
        };
        continue;
      }
      const [namespace, name] = wanted.from.split('/') as [string, string];
      const { exitCode, stdout, stderr } = await kubectl('exec', '-n', namespace, name, '--', 'sh', '-c', script(address, wanted.port));
      const text = `${stdout}${stderr}`.trim();
      results[i] = { ...wanted, seen: verdictOf(exitCode, text), text: text.split('\n')[0] ?? '' };
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, probes.length) }, worker));
  return results;
}

/** Addresses of running pods by `namespace/name`. */
function podAddresses(value: unknown): Map<string, string> {
  const items = isObject(value) && Array.isArray(value['items']) ? value['items'] : [];
  return new Map(
    items.flatMap((item: unknown): [string, string][] => {
      if (!isObject(item) || !isObject(item['metadata']) || !isObject(item['status'])) return [];
      const { podIP, phase } = item['status'];
      return typeof podIP === 'string' && phase === 'Running'
        ? [[`${String(item['metadata']['namespace'])}/${String(item['metadata']['name'])}`, podIP]]
        : [];
    }),
  );
}

/** Where the dataplane says otherwise, and what could not be tried. */
export function describeProbes(probed: readonly Probed[]): string[] {
  const tried = probed.filter(({ seen }) => seen !== 'unknown');
  const wrong = tried.filter(({ seen, expected }) => seen !== expected);
  return [
    ...wrong.map(
      ({ from, to, port, seen, expected, text }) =>
        `${from} → ${to} tcp/${port}: evaluated ${expected}, the dataplane says ${seen} (${text})`,
    ),
    ...probed.flatMap(({ from, to, port, seen, text }) => (seen === 'unknown' ? [`${from} → ${to} tcp/${port}: not tried: ${text}`] : [])),
    `${tried.length - wrong.length} of ${tried.length} tried connections agree, ${probed.length - tried.length} could not be tried`,
  ];
}
