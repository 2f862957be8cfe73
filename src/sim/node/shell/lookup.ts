import type { RecordType, Resolution } from '../../net/network.ts';
import { readFlags, spend, type NetworkProgram, type Seat } from './seat.ts';

/** Resolvers wait 5 s for a server and ask twice. */
const resolverTimeoutMs = 10_000;

async function look(seat: Seat, name: string, signal: AbortSignal, type: RecordType = 'A'): Promise<Resolution> {
  const found = seat.network.resolve(seat.origin, name, type);
  await spend(seat, found.outcome === 'resolve-timeout' ? resolverTimeoutMs : found.latencyMs, signal);
  return found;
}

/** BIND's nslookup. */
export const nslookup: NetworkProgram = async (io, seat) => {
  const { rest } = readFlags(io.argv.slice(1), '', {});
  const name = rest[0];
  if (!name) {
    io.stderr('nslookup: a name to look up is missing\n');
    return 1;
  }
  const found = await look(seat, name, io.signal);
  if (found.outcome === 'resolve-timeout') {
    io.stdout(';; connection timed out; no servers could be reached\n\n');
    return 1;
  }
  io.stdout(`Server:\t\t${found.server}\nAddress:\t${found.server}#53\n\n`);
  if (found.outcome === 'unresolved') {
    io.stdout(`** server can't find ${name}: NXDOMAIN\n\n`);
    return 1;
  }
  for (const address of found.addresses) io.stdout(`Name:\t${found.name.replace(/\.$/, '')}\nAddress: ${address}\n`);
  io.stdout('\n');
  return 0;
};

export const dig: NetworkProgram = async (io, seat) => {
  const words = io.argv.slice(1);
  const name = words.find((w) => !w.startsWith('+') && !w.startsWith('@') && !w.startsWith('-') && !/^(A|AAAA|ANY|IN|SRV|PTR)$/i.test(w));
  const type = words.find((w): w is RecordType => w === 'SRV' || w === 'PTR') ?? 'A';
  // +noall takes every section away, +answer gives that one back.
  const onlyAnswer = words.includes('+noall');
  const short = words.includes('+short');
  const search = words.includes('+search');
  // dig asks for the name as it stands: no search list unless it is told.
  const found = await look(seat, search || !name || name.endsWith('.') ? (name ?? '.') : `${name}.`, io.signal, type);
  if (found.outcome === 'resolve-timeout') {
    io.stdout(`;; communications error to ${found.server}#53: timed out\n;; no servers could be reached\n`);
    return 9;
  }
  if (short) io.stdout(found.addresses.map((a) => `${a}\n`).join(''));
  else {
    const status = found.outcome === 'resolved' ? 'NOERROR' : 'NXDOMAIN';
    const full = found.name.endsWith('.') ? found.name : `${found.name}.`;
    const answers = found.addresses.map((a) => `${full}\t30\tIN\t${type}\t${a}\n`).join('');
    if (onlyAnswer) {
      if (words.includes('+answer')) io.stdout(answers);
      return 0;
    }
    io.stdout(`;; ->>HEADER<<- opcode: QUERY, status: ${status}, id: 4711\n\n;; QUESTION SECTION:\n;${full}\t\tIN\t${type}\n\n`);
    if (found.addresses.length > 0) io.stdout(`;; ANSWER SECTION:\n${answers}\n`);
    io.stdout(`;; Query time: ${Math.round(found.latencyMs)} msec\n;; SERVER: ${found.server}#53(${found.server}) (UDP)\n`);
  }
  return 0;
};

/** `getent hosts NAME`: silent and 2 where there is none. */
export const getent: NetworkProgram = async (io, seat) => {
  const [, database, name] = io.argv;
  if ((database !== 'hosts' && database !== 'ahosts') || !name) {
    io.stderr(`Unknown database: ${database ?? ''}\n`);
    return 1;
  }
  const found = await look(seat, name, io.signal);
  if (found.outcome !== 'resolved') return 2;
  for (const address of found.addresses) io.stdout(`${address.padEnd(15)} ${found.name.replace(/\.$/, '')}\n`);
  return 0;
};
