import { sleep } from '../../../base/clock.ts';
import { normalPath } from '../file-tree.ts';
import type { ConnectResult } from '../../net/network.ts';
import { flagsOf, type Command, type CommandIo, type Host } from './command.ts';

/** The kernel gives up a connection after its sixth SYN. */
const synTimeoutMs = 127_000;

interface Target {
  url: string;
  host: string;
  port: number;
  path: string;
}

function targetOf(word: string): Target | undefined {
  const url = /^[a-z]+:\/\//.test(word) ? word : `http://${word}`;
  if (!URL.canParse(url)) return undefined;
  const { hostname, port, pathname, search, protocol } = new URL(url);
  return { url, host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (protocol === 'https:' ? 443 : 80), path: pathname + search };
}

async function ask(
  target: Target,
  method: string,
  limitMs: number,
  host: Host,
  io: CommandIo,
): Promise<{ result: ConnectResult; ms: number; late: boolean }> {
  const begun = host.clock.now();
  const result = host.network.connect({ from: host.origin, host: target.host, port: target.port, http: { method, path: target.path } });
  const silent = result.outcome === 'timeout' || result.outcome === 'too-big' || result.outcome === 'resolve-timeout';
  const takes = silent ? Math.min(limitMs, synTimeoutMs) : Math.min(limitMs, result.latencyMs);
  await sleep(host.clock, Math.ceil(takes), io.signal);
  return { result, ms: Math.round(host.clock.now() - begun), late: (silent && limitMs < synTimeoutMs) || result.latencyMs > limitMs };
}

const valued = [
  '-m',
  '--max-time',
  '--connect-timeout',
  '-o',
  '--output',
  '-w',
  '--write-out',
  '-H',
  '--header',
  '-X',
  '--request',
  '-d',
  '--data',
  '--retry',
  '-A',
];

/** curl, with the messages and exit codes of 8.x. */
export const curl: Command = async (args, host, io) => {
  const flags = flagsOf(args, valued);
  const target = targetOf(flags.words[0] ?? '');
  if (!flags.words[0]) {
    io.err("curl: (2) no URL specified\ncurl: try 'curl --help' or 'curl --manual' for more information\n");
    return 2;
  }
  if (!target) {
    io.err('curl: (3) URL rejected: Malformed input to a URL function\n');
    return 3;
  }
  const limits = [flags.value('-m', '--max-time'), flags.value('--connect-timeout')].flatMap((text) => (text ? [Number(text) * 1000] : []));
  const head = flags.has('-I', '--head');
  const method = flags.value('-X', '--request') ?? (head ? 'HEAD' : flags.has('-d', '--data') ? 'POST' : 'GET');
  const { result, ms, late } = await ask(target, method, Math.min(Infinity, ...limits), host, io);
  const failure = curlFailure(target, result, ms, late);
  const silent = flags.has('-s', '--silent') && !flags.has('-S', '--show-error');
  const status = result.response?.status ?? 200;
  const failsOn =
    failure ?? (flags.has('-f', '--fail') && status >= 400 ? ([22, `The requested URL returned error: ${status}`] as const) : undefined);
  if (flags.has('-v', '--verbose')) verbose(target, method, result, failure === undefined, io);
  if (!failsOn) {
    const body = head ? '' : (result.response?.body ?? '');
    const text = (head || flags.has('-i', '--include') ? headers(result) : '') + body;
    const output = flags.value('-o', '--output');
    if (output === undefined) io.out(text);
    else if (output !== '/dev/null') host.files.write(normalPath(output.startsWith('/') ? output : `${io.cwd}/${output}`), text);
  } else if (!silent) io.err(`curl: (${failsOn[0]}) ${failsOn[1]}\n`);
  const format = flags.value('-w', '--write-out');
  if (format !== undefined) io.out(written(format, result, ms, failure === undefined));
  return failsOn?.[0] ?? 0;
};

function curlFailure(target: Target, result: ConnectResult, ms: number, late: boolean): readonly [number, string] | undefined {
  const { host, port } = target;
  if (result.outcome === 'unresolved') return [6, `Could not resolve host: ${host}`];
  if (late)
    return result.outcome === 'resolve-timeout'
      ? [28, `Resolving timed out after ${ms} milliseconds`]
      : [28, `Connection timed out after ${ms} milliseconds`];
  if (result.outcome === 'resolve-timeout') return [6, `Could not resolve host: ${host}`];
  if (result.outcome === 'timeout' || result.outcome === 'too-big')
    return [28, `Failed to connect to ${host} port ${port} after ${ms} ms: Could not connect to server`];
  if (result.outcome !== 'connected') return [7, `Failed to connect to ${host} port ${port} after ${ms} ms: Could not connect to server`];
  return result.response ? undefined : [52, 'Empty reply from server'];
}

const reasons: Record<number, string> = {
  200: 'OK',
  301: 'Moved Permanently',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  503: 'Service Unavailable',
};

function headers({ response }: ConnectResult): string {
  if (!response) return '';
  const lines = [`HTTP/1.1 ${response.status} ${reasons[response.status] ?? ''}`.trimEnd()];
  for (const [name, value] of Object.entries(response.headers)) lines.push(`${name}: ${value}`);
  return `${[...lines, `Content-Length: ${Buffer.byteLength(response.body)}`, '', ''].join('\r\n')}`;
}

function verbose(target: Target, method: string, result: ConnectResult, connected: boolean, io: CommandIo): void {
  const address = result.address ?? target.host;
  io.err(`*   Trying ${address}:${target.port}...\n`);
  if (!connected) return;
  io.err(
    `* Connected to ${target.host} (${address}) port ${target.port}\n> ${method} ${target.path} HTTP/1.1\n> Host: ${target.host}\n> User-Agent: curl/8.14.1\n> Accept: */*\n>\n`,
  );
  io.err(headers(result).replace(/\r\n$/, '').replace(/^/gm, '< ').replaceAll('\r', ''));
  io.err('\n');
}

function written(format: string, result: ConnectResult, ms: number, ok: boolean): string {
  const values: Record<string, string> = {
    http_code: ok ? String(result.response?.status ?? 0).padStart(3, '0') : '000',
    response_code: ok ? String(result.response?.status ?? 0).padStart(3, '0') : '000',
    time_total: (ms / 1000).toFixed(6),
    time_connect: ok ? (ms / 2000).toFixed(6) : '0.000000',
    remote_ip: ok ? (result.address ?? '') : '',
    size_download: String(result.response?.body.length ?? 0),
  };
  return format
    .replace(/%\{(\w+)\}/g, (_, name: string) => values[name] ?? '')
    .replaceAll('\\n', '\n')
    .replaceAll('\\t', '\t')
    .replaceAll('%%', '%');
}

/** busybox's wget. */
export const wget: Command = async (args, host, io) => {
  // busybox joins `-qO-` and takes `-T 2`; GNU's long forms are read as well.
  const flags = flagsOf(args, ['-T', '--timeout', '-O', '--output-document', '-t', '--tries']);
  const target = targetOf(flags.words[0] ?? '');
  if (!target || !flags.words[0]) {
    io.err('wget: missing URL\n');
    return 1;
  }
  const seconds = flags.value('-T', '--timeout');
  const quiet = flags.has('-q', '--quiet');
  const { result, late } = await ask(target, 'GET', seconds ? Number(seconds) * 1000 : Infinity, host, io);
  const { outcome, response } = result;
  const address = `${result.address ?? target.host}:${target.port}`;
  if (!quiet && outcome !== 'unresolved' && outcome !== 'resolve-timeout') io.err(`Connecting to ${target.host} (${address})\n`);
  const failure =
    outcome === 'unresolved' || outcome === 'resolve-timeout'
      ? `bad address '${target.host}'`
      : late
        ? 'download timed out'
        : outcome === 'refused'
          ? `can't connect to remote host (${result.address ?? target.host}): Connection refused`
          : outcome === 'unreachable'
            ? `can't connect to remote host (${result.address ?? target.host}): No route to host`
            : outcome !== 'connected'
              ? `can't connect to remote host (${result.address ?? target.host}): Operation timed out`
              : (response?.status ?? 200) >= 400
                ? `server returned error: HTTP/1.1 ${response!.status} ${reasons[response!.status] ?? ''}`
                : undefined;
  if (failure !== undefined) {
    io.err(`wget: ${failure}\n`);
    return 1;
  }
  const body = response?.body ?? '';
  const output = flags.value('-O', '--output-document') ?? (target.path.split('/').pop() || 'index.html');
  if (output === '-') io.out(body);
  else if (output !== '/dev/null') host.files.write(normalPath(output.startsWith('/') ? output : `${io.cwd}/${output}`), body);
  return 0;
};
