import { answerTo, readFlags, spend, type NetworkProgram } from './seat.ts';

/** BusyBox's wget: its words and its exit code 1 for every failure. */
export const wget: NetworkProgram = async (io, seat) => {
  const { flags, all, rest } = readFlags(io.argv.slice(1), 'OTUYH\u0001', {
    timeout: 'T',
    'output-document': 'O',
    quiet: 'q',
    header: 'H',
    'post-data': '\u0001',
  });
  const say = (text: string) => {
    io.stderr(`wget: ${text}\n`);
    return 1;
  };
  const url = rest[0] && URL.parse(rest[0].includes('://') ? rest[0] : `http://${rest[0]}`);
  if (!url) return say(`bad address '${rest[0] ?? ''}'`);
  const host = url.hostname;
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  const limit = Number(flags.get('T') ?? 900) * 1000;
  const post = flags.get('\u0001');
  const posted = typeof post === 'string' ? { method: 'POST', body: post } : { method: 'GET' };
  const result = seat.network.connect({ from: seat.origin, host, port, http: { ...posted, path: `${url.pathname}${url.search}` } });
  const { outcome } = result;
  const waits = outcome === 'timeout' || outcome === 'resolve-timeout' || outcome === 'too-big';
  await spend(seat, waits ? limit : result.latencyMs, io.signal);
  if (outcome === 'unresolved' || outcome === 'resolve-timeout') return say(`bad address '${host}${url.port && `:${url.port}`}'`);
  const remote = result.address ?? host;
  if (!flags.has('q')) io.stderr(`Connecting to ${url.host} (${remote}:${port})\n`);
  if (waits) return say('download timed out');
  if (outcome === 'refused') return say(`can't connect to remote host (${remote}): Connection refused`);
  if (outcome === 'unreachable') return say(`can't connect to remote host (${remote}): No route to host`);
  const response = await answerTo(result, { headers: all.get('H') ?? [] }, io.signal);
  if (!response) return say('error getting response: Connection reset by peer');
  if (response.status >= 400) return say(`server returned error: HTTP/1.1 ${response.status}`);
  const into = flags.get('O');
  if (into === '-') io.stdout(response.body);
  else if (!flags.has('q')) io.stderr(`saving to '${typeof into === 'string' ? into : url.pathname.split('/').at(-1) || 'index.html'}'\n`);
  return 0;
};
