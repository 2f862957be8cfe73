import type { ServerContext } from '../http/context.ts';
import { forward } from './forward.ts';
import type { StreamPath } from './program.ts';
import type { SpdyStream } from './spdy/session.ts';

/**
 * What a session for port-forward does with its streams: for each connection the client opens one for errors and one
 * for data, and names both with the same `requestID` and `port`.
 */
export function forwardStreams(context: ServerContext, path: StreamPath): (stream: SpdyStream) => void {
  const waiting = new Map<string, { error?: SpdyStream; data?: SpdyStream }>();
  return (stream) => {
    const type = stream.headers.get('streamtype');
    const port = Number(stream.headers.get('port'));
    if ((type !== 'error' && type !== 'data') || !Number.isInteger(port) || port < 1 || port > 65535) return stream.reset();
    const id = stream.headers.get('requestid') ?? `port ${port}`;
    const pair = waiting.get(id) ?? {};
    pair[type] = stream;
    waiting.set(id, pair);
    stream.signal.addEventListener('abort', () => waiting.get(id) === pair && waiting.delete(id));
    if (!pair.error || !pair.data) return;
    waiting.delete(id);
    void join(context, path, port, pair.error, pair.data);
  };
}

async function join(context: ServerContext, path: StreamPath, port: number, errors: SpdyStream, data: SpdyStream): Promise<void> {
  const { input, signal } = data;
  const error = await forward(context, path, port, { input, write: (bytes) => data.write(bytes), signal });
  if (error !== undefined) errors.write(error);
  errors.end();
  data.end();
}
