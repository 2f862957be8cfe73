import { sleep } from '../../../base/clock.ts';
import type { ConnectResult } from '../../net/network.ts';
import { flagsOf, type Command } from './command.ts';

const isAddress = (host: string): boolean => /^\d+(\.\d+){3}$/.test(host) || host.includes(':');

/** iputils' ping, as a Kind node has it; pods have busybox's. */
export const ping: Command = async (args, host, io) => {
  const flags = flagsOf(args, ['-c', '-W', '-w', '-s', '-M', '-i', '-I']);
  const name = flags.words[0];
  if (!name) {
    io.err('ping: usage error: Destination address required\n');
    return 1;
  }
  const count = Number(flags.value('-c') ?? Infinity);
  const size = Number(flags.value('-s') ?? 56);
  const waitMs = Number(flags.value('-W') ?? 10) * 1000;
  const whole = size + 28;
  const once = (): ConnectResult =>
    host.network.connect({ from: host.origin, host: name, port: 0, protocol: 'ICMP', ...(flags.value('-M') === 'do' && { size: whole }) });
  const first = isAddress(name) ? undefined : host.network.resolve(host.origin, name);
  if (first && first.outcome !== 'resolved') {
    io.err(`ping: ${name}: ${first.outcome === 'unresolved' ? 'Name or service not known' : 'Temporary failure in name resolution'}\n`);
    return 2;
  }
  const address = first?.addresses[0] ?? name;
  io.out(`PING ${name} (${address}) ${size}(${whole}) bytes of data.\n`);
  const times: number[] = [];
  const begun = host.clock.now();
  let sent = 0;
  let errors = 0;
  while (sent < count && !io.signal.aborted) {
    if (sent > 0) await sleep(host.clock, 1000, io.signal);
    const result = once();
    sent++;
    if (result.outcome === 'connected') {
      times.push(result.latencyMs);
      io.out(`${size + 8} bytes from ${address}: icmp_seq=${sent} ttl=${result.ttl ?? 64} time=${result.latencyMs.toFixed(3)} ms\n`);
    } else if (result.outcome === 'unreachable') {
      errors++;
      io.out(`From ${host.address} icmp_seq=${sent} Destination Host Unreachable\n`);
    } else if (result.outcome === 'too-big' && /local/.test(result.reason)) {
      errors++;
      io.err('ping: local error: message too long\n');
    } else if (sent >= count) await sleep(host.clock, waitMs, io.signal);
  }
  const lost = Math.round(((sent - times.length) / sent) * 100);
  const counted = `${sent} packets transmitted, ${times.length} received${errors > 0 ? `, +${errors} errors` : ''}, ${lost}% packet loss`;
  io.out(`\n--- ${name} ping statistics ---\n${counted}, time ${Math.round(host.clock.now() - begun)}ms\n`);
  if (times.length > 0) {
    const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length;
    const deviation = Math.sqrt(times.reduce((sum, ms) => sum + (ms - mean) ** 2, 0) / times.length);
    io.out(`rtt min/avg/max/mdev = ${[Math.min(...times), mean, Math.max(...times), deviation].map((ms) => ms.toFixed(3)).join('/')} ms\n`);
  } else io.out('\n');
  return times.length > 0 ? 0 : 1;
};
