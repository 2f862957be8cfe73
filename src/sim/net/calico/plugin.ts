import { createHash } from 'node:crypto';
import type { Pod } from '../../../kube/types.ts';
import { StatusError } from '../../../kube/status.ts';
import { rfc3339, type Clock } from '../../../base/clock.ts';
import type { ApiClient } from '../../api/client.ts';
import type { Machine } from '../../node/machine.ts';
import { CniError, type CniPlugin } from '../cni.ts';
import { links, routes } from '../devices.ts';
import { isAuthorized, kubeconfigPath, nodenamePath } from './cni-files.ts';
import { Ipam } from './ipam.ts';
import { group, ipamBlocks } from './resources.ts';

/** A VXLAN pool's: 1500 less the tunnel's headers. */
export const podMtu = 1450;

/** `cali` and 11 hex digits of the hash of namespace.name, as Calico names the host's end. */
export const deviceName = (pod: Pod): string =>
  `cali${createHash('sha1').update(`${pod.metadata.namespace}.${pod.metadata.name}`).digest('hex').slice(0, 11)}`;

const handleOf = (pod: Pod): string => `k8s-pod-network.${pod.metadata.uid}`;

/** /opt/cni/bin/calico with calico-ipam. */
export const calicoPlugin = (options: { api: ApiClient; clock: Clock; random: () => number }): CniPlugin => {
  const { api, clock } = options;
  const ipam = new Ipam(api, options.random);

  const check = (machine: Machine): void => {
    if (!machine.files.exists(nodenamePath))
      throw new CniError(
        `stat ${nodenamePath}: no such file or directory: check that the calico/node container is running and has mounted /var/lib/calico/`,
      );
    if (!machine.files.exists(kubeconfigPath))
      throw new CniError(`error getting ClusterInformation: stat ${kubeconfigPath}: no such file or directory`);
    if (!isAuthorized(machine, api)) throw new CniError('error getting ClusterInformation: connection is unauthorized: Unauthorized');
  };

  return {
    type: 'calico',
    cni: 'calico',
    add(machine, pod) {
      check(machine);
      const { name, namespace } = pod.metadata;
      const secondary = { namespace: namespace ?? '', node: machine.name, pod: name, timestamp: rfc3339(clock.now()) };
      const ip = assign(ipam, machine.name, { handle_id: handleOf(pod), secondary });
      const device = deviceName(pod);
      links.put(machine, {
        name: device,
        kind: 'veth',
        peer: 'if2',
        state: 'UP',
        mtu: podMtu,
        mac: 'ee:ee:ee:ee:ee:ee',
        addresses: [],
      });
      routes.replace(machine, (route) => route.dev === device, [{ destination: ip, dev: device, scope: 'link', metric: 1024 }]);
      return { ip, device };
    },
    del(machine, pod) {
      links.remove(machine, deviceName(pod));
      // Where Calico's kinds are deleted, its addresses went with them.
      if (api.resource(group, ipamBlocks.plural)) ipam.release(handleOf(pod));
    },
  };
};

const assign = (ipam: Ipam, node: string, claim: Parameters<Ipam['assign']>[1]): string => {
  let ip: string | undefined;
  try {
    ip = ipam.assign(node, claim);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    throw new CniError(`error getting ClusterInformation: ${error.message}`, { cause: error });
  }
  if (!ip)
    throw new CniError('failed to request IPv4 addresses: Assigned 0 out of 1 requested IPv4 addresses; no free addresses in the pools');
  return ip;
};
