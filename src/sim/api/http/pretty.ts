import type { ApiRequest, ApiResponse } from './message.ts';

/** What a person would call the API with: apiserver's handlers/negotiation indents JSON for these. */
const forPeople = /^(curl|Wget|Mozilla\/5\.0)/;

/** `?pretty=true`, or a client that shows the answer to a person. */
const isPretty = ({ query, header }: ApiRequest): boolean => {
  const asked = query.get('pretty');
  return asked !== null ? !['0', 'false'].includes(asked) : forPeople.test(header('user-agent') ?? '');
};

/** Indents a JSON answer where the client likes that; /version is indented for everybody. */
export function prettyResponse(request: ApiRequest, response: ApiResponse): ApiResponse {
  if (typeof response.body !== 'string' || response.headers['content-type'] !== 'application/json') return response;
  if (request.path !== '/version' && !isPretty(request)) return response;
  const end = request.path === '/version' ? '' : '\n';
  return { ...response, body: `${JSON.stringify(JSON.parse(response.body), null, 2)}${end}` };
}
