import { createSecureServer, type Http2SecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { KindlabError, messageOf } from '../../../base/errors.ts';
import type { Tokens } from '../auth/tokens.ts';
import { anonymous, withAuthenticated, type UserInfo, bearer } from '../auth/user.ts';
import type { Pki } from '../pki/pki.ts';
import { maxBody, tooLarge } from './body.ts';
import { failure, type Handler } from './handler.ts';
import type { ApiRequest, ApiResponse, Sink } from './message.ts';

type Incoming = IncomingMessage | Http2ServerRequest;
type Outgoing = ServerResponse | Http2ServerResponse;

export type UpgradeHandler = (request: ApiRequest, incoming: IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface Listening {
  port: number;
  /** While it is up, requests are answered; while down, every connection is cut, those that come at once. The port is kept. */
  power(up: boolean): void;
  close(): Promise<void>;
}

/** Answers below this size are sent as they are, as upstream does (128 KiB). */
const gzipFrom = 128 * 1024;
const compress = promisify(gzip);

export interface ListenOptions {
  handler: Handler;
  upgrade: UpgradeHandler;
  tokens: Tokens;
  pki: Pki;
  /** 0 picks one. */
  port: number;
}

/** Serves HTTP/2 and HTTP/1.1 over TLS on 127.0.0.1. Throws KindlabError `port-in-use`. */
export async function listen({ handler, upgrade, tokens, pki, port }: ListenOptions): Promise<Listening> {
  const server = createSecureServer({
    allowHTTP1: true,
    key: pki.serverKey,
    cert: pki.serverCertificate,
    ca: pki.ca,
    requestCert: true,
    rejectUnauthorized: false,
    settings: { maxConcurrentStreams: 1000, initialWindowSize: 1024 * 1024 },
  });
  const sockets = new Set<Duplex>();
  let isUp = true;
  server.on('connection', (socket: Duplex) => {
    if (!isUp) return void socket.destroy();
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  // A client that breaks off its handshake or its session is no failure of ours.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.on('sessionError', () => {});
  server.on('request', (incoming: Incoming, outgoing: Outgoing) => void serve(handler, tokens, incoming, outgoing));
  server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const gone = new AbortController();
    socket.once('close', () => gone.abort());
    try {
      upgrade(requestOf(incoming, authenticate(incoming, tokens), gone.signal), incoming, socket, head);
    } catch (error) {
      refuseUpgrade(socket, failure(error));
    }
  });
  await bind(server, port);
  return {
    port: (server.address() as AddressInfo).port,
    power(up) {
      isUp = up;
      if (!up) for (const socket of sockets) socket.destroy();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function bind(server: Http2SecureServer, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(
        new KindlabError({
          code: taken ? 'port-in-use' : 'listen-failed',
          message: taken
            ? `Port ${port} of 127.0.0.1 is in use by another program.`
            : `Cannot listen on 127.0.0.1:${port}: ${messageOf(error)}`,
          fix: taken ? `End the program that listens there (ss -ltnp | grep ${port}), or choose another port.` : 'Choose another port.',
          cause: error,
        }),
      );
    });
    server.listen(port, '127.0.0.1', () => resolve());
  });
}

/** Why a request's signal is aborted, also after its answer; one for all, for each would have a stack trace. */
const ended = new Error('the request has ended');

async function serve(handler: Handler, tokens: Tokens, incoming: Incoming, outgoing: Outgoing): Promise<void> {
  const gone = new AbortController();
  outgoing.once('close', () => gone.abort(ended));
  outgoing.on('error', () => gone.abort(ended));
  let response: ApiResponse;
  try {
    response = await handler(requestOf(incoming, authenticate(incoming, tokens), gone.signal));
  } catch (error) {
    response = failure(error);
  }
  if (gone.signal.aborted) return;
  await send(incoming, outgoing, response, gone.signal);
}

function requestOf(incoming: Incoming, user: UserInfo, signal: AbortSignal): ApiRequest {
  const url = incoming.url ?? '/';
  let body: Promise<Uint8Array> | undefined;
  const mark = url.indexOf('?');
  return {
    method: incoming.method ?? 'GET',
    path: mark === -1 ? url : url.slice(0, mark),
    query: new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1)),
    header: (name) => {
      const value = incoming.headers[name];
      return Array.isArray(value) ? value.join(',') : value;
    },
    body: () => (body ??= readBody(incoming)),
    user,
    signal,
  };
}

async function readBody(incoming: Incoming): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBody) throw tooLarge();
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

/** By client certificate or bearer token; anonymous without either. Throws 401. */
function authenticate(incoming: Incoming, tokens: Tokens): UserInfo {
  const { authorization } = incoming.headers;
  const named = authorization?.startsWith('Bearer ') && authorization.trim() !== 'Bearer';
  if (named) return bearer(authorization, (token) => tokens.user(token));
  const socket = incoming.socket as TLSSocket;
  // With HTTP/2 each request has a stand-in of its own for the one socket of its session.
  const connection = 'stream' in incoming ? (incoming.stream.session ?? socket) : socket;
  let user = certified.get(connection);
  if (!user) certified.set(connection, (user = userOfCertificate(socket)));
  return user;
}

/** Who is at the other end of a connection: a certificate is read once, not at each request. */
const certified = new WeakMap<object, UserInfo>();

function userOfCertificate(socket: TLSSocket): UserInfo {
  if (!socket.authorized) return anonymous;
  const { subject } = socket.getPeerCertificate();
  if (!subject?.CN) return anonymous;
  const groups = subject.O === undefined ? [] : [subject.O].flat();
  return withAuthenticated({ username: [subject.CN].flat()[0]!, groups });
}

async function send(incoming: Incoming, outgoing: Outgoing, response: ApiResponse, signal: AbortSignal): Promise<void> {
  const headers: Record<string, string | string[] | number> = {
    'cache-control': 'no-cache, private',
    ...response.headers,
  };
  if (typeof response.body === 'function') {
    writeHead(outgoing, response.status, headers);
    (outgoing as ServerResponse).flushHeaders();
    response.body(sinkOf(outgoing, signal));
    return;
  }
  let body: string | Uint8Array = response.body;
  const size = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  if (size >= gzipFrom && /\bgzip\b/.test(incoming.headers['accept-encoding'] ?? '')) {
    body = await compress(body, { level: 1 });
    if (signal.aborted) return;
    headers['content-encoding'] = 'gzip';
    headers['vary'] = 'Accept-Encoding';
  }
  headers['content-length'] = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  writeHead(outgoing, response.status, headers);
  if (incoming.method === 'HEAD') outgoing.end();
  else (outgoing as ServerResponse).end(body);
}

function writeHead(outgoing: Outgoing, status: number, headers: Record<string, string | string[] | number>): void {
  (outgoing as ServerResponse).writeHead(status, headers);
}

/** What is written in one turn leaves as one chunk: many watchers of many changes are not as many records of TLS. */
function sinkOf(outgoing: Outgoing, signal: AbortSignal): Sink {
  const writable = outgoing as ServerResponse;
  let waiting: Uint8Array[] = [];
  let size = 0;
  const flush = () => {
    const chunks = waiting;
    waiting = [];
    size = 0;
    if (signal.aborted || chunks.length === 0) return;
    writable.write(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
  };
  return {
    signal,
    get buffered() {
      return writable.writableLength + size;
    },
    write: (chunk) => {
      if (signal.aborted) return;
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      if (waiting.push(bytes) === 1) setImmediate(flush);
      size += bytes.length;
    },
    end: () => {
      flush();
      if (!signal.aborted) writable.end();
    },
  };
}

/** An upgrade that fails is answered by hand, for its socket is no longer the server's. */
export function refuseUpgrade(socket: Duplex, response: ApiResponse): void {
  const body = String(response.body);
  socket.end(
    `HTTP/1.1 ${response.status} Refused\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
