import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import type { Cancel } from '../base/clock.ts';
import { KindlabError, messageOf } from '../base/errors.ts';
import type { ToolIo } from '../cluster/cluster.ts';
import type { FaultApi, SessionApi, SessionEvent } from './protocol.ts';
import { serveTool } from './tool-stream.ts';

/** What the control port offers of a session. */
export interface Controlled extends SessionApi {
  /** Throws KindlabError `not-ready` before the cluster is. */
  readonly faults: FaultApi;
  events: { on(listener: (event: SessionEvent) => void): Cancel };
  runTool(name: string, io: ToolIo): Promise<number>;
}

export interface ControlServer {
  port: number;
  token: string;
  close(): Promise<void>;
}

/** Far more than any request of ours has; a tool's standard input is streamed and not counted. */
const largestBody = 64 * 1024;

const Arguments = z.object({
  step: z.string().optional(),
  fault: z.string().optional(),
  speed: z.number().optional(),
  ms: z.number().optional(),
});

/** Serves a session on 127.0.0.1, on a port that the system picks, to whoever knows the token. */
export async function serveControl(session: Controlled): Promise<ControlServer> {
  const token = randomBytes(32).toString('base64url');
  const expected = Buffer.from(`Bearer ${token}`);
  const server = createServer((request, response) => {
    const given = Buffer.from(request.headers.authorization ?? '');
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      return answer(response, 401, { error: { code: 'unauthorized', message: 'a bearer token is needed' } });
    }
    void route(session, request, response).catch((error: unknown) => answerError(response, error));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    token,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function route(session: Controlled, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
  const [, first = '', second] = pathname.split('/');
  if (request.method === 'GET' && pathname === '/events') return streamEvents(session, response);
  if (request.method === 'GET' && pathname === '/view') return answer(response, 200, await session.view());
  if (request.method === 'POST' && first === 'tool' && second) return serveTool(session, decodeURIComponent(second), request, response);
  const call = request.method === 'POST' ? calls[pathname.slice(1)] : undefined;
  if (!call) {
    return answer(response, 404, { error: { code: 'not-found', message: `${request.method} ${pathname}: no such request` } });
  }
  answer(response, 200, (await call(session, Arguments.parse(await readBody(request)))) ?? {});
}

const calls: Record<string, (session: Controlled, args: z.infer<typeof Arguments>) => Promise<unknown>> = {
  check: (session, { step }) => session.check(step),
  hint: (session, { step }) => session.hint(step),
  solve: (session, { step }) => session.solve(step),
  reset: (session, { step }) => session.reset(step),
  'faults/list': ({ faults }) => faults.list(),
  'faults/inject': ({ faults }, { fault }) => faults.inject(fault),
  'faults/clear': ({ faults }, { fault }) => faults.clear(fault),
  'faults/check': ({ faults }, { fault }) => faults.check(fault),
  'faults/diagnose': ({ faults }, { fault }) => faults.diagnose(fault),
  clock: (session, { speed }) => session.setClockSpeed(speed ?? 1),
  step: (session, { ms }) => session.stepClock(ms ?? 0),
  stop: (session) => session.stop(),
};

async function streamEvents(session: Controlled, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
  let missed = false;
  const write = (event: SessionEvent) => {
    // A reader that does not keep up gets the latest view when it can, and every line of output.
    if (event.type === 'view' && response.writableNeedDrain) missed = true;
    else response.write(`${JSON.stringify(event)}\n`);
  };
  const writeView = async () => {
    missed = false;
    write({ type: 'view', view: await session.view() });
  };
  response.on('drain', () => missed && void writeView());
  response.once('close', session.events.on(write));
  await writeView();
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > largestBody) throw new KindlabError({ code: 'bad-request', message: 'the request is too large' });
  }
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new KindlabError({ code: 'bad-request', message: 'the request is no JSON', cause: error });
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function answerError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) return void response.destroy();
  if (error instanceof KindlabError) {
    const { code, message, fix, exitCode } = error;
    return answer(response, 400, { error: { code, message, ...(fix && { fix }), exitCode } });
  }
  answer(response, error instanceof z.ZodError ? 400 : 500, { error: { code: 'internal', message: messageOf(error) } });
}
