import { isIP } from 'node:net';
import { deepEqual, type JsonObject } from '../../../kube/json.ts';
import { dns1123Label, dns1123Subdomain, portNumber } from '../../../kube/names.ts';
import type { StatusCause } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { protocols } from './container.ts';
import { duplicate, forbidden, invalid, invalidEach, notSupported, oneOf, required } from './field.ts';
import { labels } from './metadata.ts';
import { portNumberOrName } from './probe.ts';
import { each, isEmptyList, number, sub, text } from './read.ts';

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];

/** clusterIPs as the registry keeps them, or as the first is given before it does. */
const clusterIPs = (spec: JsonObject): string[] => {
  if (Array.isArray(spec.clusterIPs)) return spec.clusterIPs as string[];
  const first = text(spec, 'clusterIP');
  return first === '' ? [] : [first];
};

const isHeadless = (spec: JsonObject): boolean => clusterIPs(spec)[0] === 'None';

function byType(spec: JsonObject): StatusCause[] {
  const type = text(spec, 'type');
  if (type === 'LoadBalancer' || type === 'NodePort') {
    return isHeadless(spec) ? [invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${type} services`)] : [];
  }
  if (type !== 'ExternalName') return [];
  const name = text(spec, 'externalName').replace(/\.$/, '');
  return [
    ...(clusterIPs(spec).length > 0 ? [forbidden('spec.clusterIPs', 'may not be set for ExternalName services')] : []),
    ...(name === '' ? [required('spec.externalName')] : invalidEach('spec.externalName', name, dns1123Subdomain(name))),
  ];
}

function ports(spec: JsonObject): StatusCause[] {
  const all = each(spec, 'ports', 'spec');
  const names = new Set<string>();
  return all.flatMap(({ value, path }) => {
    const name = text(value, 'name');
    const causes: StatusCause[] = [];
    if (name === '') {
      if (all.length > 1) causes.push(required(`${path}.name`));
    } else {
      causes.push(...invalidEach(`${path}.name`, name, dns1123Label(name)));
      if (names.has(name)) causes.push(duplicate(`${path}.name`, name));
      names.add(name);
    }
    const port = number(value, 'port') ?? 0;
    return [
      ...causes,
      ...portNumber(port).map((message) => invalid(`${path}.port`, port, message)),
      ...oneOf(`${path}.protocol`, value.protocol, protocols),
      ...portNumberOrName(`${path}.targetPort`, value.targetPort),
    ];
  });
}

function twice(spec: JsonObject): StatusCause[] {
  const [byNodePort, byPort] = [new Set<string>(), new Set<string>()];
  const all = each(spec, 'ports', 'spec');
  const nodePorts = all.flatMap(({ value, path }) => {
    const nodePort = number(value, 'nodePort');
    if (!nodePort) return [];
    const key = `${text(value, 'protocol')}/${nodePort}`;
    const found = byNodePort.has(key);
    byNodePort.add(key);
    const own = text(spec, 'type') === 'ClusterIP' ? [forbidden(`${path}.nodePort`, "may not be used when `type` is 'ClusterIP'")] : [];
    return found ? [...own, duplicate(`${path}.nodePort`, nodePort)] : own;
  });
  const same = all.flatMap(({ value, path }) => {
    const key = { Name: '', Protocol: value.protocol, AppProtocol: null, Port: value.port, TargetPort: 0, NodePort: 0 };
    const id = `${text(value, 'protocol')}/${number(value, 'port')}`;
    const found = byPort.has(id);
    byPort.add(id);
    return found ? [duplicate(path, key)] : [];
  });
  return [...nodePorts, ...same];
}

function addresses(spec: JsonObject): StatusCause[] {
  const ips = clusterIPs(spec);
  const detail = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
  return [
    ...ips.flatMap((ip, i) => (ip === 'None' || ip === '' || isIP(ip) > 0 ? [] : [invalid(`spec.clusterIPs[${i}]`, ip, detail)])),
    ...((spec.externalIPs as string[] | undefined) ?? []).flatMap((ip, i) =>
      isIP(ip) === 0
        ? [invalid(`spec.externalIPs[${i}]`, ip, detail)]
        : /^127\.|^::1$/.test(ip)
          ? [invalid(`spec.externalIPs[${i}]`, ip, 'may not be in the loopback range (127.0.0.0/8, ::1/128)')]
          : [],
    ),
  ];
}

/** The address of a service stays, unless it becomes or was an ExternalName. */
function keptAddress(spec: JsonObject, old: JsonObject): StatusCause[] {
  if (text(spec, 'type') === 'ExternalName' || text(old, 'type') === 'ExternalName') return [];
  const [now, before] = [clusterIPs(spec), clusterIPs(old)];
  if (before.length === 0 || deepEqual(now[0], before[0])) return [];
  return [
    now.length === 0
      ? invalid('spec.clusterIPs[0]', now, 'primary clusterIP can not be unset')
      : invalid('spec.clusterIPs[0]', now, 'may not change once set'),
  ];
}

export function service(object: KubeObject, old: KubeObject | undefined): StatusCause[] {
  const spec = object.spec as JsonObject;
  const type = text(spec, 'type');
  const needsPorts = isEmptyList(spec.ports) && !isHeadless(spec) && type !== 'ExternalName';
  const affinity = text(spec, 'sessionAffinity');
  const timeout = number(sub(sub(spec, 'sessionAffinityConfig'), 'clientIP'), 'timeoutSeconds');
  return [
    ...(old ? keptAddress(spec, old.spec as JsonObject) : []),
    ...(needsPorts ? [required('spec.ports')] : []),
    ...byType(spec),
    ...ports(spec),
    ...labels('spec.selector', spec.selector),
    ...oneOf('spec.sessionAffinity', affinity, ['ClientIP', 'None']),
    ...(affinity === 'ClientIP' && timeout !== undefined && (timeout <= 0 || timeout > 86_400)
      ? [invalid('spec.sessionAffinityConfig.clientIP.timeoutSeconds', timeout, 'must be greater than 0 and less than 86400')]
      : []),
    ...addresses(spec),
    ...(type === '' ? [required('spec.type')] : types.includes(type) ? [] : [notSupported('spec.type', type, types)]),
    ...twice(spec),
    ...(type === 'ClusterIP' && spec.externalTrafficPolicy !== undefined && isEmptyList(spec.externalIPs)
      ? [invalid('spec.externalTrafficPolicy', spec.externalTrafficPolicy, 'may only be set for externally-accessible services')]
      : []),
    ...(type !== 'LoadBalancer' && !isEmptyList(spec.loadBalancerSourceRanges)
      ? [forbidden('spec.LoadBalancerSourceRanges', "may only be used when `type` is 'LoadBalancer'")]
      : []),
    ...(spec.ipFamilyPolicy === 'RequireDualStack' && !isHeadless(spec)
      ? [invalid('spec.ipFamilyPolicy', 'RequireDualStack', 'this cluster is not configured for dual-stack services')]
      : []),
    ...(spec.allocateLoadBalancerNodePorts !== undefined && type !== 'LoadBalancer'
      ? [forbidden('spec.allocateLoadBalancerNodePorts', "may only be used when `type` is 'LoadBalancer'")]
      : []),
  ];
}
