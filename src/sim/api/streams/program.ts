import { messageOf } from '../../../base/errors.ts';
import { badRequest, StatusError } from '../../../kube/status.ts';
import type { ServerContext } from '../http/context.ts';
import { flag, text } from '../http/parameters.ts';
import type { StreamIo } from '../node-access.ts';
import { resolveContainer } from './containers.ts';

export interface StreamPath {
  namespace: string;
  name: string;
  subresource: string;
}

export interface TerminalSize {
  width: number;
  height: number;
}

/** What exec and attach are asked for, whatever carries their streams. */
export interface ProgramRequest {
  path: StreamPath;
  container: string;
  argv: string[];
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  tty: boolean;
}

/** The streams to a program, as a WebSocket or a SPDY session carries them. */
export interface ProgramChannels {
  stdin: AsyncIterable<Uint8Array> | undefined;
  resizes: AsyncIterable<TerminalSize> | undefined;
  stdout(data: string | Uint8Array): void;
  stderr(data: string): void;
  /** Aborted when the client is gone. */
  signal: AbortSignal;
}

/** Throws StatusError for what cannot be run, before the connection is upgraded. */
export function programRequest(context: ServerContext, path: StreamPath, query: URLSearchParams): ProgramRequest {
  const { container } = resolveContainer(context.core, path.namespace, path.name, text(query, 'container'));
  const argv = query.getAll('command');
  if (path.subresource === 'exec' && argv.length === 0) throw badRequest('you must specify at least 1 command for the container');
  const [stdin, stdout, stderr, tty] = ['stdin', 'stdout', 'stderr', 'tty'].map((name) => flag(query, name)) as [
    boolean,
    boolean,
    boolean,
    boolean,
  ];
  if (!stdin && !stdout && !stderr) throw badRequest('you must specify at least 1 of stdin, stdout, stderr');
  return { path, container, argv, stdin, stdout, stderr: stderr && !tty, tty };
}

/** Runs it to its end; the Status that goes to the client on the error channel. */
export async function runProgram(context: ServerContext, request: ProgramRequest, channels: ProgramChannels): Promise<object> {
  const { path, container, argv, tty } = request;
  const io: StreamIo = {
    argv,
    stdin: channels.stdin,
    stdout: (chunk) => channels.stdout(chunk),
    stdoutBytes: (bytes) => channels.stdout(bytes),
    stderr: (chunk) => (tty ? channels.stdout(chunk) : channels.stderr(chunk)),
    signal: channels.signal,
    tty,
    ...(channels.resizes && { resizes: channels.resizes }),
  };
  const target = { namespace: path.namespace, pod: path.name, container };
  const nodes = context.nodeAccess!;
  try {
    return exitStatus(await (path.subresource === 'exec' ? nodes.exec(target, io) : nodes.attach(target, io)));
  } catch (error) {
    if (error instanceof StatusError) return error.status;
    return new StatusError(500, 'InternalError', `Internal error occurred: ${messageOf(error)}`).status;
  }
}

/** The size of the client's terminal, of a message on the resize channel. */
export function parseSize(content: string): TerminalSize | undefined {
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
