import { forbiddenProtocol } from './upgrade-errors.ts';
import { SpdySession, type SpdyStream } from './spdy/session.ts';
import type { Upgrade } from './websocket.ts';

const versionHeader = 'x-stream-protocol-version';

/** Answers `Upgrade: SPDY/3.1` and speaks it on the socket. Throws 403 where the protocols have nothing in common. */
export function openSpdy(
  { incoming, socket, head }: Upgrade,
  ours: readonly string[],
  onStream: (stream: SpdyStream) => void,
): { session: SpdySession; signal: AbortSignal } {
  const wanted = [incoming.headers[versionHeader] ?? []].flat().flatMap((value) => value.split(',').map((p) => p.trim()));
  const protocol = wanted.find((p) => ours.includes(p));
  if (protocol === undefined) throw forbiddenProtocol(wanted, ours);
  const gone = new AbortController();
  const session = new SpdySession({ write: (bytes) => void socket.write(bytes), close: () => socket.end() }, onStream);
  socket.once('close', () => {
    session.lost();
    gone.abort(new Error('the client closed the connection'));
  });
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
  );
  if (head.length > 0) session.receive(head);
  socket.on('data', (bytes: Buffer) => session.receive(bytes));
  return { session, signal: gone.signal };
}
