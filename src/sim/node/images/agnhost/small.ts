import { sleep } from '../../../../base/clock.ts';
import type { Program } from '../../image.ts';
import { cobraFlags, goDurationMs } from './flags.ts';
import { klogLine } from './klog.ts';

/** Prints its own command line, as Go prints a slice. */
export const entrypointTester: Program = (io) => {
  io.stdout(`[${io.argv[0]} ${['entrypoint-tester', ...io.argv.slice(1)].join(' ')}]\n`);
  return 0;
};

/** The program is setuid root; no_new_privs keeps it what it is. */
export const nonewprivs: Program = (io, { user, container }) => {
  const escalates = container.securityContext?.allowPrivilegeEscalation ?? true;
  io.stdout(`Effective uid: ${escalates ? 0 : user.uid}\n`);
  return 0;
};

const words = { timeout: 'TIMEOUT', refused: 'REFUSED', unreachable: 'OTHER: no route to host', 'too-big': 'TIMEOUT' } as const;

/** `connect HOST:PORT`: exits 0 when it connects, and says REFUSED, TIMEOUT or DNS where it does not. */
export const connect: Program = async (io, { network, pod, clock }) => {
  const flags = cobraFlags(io.argv.slice(1));
  const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(flags.words[0] ?? '') ?? [];
  if (!host) {
    io.stderr(`UNKNOWN: address ${flags.words[0] ?? ''}: missing port in address\n`);
    return 1;
  }
  const protocol = flags.text('protocol') === 'udp' ? 'UDP' : 'TCP';
  const limit = goDurationMs(flags.text('timeout') ?? '') || Infinity;
  const datagram = flags.text('udp-data') ?? 'hostname';
  const result = network.connect({
    from: { podUid: pod().metadata.uid },
    host,
    port: Number(port),
    protocol,
    ...(protocol === 'UDP' && { datagram }),
  });
  await sleep(clock, Math.min(result.latencyMs, limit), io.signal);
  const { outcome } = result;
  if (outcome === 'connected') return 0;
  if (outcome === 'unresolved' || outcome === 'resolve-timeout') io.stderr(`DNS: lookup ${host}: no such host\n`);
  else io.stderr(`${words[outcome]}\n`);
  return 1;
};

const methods = ['GET', 'POST', 'PUT'];
const namespaces = ['kube-system', 'default', 'ns'];

/** Lines like an API server's, evenly over a time. */
export const logsGenerator: Program = async (io, { clock, random }) => {
  const flags = cobraFlags(io.argv.slice(1));
  const total = Number(flags.text('log-lines-total', 't') ?? 0);
  const duration = goDurationMs(flags.text('run-duration', 'd') ?? '');
  if (!(total > 0) || !(duration > 0)) {
    io.stderr(
      klogLine(
        clock.now(),
        'F',
        'logs_generator.go:67',
        total > 0 ? `Invalid duration: ${duration}` : `Invalid total number of lines: ${total}`,
      ),
    );
    return 255;
  }
  const any = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const name = () => Array.from({ length: 3 + Math.floor(random() * 2) }, () => any([...'bcdfghjklmnpqrstvwxz2456789'])).join('');
  for (let id = 0; id < total && !io.signal.aborted; id++) {
    const line = `${id} ${any(methods)} /api/v1/namespaces/${any(namespaces)}/pods/${name()} ${200 + Math.floor(random() * 400)}`;
    io.stderr(klogLine(clock.now(), 'I', 'logs_generator.go:76', line));
    await sleep(clock, duration / total, io.signal);
  }
  return 0;
};

const fromResolver = (text: string, word: string): string[] =>
  text.split('\n').flatMap((line) => (line.startsWith(`${word} `) ? line.slice(word.length + 1).split(' ') : []));

export const dnsSuffix: Program = (io, { files }) => {
  io.stdout(`${fromResolver(files.read('/etc/resolv.conf'), 'search').join(',')}\n`);
  return 0;
};

export const dnsServerList: Program = (io, { files }) => {
  io.stdout(`${fromResolver(files.read('/etc/resolv.conf'), 'nameserver').join(',')}\n`);
  return 0;
};

export const etcHosts: Program = (io, { files }) => {
  io.stdout(`${files.read('/etc/hosts')}\n`);
  return 0;
};
