import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { messageOf } from '../../../base/errors.ts';
import { badRequest, StatusError, type Status } from '../../../kube/status.ts';
import type { ServerContext } from '../http/context.ts';
import type { ApiRequest } from '../http/message.ts';
import { flag, text } from '../http/parameters.ts';
import type { StreamIo } from '../node-access.ts';
import { Queue } from './queue.ts';
import { resolveContainer } from './containers.ts';

const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 };
/** v5 alone: says that a channel has ended. */
const closeChannel = 255;
const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

export interface StreamPath {
  namespace: string;
  name: string;
  subresource: string;
}

/** exec and attach over the channel protocol of Kubernetes' WebSockets: the first byte of a message is its channel. */
export async function openStreams(
  context: ServerContext,
  path: StreamPath,
  request: ApiRequest,
  incoming: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const offered = (request.header('sec-websocket-protocol') ?? '').split(',').map((p) => p.trim());
  const protocol = protocols.find((p) => offered.includes(p));
  if (path.subresource === 'portforward' || !protocol) {
    throw badRequest(
      `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(' ')}], server accepts [${protocols.join(' ')}]`,
    );
  }
  const { query } = request;
  const { container } = resolveContainer(context.core, path.namespace, path.name, text(query, 'container'));
  const argv = query.getAll('command');
  if (path.subresource === 'exec' && argv.length === 0) throw badRequest('you must specify at least 1 command for the container');
  const server = new WebSocketServer({ noServer: true, handleProtocols: () => protocol, maxPayload: 32 * 1024 * 1024 });
  const websocket = await new Promise<WebSocket>((resolve) => server.handleUpgrade(incoming, socket, head, resolve));
  const stop = new AbortController();
  websocket.on('close', () => stop.abort(new Error('the client closed the connection')));
  websocket.on('error', () => websocket.terminate());

  const stdin = flag(query, 'stdin') ? new Queue<Uint8Array>() : undefined;
  const resizes = new Queue<{ width: number; height: number }>();
  stop.signal.addEventListener('abort', () => {
    stdin?.end();
    resizes.end();
  });
  websocket.on('message', (data: Buffer) => receive(data, stdin, resizes));

  const send = (channel: number, content: string): void => {
    if (websocket.readyState === websocket.OPEN) websocket.send(Buffer.concat([Buffer.from([channel]), Buffer.from(content)]));
  };
  // Every channel that is there opens with an empty message, which clients take as the sign that it is.
  const tty = flag(query, 'tty');
  if (flag(query, 'stdout')) send(channels.stdout, '');
  if (flag(query, 'stderr') && !tty) send(channels.stderr, '');

  const io: StreamIo = {
    argv,
    stdin,
    stdout: (chunk) => send(channels.stdout, chunk),
    stderr: (chunk) => send(tty ? channels.stdout : channels.stderr, chunk),
    signal: stop.signal,
    tty,
    ...(tty && { resizes }),
  };
  const target = { namespace: path.namespace, pod: path.name, container };
  const nodes = context.nodeAccess!;
  let status: object;
  try {
    status = exitStatus(await (path.subresource === 'exec' ? nodes.exec(target, io) : nodes.attach(target, io)));
  } catch (error) {
    status = failureStatus(error);
  }
  send(channels.error, JSON.stringify(status));
  websocket.close(1000);
  stdin?.end();
  resizes.end();
}

function receive(data: Buffer, stdin: Queue<Uint8Array> | undefined, resizes: Queue<{ width: number; height: number }>): void {
  const channel = data[0];
  if (channel === channels.stdin) stdin?.push(data.subarray(1));
  else if (channel === closeChannel && data[1] === channels.stdin) stdin?.end();
  else if (channel === channels.resize) {
    const size = parseSize(data.subarray(1).toString());
    if (size) resizes.push(size);
  }
}

function parseSize(content: string): { width: number; height: number } | undefined {
  const match = /"Width"\s*:\s*(\d+).*"Height"\s*:\s*(\d+)/i.exec(content);
  return match ? { width: Number(match[1]), height: Number(match[2]) } : undefined;
}

const exitStatus = (code: number): object =>
  code === 0
    ? { metadata: {}, status: 'Success' }
    : {
        metadata: {},
        status: 'Failure',
        message: `command terminated with non-zero exit code: exit status ${code}`,
        reason: 'NonZeroExitCode',
        details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
      };

function failureStatus(error: unknown): Status {
  if (error instanceof StatusError) return error.status;
  return new StatusError(500, 'InternalError', `Internal error occurred: ${messageOf(error)}`).status;
}
