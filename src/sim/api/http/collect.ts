import type { ApiResponse } from './message.ts';

/** The whole of an answer as text, also of one that goes on until it ends. */
export function collect({ body }: ApiResponse, signal: AbortSignal): Promise<string> | string {
  if (typeof body === 'string') return body;
  if (typeof body !== 'function') return new TextDecoder().decode(body);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const done = () => resolve(Buffer.concat(chunks).toString());
    signal.addEventListener('abort', done, { once: true });
    body({ write: (chunk) => void chunks.push(Buffer.from(chunk)), end: done, buffered: 0, signal });
  });
}
