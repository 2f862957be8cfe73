import { isIP } from 'node:net';
import type { JsonObject } from '../../../kube/json.ts';
import { dns1123Label, dns1123Subdomain, portName, portNumber, regexMessage } from '../../../kube/names.ts';
import type { StatusCause } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { invalid, invalidEach, notSupported, required } from './field.ts';
import { each, number, sub, text } from './read.ts';

function backend(value: JsonObject | undefined, path: string): StatusCause[] {
  const service = sub(value, 'service');
  const resource = sub(value, 'resource');
  if (service && resource) return [invalid(path, '', 'cannot set both resource and service backends')];
  if (resource) return [];
  if (!service) return [required(path, 'resource or service backend is required')];
  const name = text(service, 'name');
  const port = sub(service, 'port');
  const [byName, byNumber] = [text(port, 'name'), number(port, 'number') ?? 0];
  const at = `${path}.service`;
  const causes = name === '' ? [required(`${at}.name`)] : invalidEach(`${at}.name`, name, dns1123Label(name));
  if (byName !== '' && byNumber !== 0) causes.push(invalid(path, '', 'cannot set both port name & port number'));
  else if (byName !== '') causes.push(...invalidEach(`${at}.port.name`, byName, portName(byName)));
  else if (byNumber !== 0) causes.push(...portNumber(byNumber).map((message) => invalid(`${at}.port.number`, byNumber, message)));
  else causes.push(required(path, 'port name or number is required'));
  return causes;
}

const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];

export function ingress(object: KubeObject, old: KubeObject | undefined): StatusCause[] {
  const spec = object.spec as JsonObject;
  const fallback = sub(spec, 'defaultBackend');
  const rules = each(spec, 'rules', 'spec');
  if (rules.length === 0 && !fallback) return [invalid('spec', spec.rules, 'either `defaultBackend` or `rules` must be specified')];
  const classes = [text(spec, 'ingressClassName')].filter((name) => name !== '');
  const legacy = object.metadata.annotations?.['kubernetes.io/ingress.class'];
  return [
    ...(fallback ? backend(fallback, 'spec.defaultBackend') : []),
    ...rules.flatMap(({ value, path }) => {
      const host = text(value, 'host');
      const http = sub(value, 'http');
      return [
        ...(host === '' ? [] : hostName(host, `${path}.host`)),
        ...each(http, 'paths', `${path}.http`).flatMap(({ value: item, path: at }) => paths(item, at)),
      ];
    }),
    ...classes.flatMap((name) => invalidEach('spec.ingressClassName', name, dns1123Subdomain(name))),
    ...each(spec, 'tls', 'spec').flatMap(({ value, path }) => [
      ...((value.hosts as string[] | undefined) ?? []).flatMap((host, i) => hostName(host, `${path}.hosts[${i}]`)),
      ...(text(value, 'secretName') === ''
        ? []
        : invalidEach(`${path}.secretName`, text(value, 'secretName'), dns1123Subdomain(text(value, 'secretName')))),
    ]),
    ...(!old && classes.length > 0 && legacy !== undefined
      ? [invalid('annotations.kubernetes.io/ingress.class', legacy, 'can not be set when the class field is also set')]
      : []),
  ];
}

/** A name, or one whose first label is a star. */
function hostName(host: string, field: string): StatusCause[] {
  if (isIP(host) > 0) return [invalid(field, host, 'must be a DNS name, not an IP address')];
  if (!host.includes('*')) return invalidEach(field, host, dns1123Subdomain(host));
  if (/^\*(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+$/.test(host)) return [];
  const detail = regexMessage(
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
    '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*',
    '*.example.com',
  );
  return [invalid(field, host, detail)];
}

function paths(value: JsonObject, path: string): StatusCause[] {
  const type = text(value, 'pathType');
  if (type === '') return [required(`${path}.pathType`, 'pathType must be specified')];
  const causes = pathTypes.includes(type) ? [] : [notSupported(`${path}.pathType`, type, pathTypes)];
  const route = text(value, 'path');
  if ((type === 'Exact' || type === 'Prefix') && !route.startsWith('/'))
    causes.push(invalid(`${path}.path`, route, 'must be an absolute path'));
  return [...causes, ...backend(sub(value, 'backend'), `${path}.backend`)];
}
