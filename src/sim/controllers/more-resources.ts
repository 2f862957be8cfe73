import type { Resource } from '../../kube/resources.ts';
import type { KubeObject } from '../../kube/types.ts';

/** Kinds that the controllers write beside those of kube/resources.ts. */
export interface Endpoints extends KubeObject {
  subsets?: EndpointSubset[];
}

interface EndpointAddress {
  ip: string;
  hostname?: string;
  nodeName?: string;
  targetRef?: { kind: string; name: string; namespace: string; uid: string };
}

export interface EndpointSubset {
  addresses?: EndpointAddress[];
  notReadyAddresses?: EndpointAddress[];
  ports?: { name?: string; port: number; protocol: string }[];
}

const core = (plural: string, kind: string) => ({ group: '', version: 'v1', plural, kind, namespaced: true });

export const endpoints: Resource<Endpoints> = core('endpoints', 'Endpoints');

export interface ApiService extends KubeObject {
  spec?: { group?: string; version?: string; service?: { namespace: string; name: string; port?: number } };
  status?: { conditions?: { type: string; status: string; reason?: string; message?: string; lastTransitionTime?: string }[] };
}

export const apiServices: Resource<ApiService> = {
  group: 'apiregistration.k8s.io',
  version: 'v1',
  plural: 'apiservices',
  kind: 'APIService',
  namespaced: false,
};
