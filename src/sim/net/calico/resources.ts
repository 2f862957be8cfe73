import type { Resource } from '../../../kube/resources.ts';
import type { KubeObject } from '../../../kube/types.ts';

export interface IPPool extends KubeObject {
  spec: {
    cidr: string;
    blockSize?: number;
    vxlanMode?: 'Always' | 'CrossSubnet' | 'Never';
    ipipMode?: string;
    natOutgoing?: boolean;
    disabled?: boolean;
    nodeSelector?: string;
  };
}

/** Which node a block of addresses belongs to. */
export interface BlockAffinity extends KubeObject {
  spec: { cidr: string; node: string; state: string; deleted: string; type?: string };
}

export interface AllocationAttribute {
  handle_id: string;
  secondary: { namespace?: string; node: string; pod?: string; timestamp?: string; type?: string };
}

/** A block's addresses: `allocations` holds, for each, an index into `attributes` or null. */
export interface IPAMBlock extends KubeObject {
  spec: {
    cidr: string;
    affinity: string;
    allocations: (number | null)[];
    attributes: AllocationAttribute[];
    unallocated: number[];
    strictAffinity: boolean;
    deleted: boolean;
  };
}

export interface IPAMHandle extends KubeObject {
  spec: { handleID: string; block: Record<string, number>; deleted: boolean };
}

export const group = 'crd.projectcalico.org';
export const version = 'v1';
export const apiVersion = `${group}/${version}`;

const resource = <T extends KubeObject>(plural: string, kind: string): Resource<T> => ({ group, version, plural, kind, namespaced: false });

export const ipPools = resource<IPPool>('ippools', 'IPPool');
export const blockAffinities = resource<BlockAffinity>('blockaffinities', 'BlockAffinity');
export const ipamBlocks = resource<IPAMBlock>('ipamblocks', 'IPAMBlock');
export const ipamHandles = resource<IPAMHandle>('ipamhandles', 'IPAMHandle');
export const felixConfigurations = resource('felixconfigurations', 'FelixConfiguration');
export const clusterInformations = resource('clusterinformations', 'ClusterInformation');
