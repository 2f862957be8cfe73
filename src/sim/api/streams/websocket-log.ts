import type { ApiResponse } from '../http/message.ts';
import { acceptWebSocket, closeSignal, negotiateProtocol, sendBytes, sendText, type Upgrade } from './websocket.ts';

const protocols = ['', 'binary.k8s.io', 'base64.binary.k8s.io'];

/** A log over a WebSocket: each message holds what would be a piece of the answer's body. */
export async function webSocketLog(answer: (signal: AbortSignal) => Promise<ApiResponse>, upgrade: Upgrade): Promise<void> {
  const gone = new AbortController();
  const { body } = await answer(gone.signal);
  const protocol = negotiateProtocol(upgrade, protocols);
  const websocket = await acceptWebSocket(upgrade, protocol);
  const signal = closeSignal(websocket);
  signal.addEventListener('abort', () => gone.abort(signal.reason), { once: true });
  const write = (data: Uint8Array | string): void => {
    if (protocol === 'base64.binary.k8s.io') sendText(websocket, bytes(data).toString('base64'));
    else sendBytes(websocket, bytes(data));
  };
  if (typeof body === 'function') return body({ write, signal, end: () => websocket.close(1000), buffered: 0 });
  write(body);
  websocket.close(1000);
}

const bytes = (data: Uint8Array | string): Buffer => (typeof data === 'string' ? Buffer.from(data) : Buffer.from(data));
