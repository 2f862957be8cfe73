import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { badRequest } from '../../../kube/status.ts';

/** An upgrade request with its socket. */
export interface Upgrade {
  incoming: IncomingMessage;
  socket: Duplex;
  head: Buffer;
}

const protocolHeader = 'sec-websocket-protocol';

/** The subprotocols that a client offers. */
const offered = ({ incoming }: Upgrade): string[] => (incoming.headers[protocolHeader] ?? '').split(',').map((p) => p.trim());

/** The first of a client's subprotocols that is one of ours. Throws 400 where none is. */
export function negotiateProtocol(upgrade: Upgrade, ours: readonly string[]): string {
  const wanted = offered(upgrade);
  const protocol = wanted.find((p) => ours.includes(p));
  if (protocol !== undefined) return protocol;
  throw badRequest(
    `unable to upgrade: unable to negotiate protocol: client supports [${wanted.join(' ')}], server accepts [${ours.join(' ')}]`,
  );
}

/** Completes the handshake. */
export function acceptWebSocket({ incoming, socket, head }: Upgrade, protocol: string): Promise<WebSocket> {
  const server = new WebSocketServer({ noServer: true, maxPayload: 32 * 1024 * 1024 });
  // ws refuses names with a slash, such as SPDY/3.1+portforward.k8s.io: the header is taken off and answered here.
  delete incoming.headers[protocolHeader];
  if (protocol !== '') server.on('headers', (headers) => headers.push(`Sec-WebSocket-Protocol: ${protocol}`));
  return new Promise((resolve) =>
    server.handleUpgrade(incoming, socket, head, (websocket) => {
      websocket.on('error', () => websocket.terminate());
      resolve(websocket);
    }),
  );
}

/** Aborted when the WebSocket closes. */
export function closeSignal(websocket: WebSocket): AbortSignal {
  const gone = new AbortController();
  websocket.once('close', () => gone.abort(new Error('the client closed the connection')));
  return gone.signal;
}

export const sendText = (websocket: WebSocket, text: string): void => {
  if (websocket.readyState === websocket.OPEN) websocket.send(text);
};

export const sendBytes = (websocket: WebSocket, ...parts: Uint8Array[]): void => {
  if (websocket.readyState === websocket.OPEN) websocket.send(Buffer.concat(parts));
};
