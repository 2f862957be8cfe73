import { StatusError } from '../../../kube/status.ts';
import type { Service } from '../../../kube/types.ts';
import type { Core } from '../registry/core.ts';

/** kubeadm's default service network, 10.96.0.0/16 in Kind; its first address is the API server's. */
export const serviceCidr = {
  text: '10.96.0.0/16',
  contains: (address: string): boolean => /^10\.96\.\d{1,3}\.\d{1,3}$/.test(address),
};

export const nodePortRange = { first: 30_000, last: 32_767 };

/** Dynamic allocation stays above the band for addresses chosen by people (KEP-3070: min(max(16, size/16), 256)). */
const firstDynamic = 257;
const lastDynamic = 65_534;
const firstDynamicPort = nodePortRange.first + 86;

const servicesBut = (core: Core, own: string): Service[] =>
  (core.store.list('/services') as Service[]).filter((s) => `${s.metadata.namespace}/${s.metadata.name}` !== own);

export const takenAddresses = (core: Core, own: string): Set<string> =>
  new Set(servicesBut(core, own).flatMap((service) => service.spec?.clusterIPs ?? []));

export const takenPorts = (core: Core, own: string): Set<number> =>
  new Set(
    servicesBut(core, own).flatMap(({ spec }) => [
      ...(spec?.ports ?? []).flatMap((port) => port.nodePort ?? []),
      ...(spec?.healthCheckNodePort ? [spec.healthCheckNodePort] : []),
    ]),
  );

export function allocateAddress(taken: ReadonlySet<string>, random: () => number): string {
  const offset = free(firstDynamic, lastDynamic, random, (n) => taken.has(addressAt(n)));
  if (offset === undefined)
    throw new StatusError(500, 'InternalError', 'Internal error occurred: failed to allocate a serviceIP: range is full');
  return addressAt(offset);
}

export function allocatePort(taken: ReadonlySet<number>, random: () => number): number {
  const port = free(firstDynamicPort, nodePortRange.last, random, (n) => taken.has(n));
  if (port === undefined)
    throw new StatusError(500, 'InternalError', 'Internal error occurred: failed to allocate a nodePort: range is full');
  return port;
}

const addressAt = (offset: number): string => `10.96.${offset >> 8}.${offset & 255}`;

/** A random start, then the next that is free. */
function free(first: number, last: number, random: () => number, taken: (n: number) => boolean): number | undefined {
  const count = last - first + 1;
  const start = Math.floor(random() * count);
  for (let i = 0; i < count; i++) {
    const candidate = first + ((start + i) % count);
    if (!taken(candidate)) return candidate;
  }
  return undefined;
}
