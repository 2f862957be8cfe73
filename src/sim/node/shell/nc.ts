import { readFlags, spend, type NetworkProgram } from './seat.ts';

/** OpenBSD's nc, for `nc -zv HOST PORT` and `nc -w 2 HOST PORT`: opens the connection and closes it. */
export const nc: NetworkProgram = async (io, seat) => {
  const { flags, rest } = readFlags(io.argv.slice(1), 'wps', {});
  const [host, portText] = rest;
  const port = Number(portText);
  if (!host || !Number.isInteger(port)) {
    io.stderr('usage: nc [-uvz] [-w timeout] destination port\n');
    return 1;
  }
  const protocol = flags.has('u') ? 'UDP' : 'TCP';
  const result = seat.network.connect({ from: seat.origin, host, port, protocol });
  const waits = result.outcome === 'timeout' || result.outcome === 'resolve-timeout' || result.outcome === 'too-big';
  await spend(seat, waits ? Number(flags.get('w') ?? 134) * 1000 : result.latencyMs, io.signal);
  const say = (text: string) => {
    if (flags.has('v')) io.stderr(`${text}\n`);
  };
  const to = `${host} port ${port} (${protocol.toLowerCase()})`;
  if (result.outcome === 'connected') {
    say(`Connection to ${host} (${result.address ?? host}) ${port} port [${protocol.toLowerCase()}/*] succeeded!`);
    return 0;
  }
  if (result.outcome === 'unresolved' || result.outcome === 'resolve-timeout')
    io.stderr(`nc: getaddrinfo for host "${host}" port ${port}: Name or service not known\n`);
  else if (result.outcome === 'refused') say(`nc: connect to ${to} failed: Connection refused`);
  else if (result.outcome === 'unreachable') say(`nc: connect to ${to} failed: No route to host`);
  else say(`nc: connect to ${to} timed out: Operation now in progress`);
  return 1;
};
