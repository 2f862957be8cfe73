import type { ServerContext } from '../http/context.ts';
import { parseSize, runProgram, type ProgramRequest, type TerminalSize } from './program.ts';
import { Queue } from './queue.ts';
import { acceptWebSocket, closeSignal, negotiateProtocol, sendBytes, sendText, type Upgrade } from './websocket.ts';

const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 };
/** v5 alone: says that a channel has ended. */
const closeChannel = 255;
/** The older ones tell nothing of how the program ended. */
const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'channel.k8s.io', 'base64.channel.k8s.io', ''];
const withStatus = new Set(['v5.channel.k8s.io', 'v4.channel.k8s.io']);

/** exec and attach over the channel protocol of Kubernetes' WebSockets: the first byte of a message is its channel. */
export async function webSocketProgram(context: ServerContext, request: ProgramRequest, upgrade: Upgrade): Promise<void> {
  const protocol = negotiateProtocol(upgrade, protocols);
  const websocket = await acceptWebSocket(upgrade, protocol);
  const base64 = protocol.startsWith('base64.');
  const send = (channel: number, data: string | Uint8Array): void => {
    if (base64) sendText(websocket, `${channel}${Buffer.from(data).toString('base64')}`);
    else sendBytes(websocket, Buffer.from([channel]), Buffer.from(data));
  };
  const signal = closeSignal(websocket);
  const stdin = request.stdin ? new Queue<Uint8Array>() : undefined;
  const resizes = request.tty ? new Queue<TerminalSize>() : undefined;
  const endInput = () => {
    stdin?.end();
    resizes?.end();
  };
  signal.addEventListener('abort', endInput);
  websocket.on('message', (data: Buffer) => {
    const channel = base64 ? Number(String.fromCharCode(data[0] ?? 0)) : data[0];
    if (channel === channels.stdin) stdin?.push(base64 ? Buffer.from(data.subarray(1).toString(), 'base64') : data.subarray(1));
    else if (channel === closeChannel && data[1] === channels.stdin) stdin?.end();
    else if (channel === channels.resize) {
      const size = parseSize(data.subarray(1).toString());
      if (size) resizes?.push(size);
    }
  });
  // Every channel that is there opens with an empty message, which clients take as the sign that it is.
  if (request.stdout) send(channels.stdout, '');
  if (request.stderr) send(channels.stderr, '');
  const status = await runProgram(context, request, {
    stdin,
    resizes,
    stdout: (data) => send(channels.stdout, data),
    stderr: (data) => send(channels.stderr, data),
    signal,
  });
  if (withStatus.has(protocol)) send(channels.error, JSON.stringify(status));
  websocket.close(1000);
  endInput();
}
