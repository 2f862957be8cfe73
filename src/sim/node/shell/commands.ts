import type { Command, Commands } from './command.ts';
import { bridge, ip, ipset, iptablesCommands } from './device-commands.ts';
import { curl, wget } from './http-commands.ts';
import { dig, getent, nc, nslookup, ping } from './network-commands.ts';
import { crictl, ctr, journalctl, reboot, systemctl } from './node-commands.ts';
import { date, hostname, ps, uname } from './system-commands.ts';

const whoami: Command = (_args, _host, io) => {
  io.out('root\n');
  return 0;
};

/** In containers and on nodes alike, beside what just-bash brings. */
export const everywhere: Commands = { curl, wget, ping, nslookup, dig, getent, nc, ip, date, hostname, ps, uname, whoami };

/** On nodes, and in privileged containers that share their network namespace. */
export const onNodes: Commands = { ...everywhere, bridge, ipset, ...iptablesCommands, crictl, ctr, systemctl, journalctl, reboot };
