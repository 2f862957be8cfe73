import { readFlags, spend, type NetworkProgram } from './seat.ts';

/** What Go's HTTP server says to something that is no request. */
const notHttp = 'HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request';

/** OpenBSD's nc, for `nc -zv HOST PORT`, and for a line that is piped into it: sends it, and shows what comes back. */
export const nc: NetworkProgram = async (io, seat) => {
  const { flags, rest } = readFlags(io.argv.slice(1), 'wps', {});
  const [host, portText] = rest;
  const port = Number(portText);
  if (!host || !Number.isInteger(port)) {
    io.stderr('usage: nc [-uvz] [-w timeout] destination port\n');
    return 1;
  }
  const protocol = flags.has('u') ? 'UDP' : 'TCP';
  const line = flags.has('z') || !io.stdin ? '' : await textOf(io.stdin);
  const result = seat.network.connect({ from: seat.origin, host, port, protocol, ...(protocol === 'UDP' && line && { datagram: line }) });
  const waits = result.outcome === 'timeout' || result.outcome === 'resolve-timeout' || result.outcome === 'too-big';
  await spend(seat, waits ? Number(flags.get('w') ?? 134) * 1000 : result.latencyMs, io.signal);
  const say = (text: string) => {
    if (flags.has('v')) io.stderr(`${text}\n`);
  };
  const to = `${host} port ${port} (${protocol.toLowerCase()})`;
  if (result.outcome === 'connected') {
    say(`Connection to ${host} (${result.address ?? host}) ${port} port [${protocol.toLowerCase()}/*] succeeded!`);
    if (result.datagram !== undefined) io.stdout(result.datagram);
    else if (line && protocol === 'TCP') io.stdout(notHttp);
    return 0;
  }
  if (result.outcome === 'unresolved' || result.outcome === 'resolve-timeout')
    io.stderr(`nc: getaddrinfo for host "${host}" port ${port}: Name or service not known\n`);
  else if (result.outcome === 'refused') say(`nc: connect to ${to} failed: Connection refused`);
  else if (result.outcome === 'unreachable') say(`nc: connect to ${to} failed: No route to host`);
  else say(`nc: connect to ${to} timed out: Operation now in progress`);
  return 1;
};

async function textOf(stdin: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stdin) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
