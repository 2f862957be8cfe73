import type { ServerContext } from '../http/context.ts';
import { parseSize, runProgram, type ProgramRequest, type TerminalSize } from './program.ts';
import { openSpdy } from './spdy-upgrade.ts';
import type { SpdyStream } from './spdy/session.ts';
import type { Upgrade } from './websocket.ts';

/** exec and attach over SPDY: the client opens a stream for each of the program's, and one for its end. */
export function spdyProgram(context: ServerContext, request: ProgramRequest, upgrade: Upgrade): void {
  const wanted = [
    'error',
    request.stdin && 'stdin',
    request.stdout && 'stdout',
    request.stderr && 'stderr',
    request.tty && 'resize',
  ].filter((name) => name !== false);
  const streams = new Map<string, SpdyStream>();
  const { session, signal } = openSpdy(upgrade, ['v4.channel.k8s.io'], (stream) => {
    const type = stream.headers.get('streamtype') ?? '';
    if (!wanted.includes(type) || streams.has(type)) return stream.reset();
    streams.set(type, stream);
    if (streams.size === wanted.length) void run();
  });
  const run = async () => {
    const status = await runProgram(context, request, {
      stdin: streams.get('stdin')?.input,
      resizes: request.tty ? sizes(streams.get('resize')!) : undefined,
      stdout: (data) => streams.get('stdout')?.write(data),
      stderr: (data) => streams.get('stderr')?.write(data),
      signal,
    });
    streams.get('error')!.write(JSON.stringify(status));
    for (const stream of streams.values()) stream.end();
    session.close();
  };
}

/** One JSON document a line, however the stream is cut. */
async function* sizes(stream: SpdyStream): AsyncGenerator<TerminalSize> {
  let pending = '';
  for await (const bytes of stream.input) {
    const documents = `${pending}${Buffer.from(bytes).toString()}`.split('}');
    pending = documents.pop() ?? '';
    for (const document of documents) {
      const size = parseSize(document);
      if (size) yield size;
    }
  }
}
