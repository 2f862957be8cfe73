import type { Service } from '../../../kube/types.ts';
import type { StatusCause } from '../../../kube/status.ts';
import type { Core } from '../registry/core.ts';
import { isIP } from 'node:net';
import { allocateAddress, allocatePort, nodePortRange, serviceCidr, takenAddresses, takenPorts } from './service-allocation.ts';
import { field } from './field.ts';
import type { Strategy } from './strategy.ts';

type Spec = NonNullable<Service['spec']>;

export const serviceStrategy: Strategy = {
  statusMetadata: 'free',
  returnsDeleted: true,
  fields: { 'spec.clusterIP': field('spec', 'clusterIP'), 'spec.type': field('spec', 'type') },
  prepareCreate(object, core) {
    const service = object as Service;
    service.status = { loadBalancer: {} };
    if (service.spec) allocate(service, service.spec, undefined, core);
  },
  prepareUpdate(object, old, core, subresource) {
    const service = object as Service;
    if (subresource === 'status' || !service.spec) return;
    allocate(service, service.spec, (old as Service).spec, core);
  },
  check(object, core, old): StatusCause[] {
    const { spec, metadata } = object as Service;
    const ports = checkPorts(object, old, core);
    if (ports.length > 0) return ports;
    if (!spec?.clusterIP || spec.clusterIP === 'None' || spec.clusterIP === (old as Service | undefined)?.spec?.clusterIP) return [];
    if (isIP(spec.clusterIP) === 0) return [];
    if (!serviceCidr.contains(spec.clusterIP)) {
      return [
        refused(
          'spec.clusterIPs',
          JSON.stringify([spec.clusterIP]),
          `failed to allocate IP ${spec.clusterIP}: the provided network does not match the current range`,
        ),
      ];
    }
    return takenAddresses(core, `${metadata.namespace}/${metadata.name}`).has(spec.clusterIP)
      ? [
          refused(
            'spec.clusterIPs',
            JSON.stringify([spec.clusterIP]),
            `failed to allocate IP ${spec.clusterIP}: provided IP is already allocated`,
          ),
        ]
      : [];
  },
};

/** Node ports that were asked for and cannot be had. */
function checkPorts({ spec, metadata }: Service, old: Service | undefined, core: Core): StatusCause[] {
  const had = new Set((old?.spec?.ports ?? []).map((port) => port.nodePort));
  const asked = (spec?.ports ?? []).map(({ nodePort }, i) => ({ nodePort, i })).filter(({ nodePort }) => nodePort && !had.has(nodePort));
  if (asked.length === 0 || (spec?.type !== 'NodePort' && spec?.type !== 'LoadBalancer')) return [];
  const { first, last } = nodePortRange;
  const taken = takenPorts(core, `${metadata.namespace}/${metadata.name}`);
  return asked.flatMap(({ nodePort, i }) => {
    const field = `spec.ports[${i}].nodePort`;
    if (nodePort! < first || nodePort! > last) {
      const why = `provided port is not in the valid range. The range of valid ports is ${first}-${last}`;
      return [refused(field, String(nodePort), why)];
    }
    return taken.has(nodePort!) ? [refused(field, String(nodePort), 'provided port is already allocated')] : [];
  });
}

const refused = (name: string, value: string, why: string): StatusCause => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${value}: ${why}`,
  field: name,
});

/** Fills what the registry of services gives: addresses, families and node ports. */
function allocate(service: Service, spec: Spec, before: Spec | undefined, core: Core): void {
  const own = `${service.metadata.namespace}/${service.metadata.name}`;
  if (spec.type === 'ExternalName') {
    delete spec.clusterIP;
    delete spec.clusterIPs;
    delete spec.ipFamilies;
    delete spec.ipFamilyPolicy;
    if (before && before.type !== spec.type) {
      delete spec.internalTrafficPolicy;
      delete spec.externalTrafficPolicy;
    }
    for (const port of spec.ports ?? []) delete port.nodePort;
    return;
  }
  spec.internalTrafficPolicy ??= 'Cluster';
  spec.clusterIP ||= spec.clusterIPs?.[0] || before?.clusterIP || allocateAddress(takenAddresses(core, own), core.random);
  spec.clusterIPs ??= before?.clusterIPs ?? [spec.clusterIP];
  // Without a selector, who fills in the endpoints may use either family.
  const anyFamily = spec.clusterIP === 'None' && !spec.selector;
  spec.ipFamilies ??= before?.ipFamilies ?? (anyFamily ? ['IPv4', 'IPv6'] : ['IPv4']);
  spec.ipFamilyPolicy ??= before?.ipFamilyPolicy ?? (anyFamily ? 'RequireDualStack' : 'SingleStack');
  const external = spec.type === 'NodePort' || spec.type === 'LoadBalancer';
  if (external) spec.externalTrafficPolicy ??= 'Cluster';
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
  const wanted = external && !(spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts === false);
  if (!wanted) {
    if (before && before.type !== spec.type && !external) {
      for (const port of spec.ports ?? []) delete port.nodePort;
      delete spec.externalTrafficPolicy;
    }
    return;
  }
  const taken = takenPorts(core, own);
  for (const port of spec.ports ?? []) if (port.nodePort) taken.add(port.nodePort);
  for (const port of spec.ports ?? []) {
    const kept = before?.ports?.find((p) => p.port === port.port && (p.protocol ?? 'TCP') === (port.protocol ?? 'TCP'))?.nodePort;
    port.nodePort ||= kept ?? allocatePort(taken, core.random);
    taken.add(port.nodePort);
  }
}
