import { sleep } from '../../../base/clock.ts';
import type { ConnectResult } from '../../net/network.ts';
import { flagsOf, type Command } from './command.ts';

const isAddress = (host: string): boolean => /^\d+(\.\d+){3}$/.test(host) || host.includes(':');

/** iputils' ping. */
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

/** nslookup of bind-tools. */
export const nslookup: Command = async ([name = ''], host, io) => {
  const found = host.network.resolve(host.origin, name);
  if (found.outcome === 'resolve-timeout') {
    await sleep(host.clock, 5000, io.signal);
    io.out(';; connection timed out; no servers could be reached\n\n');
    return 1;
  }
  io.out(`Server:\t\t${found.server}\nAddress:\t${found.server}#53\n\n`);
  if (found.outcome === 'unresolved') {
    io.out(`** server can't find ${name}: NXDOMAIN\n\n`);
    return 1;
  }
  for (const address of found.addresses) io.out(`Name:\t${found.name.replace(/\.$/, '')}\nAddress: ${address}\n`);
  io.out('\n');
  return 0;
};

/** `dig NAME +short`, and dig's answer section. It does not search, unless told so. */
export const dig: Command = async (args, host, io) => {
  const words = args.filter((arg) => !/^[-+@]/.test(arg) && arg !== 'A');
  const name = words[0] ?? '.';
  const asked = args.includes('+search') || name.endsWith('.') ? name : `${name}.`;
  const found = host.network.resolve(host.origin, asked);
  if (found.outcome === 'resolve-timeout') {
    await sleep(host.clock, 15_000, io.signal);
    io.out(`;; communications error to ${found.server}#53: timed out\n;; no servers could be reached\n`);
    return 9;
  }
  if (args.includes('+short')) {
    for (const address of found.addresses) io.out(`${address}\n`);
    return 0;
  }
  const status = found.outcome === 'resolved' ? 'NOERROR' : 'NXDOMAIN';
  io.out(`;; ->>HEADER<<- opcode: QUERY, status: ${status}\n\n;; QUESTION SECTION:\n;${asked}\t\tIN\tA\n\n`);
  if (found.addresses.length > 0)
    io.out(`;; ANSWER SECTION:\n${found.addresses.map((address) => `${asked}\t30\tIN\tA\t${address}\n`).join('')}\n`);
  io.out(`;; SERVER: ${found.server}#53(${found.server}) (UDP)\n`);
  return 0;
};

/** `getent hosts NAME`. */
export const getent: Command = ([database, name = ''], host, io) => {
  if (database !== 'hosts' && database !== 'ahosts') return 1;
  const found = host.network.resolve(host.origin, name);
  if (found.outcome !== 'resolved') return 2;
  for (const address of found.addresses) io.out(`${address.padEnd(15)} ${found.name.replace(/\.$/, '')}\n`);
  return 0;
};

/** `nc -z -v -w SECONDS HOST PORT`, as netcat-openbsd. */
export const nc: Command = async (args, host, io) => {
  const flags = flagsOf(args, ['-w', '-p', '-s']);
  const [name = '', port = ''] = flags.words;
  const verbose = flags.has('-v');
  const protocol = flags.has('-u') ? 'UDP' : 'TCP';
  const result = host.network.connect({ from: host.origin, host: name, port: Number(port), protocol });
  const end = result.address && result.address !== name ? `${name} (${result.address})` : name;
  const silent = result.outcome === 'timeout' || result.outcome === 'too-big';
  await sleep(host.clock, Math.ceil(silent ? Number(flags.value('-w') ?? 127) * 1000 : result.latencyMs), io.signal);
  if (result.outcome === 'connected') {
    if (verbose) io.err(`Connection to ${end} ${port} port [${protocol.toLowerCase()}/*] succeeded!\n`);
    return 0;
  }
  const unresolved = result.outcome === 'unresolved' || result.outcome === 'resolve-timeout';
  if (unresolved) io.err(`nc: getaddrinfo for host "${name}" port ${port}: Name or service not known\n`);
  else if (verbose) {
    const why = silent ? 'Connection timed out' : result.outcome === 'refused' ? 'Connection refused' : 'No route to host';
    io.err(`nc: connect to ${end} port ${port} (${protocol.toLowerCase()}) failed: ${why}\n`);
  }
  return 1;
};
