import type { Machine } from '../../node/machine.ts';
import { links, macOf, routes, setRules, type Link, type Route } from '../devices.ts';
import { routeMtu, type Datapath } from './datapath.ts';

/** The smallest MTU of the devices that lead to other machines: eth0, and another CNI's tunnel, which Cilium attaches to as well. */
export const deviceMtu = (machine: Machine): number =>
  Math.min(
    ...links.of(machine).flatMap((link) => (link.name === 'eth0' || (link.vxlan && !link.name.startsWith('cilium_')) ? [link.mtu] : [])),
  );

/** The UDP port that another program's VXLAN device holds; two devices of different kinds cannot share one. */
export const portTaken = (machine: Machine, datapath: Pick<Datapath, 'tunnel' | 'tunnelPort'>): Link | undefined =>
  datapath.tunnel === 'disabled'
    ? undefined
    : links.of(machine).find((link) => link.vxlan?.dstport === datapath.tunnelPort && !link.name.startsWith('cilium_'));

/** Makes cilium_net, cilium_host, the tunnel's device and lxc_health as the datapath asks, and its routes and rules. */
export const placeDevices = (machine: Machine, datapath: Datapath, health: boolean): void => {
  const device = (name: string, rest: Partial<Link>): void => {
    links.put(machine, { name, kind: 'veth', state: 'UP', mtu: 1500, mac: macOf(`${machine.name}/${name}`), addresses: [], ...rest });
  };
  device('cilium_net', { peer: 'cilium_host' });
  device('cilium_host', { peer: 'cilium_net', addresses: [`${datapath.host}/32`] });
  const tunnels = ['vxlan', 'geneve'] as const;
  for (const tunnel of tunnels)
    if (tunnel === datapath.tunnel)
      device(`cilium_${tunnel}`, { kind: 'vxlan', state: 'UNKNOWN', vxlan: { dstport: datapath.tunnelPort } });
    else links.remove(machine, `cilium_${tunnel}`);
  if (health) device('lxc_health', { peer: 'if8', mtu: datapath.mtu, kind: datapath.deviceMode });
  placeRoutes(machine, datapath);
  placeRules(machine, datapath);
};

const placeRoutes = (machine: Machine, datapath: Datapath): void => {
  const { podCidr, host, peers, tunnel } = datapath;
  const common = { via: host, dev: 'cilium_host', proto: 'kernel', src: host };
  const wanted: Route[] = [
    { destination: podCidr, ...common },
    { destination: host, dev: 'cilium_host', proto: 'kernel', scope: 'link' },
    ...peers.map((peer) =>
      tunnel === 'disabled'
        ? { destination: peer.podCidr, via: peer.node, dev: 'eth0', proto: 'kernel' }
        : { destination: peer.podCidr, ...common, mtu: routeMtu(datapath) },
    ),
  ];
  routes.replace(machine, (route) => route.dev === 'cilium_host' || (route.proto === 'kernel' && route.dev === 'eth0'), wanted);
};

/** The masquerading rules, as recorded (migration.txt, 5). */
const placeRules = (machine: Machine, { podCidr, host, kubeProxyReplacement }: Datapath): void => {
  const nat = (text: string, comment: string, target: string) =>
    `-A CILIUM_POST_nat ${text} -m comment --comment "${comment}" -j ${target}`;
  const lines = [
    ':CILIUM_POST_nat - [0:0]',
    '-A POSTROUTING -m comment --comment "cilium-feeder: CILIUM_POST_nat" -j CILIUM_POST_nat',
    nat(`-s ${podCidr} ! -d ${podCidr} ! -o cilium_+`, 'cilium masquerade non-cluster', 'MASQUERADE'),
    nat('-m mark --mark 0xa00/0xe00', 'exclude proxy return traffic from masquerade', 'ACCEPT'),
    nat(`! -s ${podCidr} ! -d ${podCidr} -o cilium_host`, 'cilium host->cluster masquerade', `SNAT --to-source ${host}`),
    nat('-s 127.0.0.1/32 -o cilium_host', 'cilium host->cluster from 127.0.0.1 masquerade', `SNAT --to-source ${host}`),
    ...(kubeProxyReplacement
      ? []
      : [
          nat(
            '-o cilium_host -m mark --mark 0xf00/0xf00 -m conntrack --ctstate DNAT',
            'hairpin traffic that originated from a local pod',
            `SNAT --to-source ${host}`,
          ),
        ]),
  ];
  setRules(machine, { owner: 'CILIUM', backend: 'nft', lines });
};
