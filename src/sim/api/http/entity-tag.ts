import { createHash } from 'node:crypto';
import type { ApiRequest, ApiResponse } from './message.ts';

/** With the hash of its body as its ETag. */
export function withTag(response: ApiResponse): ApiResponse {
  const body = response.body as string;
  const hash = createHash('sha512').update(body).digest('hex').toUpperCase();
  return { ...response, headers: { ...response.headers, etag: `"${hash}"`, vary: 'Accept' } };
}

/** 304 where the client has it already. */
export function notModified({ header }: ApiRequest, response: ApiResponse): ApiResponse {
  const { etag, vary } = response.headers;
  const known = (header('if-none-match') ?? '').split(',').map((tag) => tag.trim());
  if (etag === undefined || !known.includes(String(etag))) return response;
  const cache = response.headers['cache-control'];
  return { status: 304, headers: { etag, ...(vary && { vary }), ...(cache && { 'cache-control': cache }) }, body: '' };
}
