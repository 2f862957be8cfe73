import type { Pod } from '../../../kube/types.ts';
import { deviceName } from './plugin.ts';

const chain = (name: string) => `:cali-${name} - [0:0]`;
const rule = (name: string, text: string) => `-A cali-${name} ${text}`;

/**
 * Felix's lines in iptables-save. Recorded: a node without pods of Calico's own has 119 lines and 16 for each pod on
 * it (151 with 2, 199 with 5); one whose device is Calico's has 12 more, in its chains and the dispatch to them.
 */
export const felixRules = (workloads: readonly Pod[], devices: ReadonlySet<string>): string[] => [
  ...base,
  ...workloads.flatMap((pod) => {
    const device = deviceName(pod);
    return [...perPod(device), ...(devices.has(device) ? dispatch(device) : [])];
  }),
];

const chains = [
  ...['FORWARD', 'INPUT', 'OUTPUT', 'PREROUTING', 'POSTROUTING', 'cidr-block', 'from-endpoint-mark', 'from-hep-forward'],
  ...['from-host-endpoint', 'from-wl-dispatch', 'fip-dnat', 'fip-snat', 'nat-outgoing', 'failsafe-in', 'failsafe-out'],
  ...['rpf-skip', 'set-endpoint-mark', 'sm-unknown', 'to-hep-forward', 'to-host-endpoint', 'to-wl-dispatch', 'wl-to-host'],
];
const failsafeIn = [22, 68, 179, 2379, 2380, 5473, 6443, 6666, 6667];
const failsafeOut = [53, 67, 179, 2379, 2380, 5473, 6443, 6666, 6667];

/** The kernel's chains lead to Felix's in each table. */
const hooks = {
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  nat: ['PREROUTING', 'OUTPUT', 'POSTROUTING'],
  mangle: ['PREROUTING', 'POSTROUTING'],
  raw: ['PREROUTING', 'OUTPUT'],
};

const mangle = [
  ...['PREROUTING', 'POSTROUTING', 'from-host-endpoint', 'to-host-endpoint', 'failsafe-in'].map(chain),
  ...failsafeIn.map((port) => rule('failsafe-in', `-p tcp -m multiport --dports ${port} -j ACCEPT`)),
  rule('PREROUTING', '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'),
  rule('PREROUTING', '-m mark --mark 0x10000/0x10000 -j ACCEPT'),
  rule('PREROUTING', '-j cali-from-host-endpoint'),
  rule('POSTROUTING', '-m mark --mark 0x10000/0x10000 -j RETURN'),
  rule('POSTROUTING', '-j MARK --set-xmark 0x0/0xf0000'),
  rule('POSTROUTING', '-m conntrack --ctstate DNAT -j cali-to-host-endpoint'),
];

const raw = [
  ...['PREROUTING', 'OUTPUT', 'from-host-endpoint', 'to-host-endpoint', 'rpf-skip', 'failsafe-in', 'failsafe-out'].map(chain),
  ...failsafeIn.map((port) => rule('failsafe-in', `-p tcp -m multiport --dports ${port} -j ACCEPT`)),
  ...failsafeOut.map((port) => rule('failsafe-out', `-p tcp -m multiport --dports ${port} -j ACCEPT`)),
  rule('PREROUTING', '-j MARK --set-xmark 0x0/0xf0000'),
  rule('PREROUTING', '-i cali+ -j MARK --set-xmark 0x40000/0x40000'),
  rule('PREROUTING', '-m mark --mark 0x40000/0x40000 -j cali-rpf-skip'),
  rule('PREROUTING', '-m mark --mark 0x0/0x40000 -j cali-from-host-endpoint'),
  rule('OUTPUT', '-j MARK --set-xmark 0x0/0xf0000'),
  rule('OUTPUT', '-j cali-to-host-endpoint'),
  rule('OUTPUT', '-p udp -m multiport --dports 4789 -j NOTRACK'),
];

const base = [
  ...Object.values(hooks)
    .flat()
    .map((name) => `-A ${name} -j cali-${name}`),
  ...mangle,
  ...raw,
  ...chains.map(chain),
  ...failsafeIn.map((port) => rule('failsafe-in', `-p tcp -m multiport --dports ${port} -j ACCEPT`)),
  ...failsafeOut.map((port) => rule('failsafe-out', `-p tcp -m multiport --dports ${port} -j ACCEPT`)),
  rule('nat-outgoing', '-m set --match-set cali40masq-ipam-pools src -m set ! --match-set cali40network-ip-pools dst -j MASQUERADE'),
  rule('INPUT', '-p udp -m multiport --dports 4789 -m set --match-set cali40all-vxlan-net src -m addrtype --dst-type LOCAL -j ACCEPT'),
  rule('INPUT', '-p udp -m multiport --dports 4789 -m addrtype --dst-type LOCAL -j DROP'),
  rule('OUTPUT', '-p udp -m multiport --dports 4789 -m set --match-set cali40all-vxlan-net dst -j ACCEPT'),
  rule('FORWARD', '-i cali+ -j cali-from-wl-dispatch'),
  rule('FORWARD', '-o cali+ -j cali-to-wl-dispatch'),
  rule('FORWARD', '-j cali-to-hep-forward'),
  rule('FORWARD', '-j cali-cidr-block'),
  rule('from-wl-dispatch', '-m comment --comment "Unknown interface" -j DROP'),
  rule('to-wl-dispatch', '-m comment --comment "Unknown interface" -j DROP'),
  rule('wl-to-host', '-p udp -m multiport --dports 67 -j ACCEPT'),
  rule('wl-to-host', '-p udp -m multiport --dports 53 -j ACCEPT'),
  rule('wl-to-host', '-j cali-from-wl-dispatch'),
  rule('PREROUTING', '-j cali-fip-dnat'),
  rule('POSTROUTING', '-j cali-fip-snat'),
  rule('POSTROUTING', '-j cali-nat-outgoing'),
  rule('POSTROUTING', '-o vxlan.calico ! -s 192.168.0.0/16 -m addrtype --src-type LOCAL -j MASQUERADE'),
];

/** The two policy chains of a workload, and what leads to them. */
const perPod = (device: string): string[] => {
  const id = device.slice(4);
  return (['tw', 'fw'] as const).flatMap((direction) => {
    const name = `${direction}-${id}`;
    return [
      chain(name),
      rule(name, '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'),
      rule(name, '-m conntrack --ctstate INVALID -j DROP'),
      rule(name, '-j MARK --set-xmark 0x0/0x30000'),
      rule(name, `-j cali-pri-kns.${id}`),
      rule(name, '-m mark --mark 0x10000/0x10000 -j RETURN'),
      rule(name, `-j cali-pri-ksa.${id}`),
      rule(name, '-m comment --comment "Drop if no profiles matched" -j DROP'),
    ];
  });
};

const dispatch = (device: string): string[] => {
  const id = device.slice(4);
  return [
    rule('from-wl-dispatch', `-i ${device} -g cali-fw-${id}`),
    rule('to-wl-dispatch', `-o ${device} -g cali-tw-${id}`),
    chain(`sm-${id}`),
    rule(`sm-${id}`, '-j MARK --set-xmark 0x40000/0xfff00000'),
    rule('set-endpoint-mark', `-i ${device} -g cali-sm-${id}`),
    rule('from-endpoint-mark', `-m mark --mark 0x40000/0xfff00000 -g cali-fw-${id}`),
    chain(`pro-kns.${id}`),
    chain(`pri-kns.${id}`),
    rule(`pri-kns.${id}`, '-j MARK --set-xmark 0x10000/0x10000'),
    rule(`pro-kns.${id}`, '-j MARK --set-xmark 0x10000/0x10000'),
    chain(`pri-ksa.${id}`),
    chain(`pro-ksa.${id}`),
  ];
};
