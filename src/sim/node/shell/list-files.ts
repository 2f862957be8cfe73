import { normalPath } from '../file-tree.ts';
import type { FileStat } from '../machine.ts';
import type { Command, Host } from './command.ts';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function modeText({ directory, mode }: FileStat): string {
  const bits = Array.from('rwxrwxrwx', (letter, i) => (mode & (1 << (8 - i)) ? letter : '-'));
  if (mode & 0o1000) bits[8] = 't';
  return (directory ? 'd' : '-') + bits.join('');
}

function timeText(ms: number): string {
  const time = new Date(ms);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${months[time.getUTCMonth()]} ${String(time.getUTCDate()).padStart(2)} ${two(time.getUTCHours())}:${two(time.getUTCMinutes())}`;
}

const longLines = (entries: { name: string; stat: FileStat }[]): string[] => {
  const width = Math.max(...entries.map(({ stat }) => String(stat.size).length));
  return entries.map(
    ({ name, stat }) => `${modeText(stat)} 1 root root ${String(stat.size).padStart(width)} ${timeText(stat.modified)} ${name}`,
  );
};

/** `ls [-l] [-a] [-1] [-d] [-R] [-t] [-r] [PATH…]`: one name a line, as to a pipe. Everything belongs to root. */
export const ls: Command = (args, host, io) => {
  const flags = args.filter((arg) => /^-\w/.test(arg)).join('');
  const paths = args.filter((arg) => !arg.startsWith('-'));
  const absolute = (path: string) => normalPath(path.startsWith('/') ? path : `${io.cwd}/${path}`);
  const wanted = paths.length > 0 ? paths : ['.'];
  const present = wanted.filter((path) => host.files.exists(absolute(path)));
  for (const path of wanted) if (!present.includes(path)) io.err(`ls: cannot access '${path}': No such file or directory\n`);
  const isFile = (path: string) => flags.includes('d') || !host.files.stat(absolute(path)).directory;
  const show = (entries: { name: string; stat: FileStat }[]) => {
    if (flags.includes('t')) entries.sort((a, b) => b.stat.modified - a.stat.modified);
    if (flags.includes('r')) entries.reverse();
    for (const line of flags.includes('l') ? longLines(entries) : entries.map(({ name }) => name)) io.out(`${line}\n`);
  };
  const files = present.filter(isFile);
  if (files.length > 0) show(files.map((name) => ({ name, stat: host.files.stat(absolute(name)) })));
  const folders = present.filter((path) => !isFile(path));
  const recursive = flags.includes('R');
  for (const folder of recursive ? folders.flatMap((path) => withFolders(host, path, absolute(path))) : folders) {
    if (wanted.length > 1 || recursive) io.out(`${files.length > 0 || folder !== folders[0] ? '\n' : ''}${folder}:\n`);
    const entries = host.files.list(absolute(folder)).map((stat) => ({ name: stat.path.slice(stat.path.lastIndexOf('/') + 1), stat }));
    const visible = entries.filter(({ name }) => /a|A/.test(flags) || !name.startsWith('.'));
    if (flags.includes('a'))
      for (const name of ['..', '.']) visible.unshift({ name, stat: host.files.stat(absolute(`${folder}/${name}`)) });
    if (flags.includes('l')) io.out(`total ${visible.reduce((sum, { stat }) => sum + Math.ceil(stat.size / 4096) * 4, 0)}\n`);
    show(visible);
  }
  return present.length === wanted.length ? 0 : 2;
};

function withFolders(host: Host, shown: string, path: string): string[] {
  const below = host.files.list(path).filter(({ directory }) => directory);
  return [
    shown,
    ...below.flatMap((stat) =>
      withFolders(host, `${shown.replace(/\/$/, '')}/${stat.path.slice(stat.path.lastIndexOf('/') + 1)}`, stat.path),
    ),
  ];
}
