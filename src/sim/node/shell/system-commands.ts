import { hostnameOf } from '../kubelet/container-root.ts';
import type { Command } from './command.ts';

const kernel = '6.18.0';

/** `uname` with any of -a, -s, -n, -r, -m. */
export const uname: Command = (args, host, io) => {
  const parts: Record<string, string> = {
    s: 'Linux',
    n: host.hostname,
    r: kernel,
    v: '#1 SMP PREEMPT_DYNAMIC',
    m: 'x86_64',
    o: 'GNU/Linux',
  };
  const wanted = args.join('').replaceAll('-', '') || 's';
  io.out(
    `${Array.from('snrvmo')
      .filter((flag) => wanted.includes('a') || wanted.includes(flag))
      .map((flag) => parts[flag])
      .join(' ')}\n`,
  );
  return 0;
};

export const hostname: Command = (args, host, io) => {
  const pod = host.container?.pod();
  const domain = pod && hostnameOf(pod, host.kubelet.machine.name).domain;
  const full = domain && !host.hostname.endsWith(domain) ? `${host.hostname}.${domain}` : host.hostname;
  io.out(`${args.some((arg) => /^-[iI]$/.test(arg)) ? host.address : args.includes('-f') ? full : host.hostname}\n`);
  return 0;
};

const twoDigits = (n: number): string => String(n).padStart(2, '0');
const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The cluster's own time, in UTC: `date [+FORMAT|-Iseconds]`. */
export const date: Command = (args, host, io) => {
  const ms = Math.floor(host.clock.now());
  const now = new Date(ms);
  const values: Record<string, string> = {
    Y: String(now.getUTCFullYear()),
    m: twoDigits(now.getUTCMonth() + 1),
    d: twoDigits(now.getUTCDate()),
    H: twoDigits(now.getUTCHours()),
    M: twoDigits(now.getUTCMinutes()),
    S: twoDigits(now.getUTCSeconds()),
    N: `${String(ms % 1000).padStart(3, '0')}000000`,
    s: String(Math.floor(ms / 1000)),
    a: days[now.getUTCDay()]!,
    b: months[now.getUTCMonth()]!,
    Z: 'UTC',
    n: '\n',
  };
  const format = args.some((arg) => arg.startsWith('-I'))
    ? '+%FT%T+00:00'
    : (args.find((arg) => arg.startsWith('+')) ?? '+%a %b %d %T %Z %Y');
  const long = format.slice(1).replaceAll('%F', '%Y-%m-%d').replaceAll('%T', '%H:%M:%S');
  io.out(
    `${long.replace(/%(\d?)([a-zA-Z])/g, (whole, width: string, key: string) => values[key]?.slice(0, Number(width) || undefined) ?? whole)}\n`,
  );
  return 0;
};

/** A container shows its own process; a node those of the kubelet and of all its pods. */
export const ps: Command = (args, host, io) => {
  const own = host.container;
  const programs: string[] = [];
  if (own) programs.push([...(own.container.command ?? []), ...(own.container.args ?? [])].join(' ') || `/${own.container.name}`);
  else {
    programs.push('/sbin/init', '/usr/local/bin/containerd', '/usr/bin/kubelet --config=/var/lib/kubelet/config.yaml');
    for (const { runners } of host.kubelet.workers.values())
      for (const { process, container } of runners.values())
        if (process) programs.push([...(container.command ?? [`/${container.name}`]), ...(container.args ?? [])].join(' '));
  }
  const full = args.some((arg) => /[ef]|aux/.test(arg));
  io.out(full ? 'UID          PID    PPID  C STIME TTY          TIME CMD\n' : 'PID   USER     TIME  COMMAND\n');
  programs.forEach((program, i) => {
    const pid = own ? i + 1 : i === 0 ? 1 : 100 + i * 17;
    io.out(
      full
        ? `root     ${String(pid).padStart(7)}       0  0 00:00 ?        00:00:00 ${program}\n`
        : `${String(pid).padStart(5)} root      0:00 ${program}\n`,
    );
  });
  return 0;
};
