import type { Resource } from '../../../kube/resources.ts';
import type { ContainerContext } from '../../node/image.ts';
import { apiVersion, clusterInformations, felixConfigurations, ipPools } from './resources.ts';

/** What calico-node makes at its first start: the pool of CALICO_IPV4POOL_CIDR where there is none, and Felix's and the cluster's `default`. */
export const createDefaults = ({ api, env, random, container }: ContainerContext): void => {
  const create = (resource: Resource, name: string, spec: Record<string, unknown>): void => {
    if (!api.get(resource, undefined, name)) api.create(resource, { apiVersion, kind: resource.kind, metadata: { name }, spec });
  };
  if (api.list(ipPools).length === 0)
    create(ipPools, 'default-ipv4-ippool', {
      allowedUses: ['Workload', 'Tunnel'],
      assignmentMode: 'Automatic',
      blockSize: Number(env['CALICO_IPV4POOL_BLOCK_SIZE'] ?? 26),
      cidr: env['CALICO_IPV4POOL_CIDR'] ?? '192.168.0.0/16',
      ipipMode: 'Never',
      natOutgoing: env['CALICO_IPV4POOL_NAT_OUTGOING'] !== 'false',
      nodeSelector: 'all()',
      vxlanMode: env['CALICO_IPV4POOL_VXLAN'] === 'CrossSubnet' ? 'CrossSubnet' : 'Always',
    });
  create(felixConfigurations, 'default', {
    bpfConnectTimeLoadBalancing: 'TCP',
    bpfHostNetworkedNATWithoutCTLB: 'Enabled',
    floatingIPs: 'Disabled',
    logSeverityScreen: 'Info',
    reportingInterval: '0s',
  });
  create(clusterInformations, 'default', {
    calicoVersion: /:([^:@/]+)(?:@.*)?$/.exec(container.image ?? '')?.[1] ?? '',
    clusterGUID: Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join(''),
    clusterType: 'k8s,kdd',
    datastoreReady: true,
  });
};
