import type { Service } from '../../../kube/types.ts';
import type { StatusCause } from '../../../kube/status.ts';
import type { Core } from '../registry/core.ts';
import { allocateAddress, allocatePort, serviceCidr, takenAddresses, takenPorts } from './service-allocation.ts';
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
    if (!spec?.clusterIP || spec.clusterIP === 'None' || spec.clusterIP === (old as Service | undefined)?.spec?.clusterIP) return [];
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
    if (before && before.type !== spec.type && !external) for (const port of spec.ports ?? []) delete port.nodePort;
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
