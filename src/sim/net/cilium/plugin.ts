import { StatusError } from '../../../kube/status.ts';
import type { Pod } from '../../../kube/types.ts';
import type { ApiClient } from '../../api/client.ts';
import type { Machine } from '../../node/machine.ts';
import { CniError, type CniPlugin } from '../cni.ts';
import { links, macOf } from '../devices.ts';
import { datapathOf } from './datapath.ts';
import { createEndpoint, freeAddress, removeEndpoint } from './endpoints.ts';

const slot = 'cilium.agent';

/** The agent's socket is there from its start to its end. */
export const setAgentRunning = (machine: Machine, podUid: string | undefined): void => machine.kernel.set(slot, podUid);
export const agentRunning = (machine: Machine): string | undefined => machine.kernel.get<string>(slot);

/** `lxc` and 12 hex digits. */
const deviceName = (random: () => number): string =>
  `lxc${Array.from({ length: 12 }, () => Math.floor(random() * 16).toString(16)).join('')}`;

/** /opt/cni/bin/cilium-cni, which asks the agent on its node. */
export const ciliumPlugin = (context: { api: ApiClient; random: () => number }): CniPlugin => ({
  type: 'cilium-cni',
  cni: 'cilium',
  add(machine, pod) {
    const datapath = datapathOf(machine);
    if (!agentRunning(machine) || !datapath)
      throw new CniError(
        'unable to connect to Cilium agent: failed to create cilium agent client after 30.000000 seconds timeout: dial unix /var/run/cilium/cilium.sock: connect: no such file or directory\nIs the agent running?',
      );
    const ip = freeAddress(machine, datapath.podCidr, datapath.host, context.random);
    if (!ip) throw new CniError('unable to allocate IP via local cilium agent: [POST /ipam][502] postIpamFailure: range is full');
    const device = deviceName(context.random);
    const { length } = links.of(machine);
    links.put(machine, {
      name: device,
      kind: datapath.deviceMode,
      peer: `if${2 * length}`,
      state: 'UP',
      mtu: datapath.mtu,
      mac: macOf(`${machine.name}/${device}`),
      addresses: [],
    });
    attachEndpoint(context, machine, pod, { ip, device });
    return { ip, device, ...(datapath.deviceMode === 'netkit' && { cni: 'netkit' as const }) };
  },
  del(machine, pod) {
    const endpoint = removeEndpoint(context.api, machine, pod.metadata.uid);
    if (endpoint) links.remove(machine, endpoint.device);
  },
});

const attachEndpoint = (
  context: { api: ApiClient; random: () => number },
  machine: Machine,
  pod: Pod,
  place: { ip: string; device: string },
): void => {
  try {
    createEndpoint(context, machine, pod, place);
  } catch (error) {
    links.remove(machine, place.device);
    removeEndpoint(context.api, machine, pod.metadata.uid);
    if (!(error instanceof StatusError)) throw error;
    throw new CniError(`unable to create endpoint: ${error.message}`, { cause: error });
  }
};
