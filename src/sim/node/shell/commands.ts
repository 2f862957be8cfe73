import type { Program } from '../image.ts';
import type { Command, Commands, CommandIo, Host } from './command.ts';
import { kernelPrograms } from './ip.ts';
import { ls } from './list-files.ts';
import { hexdump, id, stat, whoami } from './identity.ts';
import { networkPrograms } from './network-programs.ts';
import { crictl, ctr, journalctl, reboot, systemctl } from './node-commands.ts';
import { ping } from './node-ping.ts';
import { podIp } from './pod-ip.ts';
import { tar } from './tar/tar.ts';
import { date, hostname, ps, uname } from './system-commands.ts';

const programIo = (args: readonly string[], host: Host, io: CommandIo) => ({
  argv: [io.word, ...args],
  stdin: (async function* () {
    yield Buffer.from(await io.stdin());
  })(),
  stdout: io.out,
  stderr: io.err,
  signal: io.signal,
  cwd: io.cwd,
  env: host.env,
});

const adapt = <P>(
  programs: Readonly<Record<string, P>>,
  run: (program: P, io: ReturnType<typeof programIo>, host: Host) => number | Promise<number>,
): Commands =>
  Object.fromEntries(
    Object.entries(programs).map(([name, program]): [string, Command] => [
      name,
      (args, host, io) => run(program, programIo(args, host, io), host),
    ]),
  );

/** An image's own programs, as commands of its containers. */
export const imageCommands = (programs: Readonly<Record<string, Program>> = {}): Commands =>
  adapt(programs, (program, io, host) => program(io, host.container!));

const network = adapt(networkPrograms, (program, io, { network: net, origin, clock, address }) =>
  program(io, { network: net, origin, clock, address }),
);
const kernel = adapt(kernelPrograms, (program, io, host) => program(io, host.kubelet.machine));

/** In containers, beside what just-bash brings. */
export const inContainers: Commands = { ...network, ip: podIp, ls, date, hostname, ps, uname, whoami, id, stat, hexdump, tar };

/** In containers that share their node's network namespace. */
export const inHostNetwork: Commands = { ...inContainers, ...kernel };

/** On nodes. */
export const onNodes: Commands = { ...inHostNetwork, ping, crictl, ctr, systemctl, journalctl, reboot };
