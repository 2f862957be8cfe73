import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { KindlabError, type Fault } from '../base/errors.ts';
import type { ToolIo } from '../cluster/cluster.ts';
import type { FaultApi, SessionApi, SessionEvent } from './protocol.ts';
import type { SessionView } from './session-view.ts';
import type { ProcessInfo } from './state.ts';
import type { ToolFrame } from './tool-stream.ts';

interface RequestOptions {
  body?: unknown;
  signal?: AbortSignal | undefined;
  timeoutMs?: number | undefined;
}

/** Speaks to the process of a session. Every method throws KindlabError `session-unreachable` when it is gone. */
export class SessionClient implements SessionApi {
  readonly info: ProcessInfo;
  #agent = new Agent({ keepAlive: false });

  constructor(info: ProcessInfo) {
    this.info = info;
  }

  view(options: { signal?: AbortSignal; timeoutMs?: number } = {}): Promise<SessionView> {
    return this.#json('GET', '/view', options);
  }
  check(step?: string, signal?: AbortSignal): ReturnType<SessionApi['check']> {
    return this.#json('POST', '/check', { body: { step }, signal });
  }
  hint(step?: string): ReturnType<SessionApi['hint']> {
    return this.#json('POST', '/hint', { body: { step } });
  }
  solve(step?: string, signal?: AbortSignal): ReturnType<SessionApi['solve']> {
    return this.#json('POST', '/solve', { body: { step }, signal });
  }
  reset(step?: string): ReturnType<SessionApi['reset']> {
    return this.#json('POST', '/reset', { body: { step } });
  }
  readonly faults: FaultApi = {
    list: () => this.#json('POST', '/faults/list', {}),
    inject: (fault) => this.#json('POST', '/faults/inject', { body: { fault } }),
    clear: (fault) => this.#json('POST', '/faults/clear', { body: { fault } }),
    check: (fault) => this.#json('POST', '/faults/check', { body: { fault } }),
    diagnose: (fault) => this.#json('POST', '/faults/diagnose', { body: { fault } }),
  };
  async setClockSpeed(speed: number): Promise<void> {
    await this.#json('POST', '/clock', { body: { speed } });
  }
  async stepClock(ms: number, signal?: AbortSignal): Promise<void> {
    await this.#json('POST', '/step', { body: { ms }, signal });
  }
  async stop(): Promise<void> {
    await this.#json('POST', '/stop', {});
  }

  /** Views and lines of output as they come, the present view first, until the signal is aborted or the process ends. */
  async *events(signal?: AbortSignal): AsyncGenerator<SessionEvent> {
    const response = await this.#send('GET', '/events', { signal });
    await demandSuccess(response);
    try {
      for await (const line of linesOf(response)) yield JSON.parse(line) as SessionEvent;
    } catch (error) {
      if (signal?.aborted) return;
      throw error;
    } finally {
      response.destroy();
    }
  }

  /** Runs a tool of the lab shell in the session's process; its exit code. */
  async runTool(name: string, io: ToolIo): Promise<number> {
    const { argv, cwd, env, tty, signal } = io;
    const response = await this.#send('POST', `/tool/${encodeURIComponent(name)}`, { signal }, async (write) => {
      write(`${JSON.stringify({ argv, cwd, env, tty })}\n`);
      for await (const chunk of io.stdin ?? []) write(chunk);
    });
    await demandSuccess(response);
    for await (const line of linesOf(response)) {
      const frame = JSON.parse(line) as ToolFrame;
      if ('exit' in frame) return frame.exit;
      if ('stdout' in frame) io.stdout(frame.stdout);
      else io.stderr(frame.stderr);
    }
    throw unreachable(new Error(`${name} ended without an exit code`));
  }

  async #json<T>(method: string, path: string, options: RequestOptions): Promise<T> {
    const { body } = options;
    const response = await this.#send(method, path, options, body === undefined ? undefined : async (write) => write(JSON.stringify(body)));
    await demandSuccess(response);
    return JSON.parse(await textOf(response)) as T;
  }

  #send(
    method: string,
    path: string,
    { signal, timeoutMs }: RequestOptions,
    writeBody?: (write: (chunk: string | Uint8Array) => void) => Promise<void>,
  ): Promise<IncomingMessage> {
    const { port, token } = this.info;
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest({
        host: '127.0.0.1',
        port,
        method,
        path,
        agent: this.#agent,
        headers: { authorization: `Bearer ${token}` },
        ...(signal && { signal }),
        ...(timeoutMs !== undefined && { timeout: timeoutMs }),
      });
      outgoing.once('response', resolve);
      outgoing.once('timeout', () => outgoing.destroy(new Error('no answer in time')));
      outgoing.on('error', (error) => reject(signal?.aborted ? signal.reason : unreachable(error)));
      if (!writeBody) return void outgoing.end();
      writeBody((chunk) => void outgoing.write(chunk)).then(() => outgoing.end(), reject);
    });
  }
}

const unreachable = (cause: unknown) =>
  new KindlabError({
    code: 'session-unreachable',
    message: "the session's process does not answer",
    fix: 'kindlab status   (starts it again)',
    cause,
  });

async function demandSuccess(response: IncomingMessage): Promise<void> {
  if (response.statusCode === 200) return;
  throw new KindlabError(faultIn(await textOf(response)));
}

function faultIn(text: string): Fault {
  try {
    return (JSON.parse(text) as { error: Fault }).error;
  } catch (error) {
    // Another program has got the port since.
    throw unreachable(error);
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
  } catch (error) {
    throw unreachable(error);
  }
  return Buffer.concat(chunks).toString();
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  try {
    yield* createInterface({ input: response, crlfDelay: Infinity });
  } catch (error) {
    throw unreachable(error);
  }
}
