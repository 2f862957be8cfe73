import { encodeProtobuf, type Json } from '../machinery.ts';
import { negotiate, protobufType, type Format } from './media.ts';
import { json, type ApiRequest, type ApiResponse } from './message.ts';
import { prettyResponse } from './pretty.ts';

/** Brings an answer that was made as JSON into the form that the client prefers. */
export async function encodeResponse(request: ApiRequest, response: ApiResponse): Promise<ApiResponse> {
  const { body, headers } = response;
  if (typeof body !== 'string' || headers['content-type'] !== json) return response;
  switch (formOf(request, response)) {
    case 'yaml': {
      const { writeYaml } = await import('../codec/yaml.ts');
      return { ...response, headers: { ...headers, 'content-type': 'application/yaml' }, body: writeYaml(JSON.parse(body)) };
    }
    case 'protobuf': {
      const bytes = encodeProtobuf(JSON.parse(body) as Json);
      return bytes ? { ...response, headers: { ...headers, 'content-type': protobufType }, body: bytes } : response;
    }
    case 'json':
      return prettyResponse(request, response);
    case undefined:
      // What no agreed encoder writes is written for a person.
      return { ...response, body: JSON.stringify(JSON.parse(body), null, 2) };
  }
}

/** A failure is told in a type that was asked for, also where the form within that type is not to be had. */
function formOf(request: ApiRequest, response: ApiResponse): Format['type'] | undefined {
  const accept = request.header('accept');
  try {
    return negotiate(accept).type;
  } catch {
    return response.status < 400 ? 'json' : undefined;
  }
}
