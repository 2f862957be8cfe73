import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { KindlabError, messageOf } from '../base/errors.ts';
import type { ToolIo } from '../cluster/cluster.ts';

/** First line of a tool's request; its standard input follows, to the end of the request. */
const Header = z.object({
  argv: z.array(z.string()),
  cwd: z.string().optional(),
  env: z.record(z.string(), z.string()).optional(),
  tty: z.boolean().optional(),
});

/** A line of the answer. */
export type ToolFrame = { stdout: string } | { stderr: string } | { exit: number };

interface Tools {
  runTool(name: string, io: ToolIo): Promise<number>;
}

/** Runs a lab shell tool over one request: output and exit code go back as NDJSON while input still comes. A closed connection ends the tool. */
export async function serveTool(tools: Tools, name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const ended = new AbortController();
  response.once('close', () => ended.abort());
  const { header, stdin } = await readHeader(request);
  response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
  response.flushHeaders();
  const send = (frame: ToolFrame) => void (response.writable && response.write(`${JSON.stringify(frame)}\n`));
  const io: ToolIo = {
    argv: header.argv,
    stdin,
    stdout: (text) => send({ stdout: text }),
    stderr: (text) => send({ stderr: text }),
    signal: ended.signal,
    ...(header.tty !== undefined && { tty: header.tty }),
    ...(header.cwd !== undefined && { cwd: header.cwd }),
    ...(header.env !== undefined && { env: header.env }),
  };
  try {
    send({ exit: await tools.runTool(name, io) });
  } catch (error) {
    if (!ended.signal.aborted) {
      const fix = error instanceof KindlabError && error.fix ? `\n${error.fix}` : '';
      send({ stderr: `${name}: ${messageOf(error)}${fix}\n` });
      send({ exit: 1 });
    }
  }
  response.end();
}

async function readHeader(request: IncomingMessage): Promise<{ header: z.infer<typeof Header>; stdin: AsyncIterable<Uint8Array> }> {
  const chunks = request.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
  let text = Buffer.alloc(0);
  for (;;) {
    const end = text.indexOf(10);
    if (end !== -1) {
      return { header: Header.parse(JSON.parse(text.subarray(0, end).toString())), stdin: rest(text.subarray(end + 1), chunks) };
    }
    const next = await chunks.next();
    if (next.done) throw new KindlabError({ code: 'bad-request', message: 'a tool request begins with a line of JSON' });
    text = Buffer.concat([text, next.value]);
  }
}

async function* rest(first: Uint8Array, chunks: AsyncIterator<Buffer>): AsyncGenerator<Uint8Array> {
  if (first.length > 0) yield first;
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
}
