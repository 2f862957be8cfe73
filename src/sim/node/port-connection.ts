import type { Clock } from '../../base/clock.ts';
import type { PortConnection } from '../api/node-access.ts';
import type { Listener } from '../net/network.ts';

/** What is longer without an end is no request. */
const maxRequest = 4 * 1024 * 1024;

const reasons: Record<number, string> = { 200: 'OK', 401: 'Unauthorized', 404: 'Not Found', 503: 'Service Unavailable' };

/** A TCP connection to a listener that speaks HTTP/1.1: requests in, answers out, until the client has no more to say. */
export function portConnection(listener: Listener, clock: Clock, signal: AbortSignal): PortConnection {
  const answers: string[] = [];
  let received = '';
  let ended = false;
  let wake = (): void => {};
  const close = (): void => {
    ended = true;
    wake();
  };
  signal.addEventListener('abort', close, { once: true });
  const take = (): void => {
    for (let end = received.indexOf('\r\n\r\n'); end !== -1; end = received.indexOf('\r\n\r\n')) {
      const head = received.slice(0, end);
      const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
      if (received.length < end + 4 + length) return;
      received = received.slice(end + 4 + length);
      const [method = 'GET', path = '/'] = head.split(' ');
      const host = /^host: *(\S+)/im.exec(head)?.[1] ?? 'localhost';
      answers.push(answer(listener, { method, path, host }, clock));
      if (/^connection: *close/im.test(head)) ended = true;
    }
    wake();
  };
  return {
    readable: (async function* () {
      for (;;) {
        for (let text = answers.shift(); text !== undefined; text = answers.shift()) yield Buffer.from(text);
        if (ended) return;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    })(),
    write(bytes) {
      if (received.length > maxRequest) return close();
      received += Buffer.from(bytes).toString('latin1');
      take();
    },
    end: close,
  };
}

function answer(listener: Listener, request: { method: string; path: string; host: string }, clock: Clock): string {
  const { status, body, headers } = listener.serve?.({ ...request, source: '127.0.0.1' }) ?? { status: 200, body: '', headers: {} };
  const fields = { Date: new Date(clock.now()).toUTCString(), 'Content-Length': String(Buffer.byteLength(body)), ...headers };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${reasons[status] ?? ''}\r\n${lines.join('')}\r\n${request.method === 'HEAD' ? '' : body}`;
}
