import { deepEqual } from '../../../kube/json.ts';
import { dns1123Label, dns1123Subdomain } from '../../../kube/names.ts';
import { tryParseQuantity } from '../../../kube/quantity.ts';
import type { StatusCause } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { invalid, invalidEach, required } from './field.ts';
import { sub, text } from './read.ts';

export function runtimeClass(object: KubeObject, old: KubeObject | undefined): StatusCause[] {
  const handler = text(object, 'handler');
  const overhead = sub(sub(object, 'overhead'), 'podFixed') ?? {};
  return [
    ...invalidEach('handler', handler, dns1123Label(handler)),
    ...Object.entries(overhead).flatMap(([name, amount]) =>
      (tryParseQuantity(String(amount))?.nanos ?? 0n) < 0n
        ? [invalid(`overhead.podFixed[${name}]`, amount, 'must be greater than or equal to 0')]
        : [],
    ),
    ...(old && old['handler'] !== handler ? [invalid('handler', handler, 'field is immutable')] : []),
  ];
}

export function ingressClass(object: KubeObject, old: KubeObject | undefined): StatusCause[] {
  const spec = sub(object, 'spec');
  const controller = text(spec, 'controller');
  const parameters = sub(spec, 'parameters');
  const [domain = '', path] = [controller.split('/')[0], controller.split('/').slice(1).join('/')];
  const before = sub(old, 'spec');
  if (before && !deepEqual(before.controller, spec?.controller)) return [invalid('spec.controller', controller, 'field is immutable')];
  return [
    ...(controller.length > 250
      ? [{ reason: 'FieldValueTooLong', message: 'Too long: may not be more than 250 bytes', field: 'spec.controller' }]
      : []),
    ...(controller === '' || path !== ''
      ? controller === ''
        ? []
        : invalidEach('spec.controller', domain, dns1123Subdomain(domain))
      : [invalid('spec.controller', controller, 'must be a domain-prefixed path (such as "acme.io/foo")')]),
    ...(controller === '' && old === undefined
      ? [invalid('spec.controller', '', 'must be a domain-prefixed path (such as "acme.io/foo")')]
      : []),
    ...(parameters
      ? ['kind', 'name'].filter((field) => text(parameters, field) === '').map((field) => required(`spec.parameters.${field}`))
      : []),
  ];
}

/** An event is where its object is; one of a cluster-wide object is in `default`. Newer events, which say when, may be elsewhere. */
export function event(object: KubeObject): StatusCause[] {
  if (object['eventTime']) return [];
  const namespace = text(sub(object, 'involvedObject'), 'namespace');
  const home = object.metadata.namespace ?? '';
  const right = namespace === '' ? home === 'default' || home === '' : namespace === home;
  return right ? [] : [invalid('involvedObject.namespace', namespace, 'does not match event.namespace')];
}
