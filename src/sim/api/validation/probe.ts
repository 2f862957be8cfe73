import type { JsonObject } from '../../../kube/json.ts';
import { portName, portNumber } from '../../../kube/names.ts';
import type { StatusCause } from '../../../kube/status.ts';
import { forbidden, invalid, invalidEach, nonNegative, oneOf, required } from './field.ts';
import { isEmptyList, number, sub, text } from './read.ts';

export const portNumberOrName = (field: string, port: unknown): StatusCause[] =>
  typeof port === 'string'
    ? invalidEach(field, port, portName(port))
    : portNumber(Number(port ?? 0)).map((message) => invalid(field, Number(port ?? 0), message));

const handlers: Readonly<Record<string, (handler: JsonObject, path: string) => StatusCause[]>> = {
  exec: (handler, path) => (isEmptyList(handler.command) ? [required(`${path}.command`)] : []),
  httpGet: (handler, path) => [
    ...(text(handler, 'path') === '' ? [required(`${path}.path`)] : []),
    ...portNumberOrName(`${path}.port`, handler.port),
    ...oneOf(`${path}.scheme`, handler.scheme, ['HTTP', 'HTTPS']),
  ],
  tcpSocket: (handler, path) => portNumberOrName(`${path}.port`, handler.port),
  grpc: (handler, path) => portNumberOrName(`${path}.port`, handler.port),
  sleep: () => [],
};

/** A probe or a lifecycle hook does exactly one thing. */
function handler(value: JsonObject, path: string): StatusCause[] {
  const given = Object.keys(handlers).filter((name) => sub(value, name));
  if (given.length === 0) return [required(path, 'must specify a handler type')];
  return given.flatMap((name, i) =>
    i > 0
      ? [forbidden(`${path}.${name}`, 'may not specify more than 1 handler type')]
      : handlers[name]!(sub(value, name)!, `${path}.${name}`),
  );
}

const counts = ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'];

function probe(value: JsonObject | undefined, path: string): StatusCause[] {
  if (!value) return [];
  const causes = [...handler(value, path), ...counts.flatMap((field) => nonNegative(`${path}.${field}`, value[field]))];
  const grace = number(value, 'terminationGracePeriodSeconds');
  if (grace !== undefined && grace <= 0) causes.push(invalid(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than 0'));
  return causes;
}

/** lifecycle and the three probes. */
export function health(container: JsonObject, path: string): StatusCause[] {
  const lifecycle = sub(container, 'lifecycle');
  const hooks = ['postStart', 'preStop'].flatMap((name) => {
    const hook = sub(lifecycle, name);
    return hook ? handler(hook, `${path}.lifecycle.${name}`) : [];
  });
  const once = ['livenessProbe', 'startupProbe'].flatMap((name) => {
    const value = sub(container, name);
    const successes = number(value, 'successThreshold') ?? 1;
    return [
      ...probe(value, `${path}.${name}`),
      ...(value && successes !== 1 ? [invalid(`${path}.${name}.successThreshold`, successes, 'must be 1')] : []),
    ];
  });
  return [...hooks, ...once, ...probe(sub(container, 'readinessProbe'), `${path}.readinessProbe`)];
}
