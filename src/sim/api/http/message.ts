import type { UserInfo } from '../auth/user.ts';

/** A request, however it came: over a socket or from inside the process. */
export interface ApiRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  /** Lower-case names. */
  header(name: string): string | undefined;
  body(): Promise<Uint8Array>;
  user: UserInfo;
  /** Aborted when the client is gone. */
  signal: AbortSignal;
}

/** Where an answer that goes on is written to. */
export interface Sink {
  write(chunk: string | Uint8Array): void;
  end(): void;
  /** Bytes that the client has not taken yet. */
  readonly buffered: number;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
}

export interface ApiResponse {
  status: number;
  headers: Record<string, string | string[]>;
  /** A function writes an answer that goes on; headers are flushed before it runs. */
  body: string | Uint8Array | ((sink: Sink) => void);
}

export const json = 'application/json';

export const jsonResponse = (status: number, body: string, headers: ApiResponse['headers'] = {}): ApiResponse => ({
  status,
  headers: { 'content-type': json, ...headers },
  body,
});

/** RFC 7234 Warning header, as the API server writes it. */
export const warningHeader = (text: string): string => `299 - "${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
