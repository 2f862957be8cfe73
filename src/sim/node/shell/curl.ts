import type { Answer, ConnectResult } from '../../net/network.ts';
import { answerTo, readFlags, spend, type NetworkProgram } from './seat.ts';

const long = {
  'max-time': 'm',
  'connect-timeout': '\u0001',
  silent: 's',
  'show-error': 'S',
  output: 'o',
  'write-out': 'w',
  head: 'I',
  verbose: 'v',
  insecure: 'k',
  fail: 'f',
  request: 'X',
  header: 'H',
  data: 'd',
  'data-raw': 'd',
  cacert: '\u0002',
  include: 'i',
  location: 'L',
};

interface Target {
  scheme: string;
  host: string;
  port: number;
  path: string;
}

const parseTarget = (text: string): Target | undefined => {
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  if (!url || !url.hostname) return undefined;
  const scheme = url.protocol.slice(0, -1);
  return {
    scheme,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || (scheme === 'https' ? 443 : 80)),
    path: `${url.pathname}${url.search}`,
  };
};

/** curl's exit code and message for what happened; undefined where a response came. */
function failure(
  { host, port }: Target,
  result: ConnectResult,
  elapsedMs: number,
  limitMs: number,
): { code: number; text: string } | undefined {
  const after = `after ${Math.round(elapsedMs)} ms`;
  switch (result.outcome) {
    case 'connected':
      return result.response ? undefined : { code: 52, text: 'Empty reply from server' };
    case 'unresolved':
      return { code: 6, text: `Could not resolve host: ${host}` };
    case 'resolve-timeout':
      return { code: 28, text: `Resolving timed out ${after.replace('ms', 'milliseconds')}` };
    case 'refused':
      return { code: 7, text: `Failed to connect to ${host} port ${port} ${after}: Could not connect to server` };
    case 'unreachable':
      return { code: 7, text: `Failed to connect to ${host} port ${port} ${after}: No route to host` };
    case 'timeout':
    case 'too-big':
      return limitMs === Infinity
        ? { code: 28, text: `Failed to connect to ${host} port ${port} ${after}: Timeout was reached` }
        : { code: 28, text: `Connection timed out ${after.replace('ms', 'milliseconds')}` };
  }
}

const notTrusted = { code: 60, text: 'SSL certificate problem: unable to get local issuer certificate' };
/** net/http's server, to somebody who speaks no TLS. */
const plainToTls: Answer = { status: 400, headers: {}, body: 'Client sent an HTTP request to an HTTPS server.\n' };

/** Without -m, the kernel gives a SYN up after about two minutes. */
const kernelTimeoutMs = 134_000;

export const curl: NetworkProgram = async (io, seat) => {
  const { flags, all, rest } = readFlags(io.argv.slice(1), 'mowXHdAuet\u0001\u0002', long);
  const quiet = flags.has('s');
  const say = (code: number, text: string) => {
    if (!quiet || flags.has('S')) io.stderr(`curl: (${code}) ${text}\n`);
    return code;
  };
  if (rest.length === 0) return say(2, 'no URL specified');
  let exit = 0;
  for (const address of rest) {
    const target = parseTarget(address);
    if (!target) {
      exit = say(3, 'URL rejected: Malformed input to a URL function');
      continue;
    }
    if (target.scheme !== 'http' && target.scheme !== 'https') {
      exit = say(1, `Protocol "${target.scheme}" not supported`);
      continue;
    }
    const limit = Math.min(Number(flags.get('m') ?? Infinity), Number(flags.get('\u0001') ?? Infinity)) * 1000;
    const method = typeof flags.get('X') === 'string' ? String(flags.get('X')) : flags.has('I') ? 'HEAD' : flags.has('d') ? 'POST' : 'GET';
    if (flags.has('v')) io.stderr(`* Host ${target.host}:${target.port} was resolved.\n`);
    const result = seat.network.connect({
      from: seat.origin,
      host: target.host,
      port: target.port,
      http: { method, path: target.path, ...(flags.has('d') && { body: (all.get('d') ?? []).join('&') }) },
    });
    const waits = result.outcome === 'timeout' || result.outcome === 'resolve-timeout' || result.outcome === 'too-big';
    const elapsed = waits ? Math.min(limit, kernelTimeoutMs) : result.latencyMs;
    await spend(seat, elapsed, io.signal);
    const untrusted = result.answer && target.scheme === 'https' && !flags.has('k') && !flags.has('\u0002');
    const sent = { headers: all.get('H') ?? [], body: (all.get('d') ?? []).join('&') };
    const response = untrusted
      ? undefined
      : target.scheme === 'http' && result.answer
        ? plainToTls
        : await answerTo(result, sent, io.signal);
    const failed = untrusted ? notTrusted : failure(target, result, elapsed, limit);
    const status = response?.status ?? 0;
    if (failed) exit = say(failed.code, failed.text);
    else if (response) {
      const head = [
        `HTTP/1.1 ${status} ${status === 200 ? 'OK' : ''}`.trimEnd(),
        ...Object.entries(response.headers).map(([k, v]) => `${k}: ${v}`),
        '',
        '',
      ].join('\r\n');
      if (flags.has('v'))
        io.stderr(
          `* Connected to ${target.host} (${result.address ?? target.host}) port ${target.port}\n> ${method} ${target.path} HTTP/1.1\n> Host: ${target.host}\n>\n${head.replace(/^(?=.)/gm, '< ')}`,
        );
      const toStdout = !flags.has('o');
      if (flags.has('f') && status >= 400) exit = say(22, `The requested URL returned error: ${status}`);
      else {
        if ((flags.has('I') || flags.has('i')) && toStdout) io.stdout(head);
        if (!flags.has('I') && toStdout) io.stdout(response.body);
        exit = 0;
      }
    }
    const format = flags.get('w');
    if (typeof format === 'string')
      io.stdout(
        writeOut(format, {
          http_code: String(status).padStart(3, '0'),
          response_code: String(status).padStart(3, '0'),
          time_total: (elapsed / 1000).toFixed(6),
          remote_ip: result.destination?.ip ?? '',
          remote_port: String(result.destination?.port ?? 0),
          exitcode: String(exit),
          errormsg: failed?.text ?? '',
        }),
      );
  }
  return exit;
};

const writeOut = (format: string, values: Readonly<Record<string, string>>): string =>
  format
    .replace(/%\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)
    .replace(/\\n/g, '\n')
    .replace(/\\t/g, '\t')
    .replace(/\\r/g, '\r');
