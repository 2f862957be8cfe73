import type { FdbEntry, IptablesRules, Link, Neighbour, Route } from './devices.ts';

const nameOf = (link: Link): string => (link.peer ? `${link.name}@${link.peer}` : link.name);

/** A line of `ip -br addr`. */
export const briefAddress = (link: Link): string =>
  `${nameOf(link).padEnd(16)} ${link.state.padEnd(14)} ${link.addresses.join(' ')}`.trimEnd();

/** A line of `ip route`. */
export const routeLine = (route: Route): string =>
  [
    route.type,
    route.destination,
    route.via && `via ${route.via}`,
    route.dev && `dev ${route.dev}`,
    route.proto && `proto ${route.proto}`,
    route.scope && `scope ${route.scope}`,
    route.src && `src ${route.src}`,
    route.metric && `metric ${route.metric}`,
    route.onlink && 'onlink',
    route.mtu && `mtu ${route.mtu}`,
  ]
    .filter(Boolean)
    .join(' ');

/** The lines of one device in `ip -d link`; `index` counts from 1. */
export const linkLines = (link: Link, index: number, details = false): string[] => {
  const flags = link.kind === 'loopback' ? 'LOOPBACK' : 'BROADCAST,MULTICAST';
  const up = link.state === 'DOWN' ? '' : ',UP,LOWER_UP';
  const lines = [
    `${index}: ${nameOf(link)}: <${flags}${up}> mtu ${link.mtu} qdisc noqueue state ${link.state} mode DEFAULT group default`,
    link.kind === 'loopback'
      ? '    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00'
      : `    link/ether ${link.mac ?? '00:00:00:00:00:00'} brd ff:ff:ff:ff:ff:ff`,
  ];
  const { vxlan } = link;
  if (details && vxlan) {
    const id = vxlan.id === undefined ? 'external id 0' : `id ${vxlan.id}`;
    const local = vxlan.local ? ` local ${vxlan.local} dev ${vxlan.dev}` : '';
    lines.push(`    vxlan ${id}${local} srcport 0 0 dstport ${vxlan.dstport} nolearning ttl auto ageing 300`);
  } else if (details && link.kind !== 'loopback') lines.push(`    ${link.kind}`);
  return lines;
};

/** The lines of one device in `ip addr`. */
export const addressLines = (link: Link, index: number): string[] => [
  ...linkLines(link, index).map((line) => line.replace(' mode DEFAULT', '')),
  ...link.addresses.map(
    (address) =>
      `    ${address.includes(':') ? 'inet6' : 'inet'} ${address} scope ${link.kind === 'loopback' ? 'host' : 'global'} ${link.name}`,
  ),
];

/** A line of `bridge fdb show dev DEV`. */
export const fdbLine = (entry: FdbEntry): string => `${entry.mac} dst ${entry.dst} self permanent`;

/** A line of `ip neigh`. */
export const neighbourLine = (entry: Neighbour): string => `${entry.address} dev ${entry.dev} lladdr ${entry.mac} PERMANENT`;

/** What iptables-nft-save or iptables-legacy-save prints. */
export const iptablesSave = (rules: readonly IptablesRules[], backend: 'nft' | 'legacy'): string[] =>
  rules.filter((rule) => rule.backend === backend).flatMap((rule) => rule.lines);
