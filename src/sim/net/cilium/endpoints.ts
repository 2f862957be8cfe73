import { deepEqual } from '../../../kube/json.ts';
import { pods } from '../../../kube/resources.ts';
import type { Pod } from '../../../kube/types.ts';
import { isNotFound } from '../../../kube/status.ts';
import type { ApiClient } from '../../api/client.ts';
import type { Machine } from '../../node/machine.ts';
import { formatAddress, parseCidr, sizeOf } from '../ipv4.ts';
import { runningConfig } from './config.ts';
import { identityLabels, identityOf, labelList } from './identities.ts';
import { ciliumEndpoints, group } from './resources.ts';

/** A pod that Cilium manages on its node, or the health endpoint. */
export interface Endpoint {
  id: number;
  podUid: string;
  namespace: string;
  name: string;
  ip: string;
  device: string;
  identity: number;
  labels: readonly string[];
}

const slot = 'cilium.endpoints';

const clusterName = (machine: Machine): string => runningConfig(machine)?.['cluster-name'] || 'default';

const none: readonly Endpoint[] = [];
/** Identity of reserved:health. */
const healthIdentity = 4;

export const endpointsOf = (machine: Machine): readonly Endpoint[] => machine.kernel.get<readonly Endpoint[]>(slot) ?? none;

const byUid = new WeakMap<readonly Endpoint[], ReadonlyMap<string, Endpoint>>();

/** The endpoint of a pod. */
export const endpointOf = (machine: Machine, podUid: string): Endpoint | undefined => {
  const endpoints = endpointsOf(machine);
  let index = byUid.get(endpoints);
  if (!index) byUid.set(endpoints, (index = new Map(endpoints.map((endpoint) => [endpoint.podUid, endpoint]))));
  return index.get(podUid);
};

export const setEndpoints = (machine: Machine, endpoints: readonly Endpoint[]): void => machine.kernel.set(slot, endpoints);

/** A free address of the node's pod CIDR, at random, as recorded; undefined where it is used up. */
export const freeAddress = (machine: Machine, podCidr: string, host: string | undefined, random: () => number): string | undefined => {
  const cidr = parseCidr(podCidr);
  const taken = new Set(endpointsOf(machine).map((endpoint) => endpoint.ip));
  if (host) taken.add(host);
  // The network's and the broadcast address are left out.
  const usable = sizeOf(cidr) - 2;
  const start = Math.floor(random() * usable);
  for (let i = 0; i < usable; i++) {
    const address = formatAddress(cidr.base + 1 + ((start + i) % usable));
    if (!taken.has(address)) return address;
  }
  return undefined;
};

/** An endpoint's number on its node, 1 to 4095. */
const freeId = (machine: Machine, random: () => number): number => {
  const taken = new Set(endpointsOf(machine).map((endpoint) => endpoint.id));
  let id: number;
  do id = 1 + Math.floor(random() * 4095);
  while (taken.has(id));
  return id;
};

/** The agent's own endpoint on lxc_health. */
export const healthEndpointOf = (machine: Machine, ip: string, random: () => number): Endpoint => ({
  id: freeId(machine, random),
  podUid: '',
  namespace: '',
  name: '',
  ip,
  device: 'lxc_health',
  identity: healthIdentity,
  labels: ['reserved:health'],
});

/** Makes the endpoint of a pod with its identity and CiliumEndpoint. */
export const createEndpoint = (
  context: { api: ApiClient; random: () => number },
  machine: Machine,
  pod: Pod,
  place: { ip: string; device: string },
): void => {
  const labels = identityLabels(context.api, pod, clusterName(machine));
  const { uid, namespace = '', name } = pod.metadata;
  const endpoint: Endpoint = {
    ...place,
    id: freeId(machine, context.random),
    podUid: uid,
    namespace,
    name,
    identity: identityOf(context.api, labels, context.random),
    labels: labelList(labels),
  };
  setEndpoints(machine, [...endpointsOf(machine), endpoint]);
  publish(context.api, machine, endpoint);
};

/** Gives each endpoint the identity of its pod's present labels. */
export const refreshEndpoints = (context: { api: ApiClient; random: () => number }, machine: Machine): void => {
  for (const known of endpointsOf(machine)) {
    const pod = known.podUid ? context.api.get(pods, known.namespace, known.name) : undefined;
    if (pod?.metadata.uid !== known.podUid) continue;
    const labels = identityLabels(context.api, pod, clusterName(machine));
    if (deepEqual(labelList(labels), known.labels)) continue;
    const endpoint = { ...known, labels: labelList(labels), identity: identityOf(context.api, labels, context.random) };
    setEndpoints(
      machine,
      endpointsOf(machine).map((other) => (other.id === known.id ? endpoint : other)),
    );
    publish(context.api, machine, endpoint);
  }
};

/** Removes what `createEndpoint` made; an unknown pod is no error. */
export const removeEndpoint = (api: ApiClient, machine: Machine, podUid: string): Endpoint | undefined => {
  const known = endpointsOf(machine).find((endpoint) => endpoint.podUid === podUid);
  if (!known) return undefined;
  setEndpoints(
    machine,
    endpointsOf(machine).filter((endpoint) => endpoint !== known),
  );
  unpublish(api, machine, known.namespace, known.name);
  return known;
};

/** Removes the CiliumEndpoints of this node that no endpoint here stands for. */
export const removeStale = (api: ApiClient, machine: Machine): void => {
  const live = new Set(endpointsOf(machine).map(({ namespace, name }) => `${namespace}/${name}`));
  for (const { metadata, status } of api.list(ciliumEndpoints))
    if (status?.networking?.node === machine.address && !live.has(`${metadata.namespace}/${metadata.name}`))
      unpublish(api, machine, metadata.namespace ?? '', metadata.name);
};

const publish = (api: ApiClient, machine: Machine, endpoint: Endpoint): void => {
  const { namespace, name, podUid, id, identity, labels, ip } = endpoint;
  const status = {
    encryption: {},
    'external-identifiers': { 'k8s-namespace': namespace, 'k8s-pod-name': name, 'pod-name': `${namespace}/${name}` },
    id,
    identity: { id: identity, labels: [...labels] },
    networking: { addressing: [{ ipv4: ip }], node: machine.address },
    state: 'ready',
  };
  const known = api.get(ciliumEndpoints, namespace, name);
  const owner = { apiVersion: 'v1', kind: 'Pod', name, uid: podUid };
  if (known) {
    api.modify(ciliumEndpoints, namespace, name, (copy) => {
      copy.metadata.ownerReferences = [owner];
      copy.status = status;
    });
    return;
  }
  const metadata = { name, namespace, ownerReferences: [owner] };
  api.create(ciliumEndpoints, { apiVersion: 'cilium.io/v2', kind: 'CiliumEndpoint', metadata, status });
};

/** Only this node's own: a pod of the same name may run elsewhere by now. */
const unpublish = (api: ApiClient, machine: Machine, namespace: string, name: string): void => {
  // Where Cilium's kinds are deleted, its endpoints went with them.
  if (!api.resource(group, ciliumEndpoints.plural)) return;
  if (api.get(ciliumEndpoints, namespace, name)?.status?.networking?.node !== machine.address) return;
  try {
    api.delete(ciliumEndpoints, namespace, name);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
};
