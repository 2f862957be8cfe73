import { BlockList, isIP } from 'node:net';
import { deepEqual, isObject, type JsonObject } from '../../../kube/json.ts';
import type { StatusCause } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { forbidden, invalid, notSupported, oneOf, required } from './field.ts';
import { portNumberOrName } from './probe.ts';
import { each, number, sub, text } from './read.ts';
import { labelSelector } from './selector.ts';
import { atMostAll, intOrPercent } from './rollout.ts';

/** As upstream's internal type prints itself. */
const internal = ({ minAvailable, selector = null, maxUnavailable, unhealthyPodEvictionPolicy = null }: JsonObject) => ({
  MinAvailable: minAvailable,
  Selector: selector,
  MaxUnavailable: maxUnavailable,
  UnhealthyPodEvictionPolicy: unhealthyPodEvictionPolicy,
});

export function podDisruptionBudget(object: KubeObject): StatusCause[] {
  const spec = object.spec as JsonObject;
  const { minAvailable, maxUnavailable } = spec;
  return [
    ...(minAvailable !== undefined && maxUnavailable !== undefined
      ? [invalid('spec', internal(spec), 'minAvailable and maxUnavailable cannot be both set')]
      : []),
    ...intOrPercent('spec.minAvailable', minAvailable),
    ...atMostAll('spec.minAvailable', minAvailable),
    ...intOrPercent('spec.maxUnavailable', maxUnavailable),
    ...atMostAll('spec.maxUnavailable', maxUnavailable),
    ...labelSelector('spec.selector', spec.selector),
    ...oneOf('spec.unhealthyPodEvictionPolicy', spec.unhealthyPodEvictionPolicy, ['AlwaysAllow', 'IfHealthyBudget'], { optional: true }),
  ];
}

const isCidr = (value: string): boolean => {
  const [address = '', bits] = value.split('/');
  const family = isIP(address);
  return family > 0 && bits !== undefined && /^\d+$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
};

const contains = (cidr: string, inner: string): boolean => {
  const [network = '', bits = ''] = cidr.split('/');
  const [address = '', innerBits = ''] = inner.split('/');
  const family = (ip: string) => (isIP(ip) === 6 ? 'ipv6' : 'ipv4');
  if (family(network) !== family(address) || Number(innerBits) <= Number(bits)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family(network));
  return list.check(address, family(address));
};

function ipBlock(block: JsonObject, path: string): StatusCause[] {
  const cidr = text(block, 'cidr');
  if (cidr === '') return [required(`${path}.cidr`)];
  const detail = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
  if (!isCidr(cidr)) return [invalid(`${path}.cidr`, cidr, detail)];
  return ((block.except as string[] | undefined) ?? []).flatMap((except, i) => {
    if (!isCidr(except)) return [invalid(`${path}.except[${i}]`, except, detail)];
    return contains(cidr, except) ? [] : [invalid(`${path}.except[${i}]`, except, 'must be a strict subset of `cidr`')];
  });
}

function peer(value: JsonObject, path: string): StatusCause[] {
  const given = ['podSelector', 'namespaceSelector', 'ipBlock'].filter((field) => isObject(value[field]));
  const block = sub(value, 'ipBlock');
  return [
    ...labelSelector(`${path}.podSelector`, value.podSelector),
    ...labelSelector(`${path}.namespaceSelector`, value.namespaceSelector),
    ...(block ? ipBlock(block, `${path}.ipBlock`) : []),
    ...(given.length === 0 ? [required(path, 'must specify a peer')] : []),
    ...(block && given.length > 1 ? [forbidden(path, 'may not specify both ipBlock and another peer')] : []),
  ];
}

function port(value: JsonObject, path: string): StatusCause[] {
  const causes = oneOf(`${path}.protocol`, value.protocol, ['TCP', 'UDP', 'SCTP'], { optional: true });
  const end = number(value, 'endPort');
  if (value.port !== undefined) causes.push(...portNumberOrName(`${path}.port`, value.port));
  if (end === undefined) return causes;
  if (value.port === undefined) return [...causes, invalid(`${path}.endPort`, end, 'may not be specified when `port` is not specified')];
  if (typeof value.port === 'string')
    return [...causes, invalid(`${path}.endPort`, end, 'may not be specified when `port` is non-numeric')];
  return end < (number(value, 'port') ?? 0)
    ? [...causes, invalid(`${path}.endPort`, number(value, 'port'), 'must be greater than or equal to `port`')]
    : causes;
}

export function networkPolicy(object: KubeObject): StatusCause[] {
  const spec = object.spec as JsonObject;
  const rules = [
    { list: 'ingress', peers: 'from' },
    { list: 'egress', peers: 'to' },
  ];
  const kinds = (spec.policyTypes as string[] | undefined) ?? [];
  return [
    ...labelSelector('spec.podSelector', spec.podSelector),
    ...rules.flatMap(({ list, peers }) =>
      each(spec, list, 'spec').flatMap(({ value, path }) => [
        ...each(value, 'ports', path).flatMap(({ value: item, path: at }) => port(item, at)),
        ...each(value, peers, path).flatMap(({ value: item, path: at }) => peer(item, at)),
      ]),
    ),
    ...kinds.flatMap((kind, i) =>
      kind === 'Ingress' || kind === 'Egress' ? [] : [notSupported(`spec.policyTypes[${i}]`, kind, ['Ingress', 'Egress'])],
    ),
  ];
}

function rules(object: KubeObject, namespaced: boolean): StatusCause[] {
  return each(object, 'rules', '').flatMap(({ value, path }) => {
    const at = path.slice(1);
    const has = (field: string) => Array.isArray(value[field]) && value[field].length > 0;
    const causes = has('verbs') ? [] : [required(`${at}.verbs`, 'verbs must contain at least one value')];
    if (has('nonResourceURLs')) {
      if (namespaced)
        causes.push(invalid(`${at}.nonResourceURLs`, value.nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs'));
      return causes;
    }
    if (!has('apiGroups')) causes.push(required(`${at}.apiGroups`, 'resource rules must supply at least one api group'));
    if (!has('resources')) causes.push(required(`${at}.resources`, 'resource rules must supply at least one resource'));
    return causes;
  });
}

export const role = (object: KubeObject): StatusCause[] => rules(object, true);
export const clusterRole = (object: KubeObject): StatusCause[] => rules(object, false);

const groups: Readonly<Record<string, string>> = {
  User: 'rbac.authorization.k8s.io',
  Group: 'rbac.authorization.k8s.io',
  ServiceAccount: '',
};

export function roleBinding(object: KubeObject, old: KubeObject | undefined): StatusCause[] {
  const reference = sub(object, 'roleRef') ?? {};
  const kinds = object.kind === 'RoleBinding' ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  const subjects = each(object, 'subjects', '').flatMap(({ value, path }) => {
    const at = path.slice(1);
    const kind = text(value, 'kind');
    const causes = text(value, 'name') === '' ? [required(`${at}.name`)] : [];
    if (!Object.hasOwn(groups, kind)) return [...causes, notSupported(`${at}.kind`, kind, ['ServiceAccount', 'User', 'Group'])];
    // A RoleBinding's own namespace stands in.
    if (kind === 'ServiceAccount' && object.kind === 'ClusterRoleBinding' && text(value, 'namespace') === '')
      causes.push(required(`${at}.namespace`));
    if (text(value, 'apiGroup') !== groups[kind]) causes.push(notSupported(`${at}.apiGroup`, text(value, 'apiGroup'), [groups[kind]!]));
    return causes;
  });
  return [
    ...(text(reference, 'apiGroup') === 'rbac.authorization.k8s.io'
      ? []
      : [notSupported('roleRef.apiGroup', text(reference, 'apiGroup'), ['rbac.authorization.k8s.io'])]),
    ...(kinds.includes(text(reference, 'kind')) ? [] : [notSupported('roleRef.kind', text(reference, 'kind'), kinds)]),
    ...(text(reference, 'name') === '' ? [required('roleRef.name')] : []),
    ...subjects,
    ...(old && !deepEqual(old.roleRef, object.roleRef)
      ? [invalid('roleRef', { APIGroup: reference.apiGroup, Kind: reference.kind, Name: reference.name }, 'cannot change roleRef')]
      : []),
  ];
}
