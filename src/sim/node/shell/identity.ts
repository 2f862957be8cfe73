import type { FileStat } from '../machine.ts';
import { bytesOfText } from '../file-bytes.ts';
import { normalPath } from '../file-tree.ts';
import type { Command, Host } from './command.ts';

const nameOf = (host: Host, file: string, id: number): string | undefined => {
  if (!host.files.exists(file)) return id === 0 ? 'root' : undefined;
  const line = host.files
    .read(file)
    .split('\n')
    .find((entry) => entry.split(':')[2] === String(id));
  return line?.split(':')[0] ?? (id === 0 ? 'root' : undefined);
};

/** `id [-u|-g|-G] [-n]`. */
export const id: Command = (args, host, io) => {
  const flags = args.join('');
  const { uid, gid, groups } = host.container?.user ?? { uid: 0, gid: 0, groups: [] };
  const all = [gid, ...groups];
  const named = (file: string, number: number) => nameOf(host, file, number) ?? String(number);
  const shown = (file: string, number: number) => {
    const name = nameOf(host, file, number);
    return name === undefined ? String(number) : `${number}(${name})`;
  };
  const one = (file: string, number: number) => (flags.includes('n') ? named(file, number) : String(number));
  if (flags.includes('u')) io.out(`${one('/etc/passwd', uid)}\n`);
  else if (flags.includes('G')) io.out(`${all.map((group) => one('/etc/group', group)).join(' ')}\n`);
  else if (flags.includes('g')) io.out(`${one('/etc/group', gid)}\n`);
  else
    io.out(
      `uid=${shown('/etc/passwd', uid)} gid=${shown('/etc/group', gid)} groups=${all.map((group) => shown('/etc/group', group)).join(',')}\n`,
    );
  return 0;
};

export const whoami: Command = (_args, host, io) => {
  const uid = host.container?.user.uid ?? 0;
  const name = nameOf(host, '/etc/passwd', uid);
  if (name === undefined) io.err(`whoami: unknown uid ${uid}\n`);
  else io.out(`${name}\n`);
  return name === undefined ? 1 : 0;
};

const values: Readonly<Record<string, (stat: FileStat, name: string) => string | number>> = {
  a: ({ mode }) => (mode & 0o7777).toString(8),
  u: ({ owner }) => owner.uid,
  g: ({ owner }) => owner.gid,
  s: ({ size }) => size,
  n: (_stat, name) => name,
  F: ({ directory }) => (directory ? 'directory' : 'regular file'),
  Y: ({ modified }) => Math.floor(modified / 1000),
};

/** `stat -c FORMAT FILE…`. */
export const stat: Command = (args, host, io) => {
  let format = '%n %s %a %u %g';
  const files: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '-c') format = args[++i] ?? '';
    else if (arg.startsWith('-c')) format = arg.slice(2);
    else if (arg !== '-L') files.push(arg);
  }
  let code = 0;
  for (const file of files) {
    const path = normalPath(file.startsWith('/') ? file : `${io.cwd}/${file}`);
    if (host.files.exists(path)) {
      const found = host.files.stat(path);
      io.out(`${format.replace(/%([a-zA-Z])/g, (whole, key: string) => String(values[key]?.(found, file) ?? whole))}\n`);
      continue;
    }
    io.err(`stat: can't stat '${file}': No such file or directory\n`);
    code = 1;
  }
  return code;
};

/** `hexdump -C FILE`, as od of BusyBox shows bytes and their letters. */
export const hexdump: Command = async (args, host, io) => {
  const file = args.find((arg) => !arg.startsWith('-'));
  const bytes = file === undefined ? await io.stdinBytes() : bytesAt(host, file, io.cwd);
  if (!bytes) {
    io.err(`hexdump: ${file}: No such file or directory\n`);
    return 1;
  }
  const address = (at: number) => at.toString(16).padStart(8, '0');
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.subarray(at, at + 16)];
    const hex = Array.from({ length: 16 }, (_, i) => (row[i] === undefined ? '  ' : row[i].toString(16).padStart(2, '0')));
    const letters = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    io.out(`${address(at)}  ${hex.slice(0, 8).join(' ')}  ${hex.slice(8).join(' ')}  |${letters}|\n`);
  }
  io.out(`${address(bytes.length)}\n`);
  return 0;
};

function bytesAt({ files }: Host, file: string, cwd: string): Uint8Array | undefined {
  const path = normalPath(file.startsWith('/') ? file : `${cwd}/${file}`);
  return files.exists(path) ? bytesOfText(files.read(path)) : undefined;
}
