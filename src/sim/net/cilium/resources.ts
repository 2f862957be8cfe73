import type { Resource } from '../../../kube/resources.ts';
import type { KubeObject, LabelSelector } from '../../../kube/types.ts';

export interface CiliumNode extends KubeObject {
  spec: {
    addresses?: { type: 'InternalIP' | 'CiliumInternalIP'; ip: string }[];
    health?: { ipv4?: string };
    ipam?: { podCIDRs?: string[] };
    [field: string]: unknown;
  };
  status?: { ipam?: { 'operator-status'?: { error?: string } } };
}

export interface CiliumEndpoint extends KubeObject {
  status?: {
    id: number;
    state: string;
    identity?: { id: number; labels: string[] };
    networking?: { addressing: { ipv4?: string }[]; node: string };
    [field: string]: unknown;
  };
}

export interface CiliumIdentity extends KubeObject {
  'security-labels': Record<string, string>;
}

export interface CiliumNodeConfig extends KubeObject {
  spec: { nodeSelector?: LabelSelector; defaults?: Record<string, string> };
}

export const group = 'cilium.io';

const resource = <T extends KubeObject>(plural: string, kind: string, namespaced: boolean): Resource<T> => ({
  group,
  version: 'v2',
  plural,
  kind,
  namespaced,
});

export const ciliumNodes = resource<CiliumNode>('ciliumnodes', 'CiliumNode', false);
export const ciliumEndpoints = resource<CiliumEndpoint>('ciliumendpoints', 'CiliumEndpoint', true);
export const ciliumIdentities = resource<CiliumIdentity>('ciliumidentities', 'CiliumIdentity', false);
export const ciliumNodeConfigs = resource<CiliumNodeConfig>('ciliumnodeconfigs', 'CiliumNodeConfig', true);
