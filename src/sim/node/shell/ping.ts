import { sleep } from '../../../base/clock.ts';
import { readFlags, type NetworkProgram } from './seat.ts';

const icmpAndIpHeader = 28;

/** iputils' ping, with the lines that the recording of a real cluster shows. */
export const ping: NetworkProgram = async (io, seat) => {
  const { flags, rest } = readFlags(io.argv.slice(1), 'cWwsiMI', {});
  const host = rest[0];
  if (!host) {
    io.stderr('ping: usage error: Destination address required\n');
    return 2;
  }
  const count = flags.has('c') ? Number(flags.get('c')) : 4;
  const payload = Number(flags.get('s') ?? 56);
  const interval = Number(flags.get('i') ?? 1) * 1000;
  const wait = Number(flags.get('W') ?? 1) * 1000;
  const began = seat.clock.now();
  let received = 0;
  const times: number[] = [];
  for (let sequence = 0; sequence < count; sequence++) {
    const result = seat.network.connect({ from: seat.origin, host, port: 0, protocol: 'ICMP', size: payload + icmpAndIpHeader });
    if (result.outcome === 'unresolved') {
      io.stderr(`ping: bad address '${host}'\n`);
      return 1;
    }
    if (result.outcome === 'resolve-timeout') {
      await sleep(seat.clock, 5_000, io.signal);
      io.stderr(`ping: bad address '${host}'\n`);
      return 1;
    }
    if (sequence === 0) io.stdout(`PING ${host} (${result.address ?? host}): ${payload} data bytes\n`);
    if (result.outcome === 'connected') {
      received++;
      const ms = Math.max(0.05, result.latencyMs);
      times.push(ms);
      io.stdout(`${payload + 8} bytes from ${result.address ?? host}: seq=${sequence} ttl=${result.ttl ?? 64} time=${ms.toFixed(3)} ms\n`);
      if (sequence < count - 1) await sleep(seat.clock, interval, io.signal);
    } else await sleep(seat.clock, sequence < count - 1 ? Math.max(interval, 0) : wait, io.signal);
    if (flags.has('w') && seat.clock.now() - began >= Number(flags.get('w')) * 1000) break;
  }
  const lost = Math.round(((count - received) / count) * 100);
  io.stdout(`\n--- ${host} ping statistics ---\n${count} packets transmitted, ${received} packets received, ${lost}% packet loss\n`);
  if (times.length > 0) {
    const average = times.reduce((a, b) => a + b, 0) / times.length;
    io.stdout(`round-trip min/avg/max = ${Math.min(...times).toFixed(3)}/${average.toFixed(3)}/${Math.max(...times).toFixed(3)} ms\n`);
  }
  return received > 0 ? 0 : 1;
};
