import { messageOf } from '../../../base/errors.ts';
import type { ServerContext } from '../http/context.ts';
import type { StreamPath } from './program.ts';

/** The client's side of one forwarded connection. */
export interface ForwardedConnection {
  /** Ends when the client's program has no more to say. */
  input: AsyncIterable<Uint8Array>;
  write(bytes: Uint8Array): void;
  /** Aborted when the client is gone. */
  signal: AbortSignal;
}

/** Joins a client's connection with a pod's port until one of them ends. What went wrong, in the kubelet's words. */
export async function forward(
  context: ServerContext,
  { namespace, name }: StreamPath,
  port: number,
  client: ForwardedConnection,
): Promise<string | undefined> {
  try {
    const pod = await context.nodeAccess!.connect({ namespace, pod: name, port }, client.signal);
    let failed: string | undefined;
    send(client.input, pod).catch((error: unknown) => {
      failed = messageOf(error);
      pod.end();
    });
    for await (const bytes of pod.readable) client.write(bytes);
    return failed;
  } catch (error) {
    return messageOf(error);
  }
}

async function send(input: AsyncIterable<Uint8Array>, pod: { write(bytes: Uint8Array): void; end(): void }): Promise<void> {
  for await (const bytes of input) pod.write(bytes);
  pod.end();
}
