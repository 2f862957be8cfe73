import { nodes } from '../../kube/resources.ts';
import type { Pod } from '../../kube/types.ts';
import type { ApiClient } from '../api/client.ts';
import type { Machine } from '../node/machine.ts';
import { CniError, type CniPlugin } from './cni.ts';
import { links, routes } from './devices.ts';
import { formatAddress, parseCidr, sizeOf } from './ipv4.ts';

const leases = 'host-local.leases';
const deviceOf = (uid: string): string => `veth${uid.replaceAll('-', '').slice(0, 8)}`;

/**
 * The reference plugin ptp with host-local, as kindnet uses it: addresses of the node's spec.podCIDR, one veth a pod.
 * It knows nothing of other nodes: routes between nodes are another program's work.
 */
export const ptpPlugin = (api: ApiClient): CniPlugin => ({
  type: 'ptp',
  cni: 'ptp',
  add(machine: Machine, pod: Pod) {
    const podCidr = api.get(nodes, undefined, machine.name)?.spec?.podCIDR;
    if (!podCidr) throw new CniError(`node ${machine.name} has no spec.podCIDR`);
    const { base, ...cidr } = parseCidr(podCidr);
    const known = machine.kernel.get<Record<string, string>>(leases) ?? {};
    const taken = new Set(Object.values(known));
    // The network's own address, the gateway and the broadcast address are left out.
    const ordinal = Array.from({ length: sizeOf({ base, ...cidr }) - 3 }, (_, i) => i + 2).find((i) => !taken.has(formatAddress(base + i)));
    if (ordinal === undefined) throw new CniError(`no IP addresses available in range set: ${podCidr}`);
    const ip = formatAddress(base + ordinal);
    machine.kernel.set(leases, { ...known, [pod.metadata.uid]: ip });
    const device = deviceOf(pod.metadata.uid);
    links.put(machine, { name: device, kind: 'veth', peer: 'if2', state: 'UP', mtu: 1500, addresses: [`${formatAddress(base + 1)}/32`] });
    routes.replace(machine, (route) => route.dev === device, [{ destination: ip, dev: device, scope: 'link' }]);
    return { ip, device };
  },
  del(machine: Machine, pod: Pod) {
    links.remove(machine, deviceOf(pod.metadata.uid));
    const { [pod.metadata.uid]: _, ...rest } = machine.kernel.get<Record<string, string>>(leases) ?? {};
    machine.kernel.set(leases, rest);
  },
});
