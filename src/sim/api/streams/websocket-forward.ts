import { badRequest } from '../../../kube/status.ts';
import type { ServerContext } from '../http/context.ts';
import { forward } from './forward.ts';
import type { StreamPath } from './program.ts';
import { Queue } from './queue.ts';
import { SpdySession } from './spdy/session.ts';
import { forwardStreams } from './spdy-forward.ts';
import { acceptWebSocket, closeSignal, negotiateProtocol, sendBytes, type Upgrade } from './websocket.ts';

/** kubectl's: SPDY frames in binary messages, cut anywhere. */
const tunnel = 'SPDY/3.1+portforward.k8s.io';
const channelProtocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

/** port-forward over a WebSocket, in either of its two protocols. */
export async function webSocketForward(context: ServerContext, path: StreamPath, query: URLSearchParams, upgrade: Upgrade): Promise<void> {
  const protocol = negotiateProtocol(upgrade, [tunnel, ...channelProtocols]);
  if (protocol === tunnel) return forwardInTunnel(context, path, upgrade);
  return forwardPorts(context, path, portsOf(query), protocol, upgrade);
}

async function forwardInTunnel(context: ServerContext, path: StreamPath, upgrade: Upgrade): Promise<void> {
  const websocket = await acceptWebSocket(upgrade, tunnel);
  const session = new SpdySession(
    { write: (bytes) => sendBytes(websocket, bytes), close: () => websocket.close(1000) },
    forwardStreams(context, path),
  );
  websocket.on('message', (data: Buffer) => session.receive(data));
  closeSignal(websocket).addEventListener('abort', () => session.lost());
}

/** Two channels for each port: data at 2i, errors at 2i + 1; each begins with its port, two bytes, low one first. */
async function forwardPorts(context: ServerContext, path: StreamPath, ports: number[], protocol: string, upgrade: Upgrade): Promise<void> {
  const websocket = await acceptWebSocket(upgrade, protocol);
  const signal = closeSignal(websocket);
  const inputs = ports.map(() => new Queue<Uint8Array>());
  signal.addEventListener('abort', () => inputs.forEach((input) => input.end()));
  websocket.on('message', (data: Buffer) => {
    const channel = data[0] ?? 1;
    if (channel % 2 === 0) inputs[channel / 2]?.push(data.subarray(1));
  });
  const connections = ports.map(async (port, i) => {
    const low = Buffer.from([port & 0xff, port >> 8]);
    sendBytes(websocket, Buffer.from([2 * i]), low);
    sendBytes(websocket, Buffer.from([2 * i + 1]), low);
    const error = await forward(context, path, port, {
      input: inputs[i]!,
      write: (bytes) => sendBytes(websocket, Buffer.from([2 * i]), bytes),
      signal,
    });
    if (error !== undefined) sendBytes(websocket, Buffer.from([2 * i + 1]), Buffer.from(error));
  });
  await Promise.all(connections);
  websocket.close(1000);
}

function portsOf(query: URLSearchParams): number[] {
  const ports = query.getAll('ports').flatMap((text) => text.split(','));
  if (ports.length === 0 || ports.length > 120) throw badRequest('query parameter "ports" is required');
  return ports.map((text) => {
    const port = Number(text);
    if (!Number.isInteger(port) || port < 1 || port > 65535) throw badRequest(`unable to parse "${text}" as a port`);
    return port;
  });
}
