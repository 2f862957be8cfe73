import { negotiate } from './media.ts';
import type { ApiRequest, ApiResponse } from './message.ts';

/** Turns a JSON answer into YAML where the client prefers that. */
export async function yamlResponse(request: ApiRequest, response: ApiResponse): Promise<ApiResponse> {
  if (typeof response.body !== 'string' || response.headers['content-type'] !== 'application/json') return response;
  if (response.status !== 406 && negotiate(request.header('accept')).type !== 'yaml') return response;
  const { stringify } = await import('yaml');
  return { ...response, headers: { ...response.headers, 'content-type': 'application/yaml' }, body: stringify(JSON.parse(response.body)) };
}
