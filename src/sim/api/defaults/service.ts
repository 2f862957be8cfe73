import type { JsonObject } from '../../../kube/json.ts';
import { at, each, fill, make } from './fill.ts';

const threeHours = 10_800;

/** clusterIP, ipFamilies and node ports are allocated, not defaulted: the registry's part. */
export function service(object: JsonObject): void {
  const spec = make(object, 'spec');
  fill(spec, { sessionAffinity: 'None', type: 'ClusterIP' });
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'ClientIP') fill(make(make(spec, 'sessionAffinityConfig'), 'clientIP'), { timeoutSeconds: threeHours });
  for (const port of each(spec, 'ports')) {
    fill(port, { protocol: 'TCP' });
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') port.targetPort = port.port;
  }
  const { type } = spec;
  const external = type === 'NodePort' || type === 'LoadBalancer' || (type === 'ClusterIP' && hasItems(spec.externalIPs));
  if (external) fill(spec, { externalTrafficPolicy: 'Cluster' });
  if (type !== 'ExternalName') fill(spec, { internalTrafficPolicy: 'Cluster' });
  if (type !== 'LoadBalancer') return;
  fill(spec, { allocateLoadBalancerNodePorts: true });
  for (const ingress of each(at(at(object, 'status'), 'loadBalancer'), 'ingress')) {
    if (typeof ingress.ip === 'string' && ingress.ip !== '') fill(ingress, { ipMode: 'VIP' });
  }
}

const hasItems = (list: unknown): boolean => Array.isArray(list) && list.length > 0;
