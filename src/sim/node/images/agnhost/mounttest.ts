import { sleep } from '../../../../base/clock.ts';
import type { ContainerContext, Program } from '../../image.ts';
import type { FileStat } from '../../machine.ts';
import { cobraFlags } from './flags.ts';

const initialContent = 'mount-tester new file\n';
const ext4Magic = 61267;
const loopMs = 2000;

/** fs.FileMode's text: `drwxr-xr-x`, with letters of its own for special bits. */
export function goMode({ mode, directory }: Pick<FileStat, 'mode' | 'directory'>): string {
  const bits = Array.from('rwxrwxrwx', (letter, i) => (mode & (1 << (8 - i)) ? letter : '-')).join('');
  const special = `${directory ? 'd' : ''}${mode & 0o4000 ? 'u' : ''}${mode & 0o2000 ? 'g' : ''}${mode & 0o1000 ? 't' : ''}`;
  return (special || '-') + bits;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EROFS: 'read-only file system',
  EISDIR: 'is a directory',
  ENOTDIR: 'not a directory',
};
const why = (error: unknown): string => reasons[(error as { code?: string }).code ?? ''] ?? String(error);

/** Prints file system types, modes, owners and contents of files, and makes some. */
export const mounttest: Program = async (io, context) => {
  const flags = cobraFlags(io.argv.slice(1), ['break_on_expected_content']);
  const { files } = context;
  const print = (line: string) => io.stdout(`${line}\n`);
  let failed = false;
  const step = (flag: string, failure: (path: string) => string, run: (path: string) => void) => {
    const path = flags.text(flag);
    if (!path) return;
    try {
      run(path);
    } catch (error) {
      failed = true;
      print(`${failure(path)}: ${why(error)}`);
    }
  };
  const quoted = (path: string) => JSON.stringify(path);
  const content = (path: string) => print(`content of file ${quoted(path)}: ${files.read(path)}`);
  const stat = (path: string) => `error from Stat(${quoted(path)}): stat ${path}`;
  step(
    'fs_type',
    (path) => `error from statfs(${quoted(path)})`,
    (path) => print(`mount type of ${quoted(path)}: ${files.stat(path).tmpfs ? 'tmpfs' : ext4Magic}`),
  );
  for (const mode of ['0644', '0666', '0660', '0777'])
    step(
      `new_file_${mode}`,
      (path) => `error writing new file ${quoted(path)}: open ${path}`,
      (path) => {
        files.write(path, initialContent, { mode: Number.parseInt(mode, 8) });
        content(path);
      },
    );
  step('file_mode', stat, (path) => print(`mode of file ${quoted(path)}: ${goMode(files.stat(path))}`));
  step('file_perm', stat, (path) =>
    print(`perms of file ${quoted(path)}: ${goMode({ mode: files.stat(path).mode & 0o777, directory: false })}`),
  );
  step(
    'file_owner',
    (path) => `error from stat(${quoted(path)})`,
    (path) => {
      const { uid, gid } = files.stat(path).owner;
      print(`owner UID of ${quoted(path)}: ${uid}\nowner GID of ${quoted(path)}: ${gid}`);
    },
  );
  step('file_content', (path) => `error reading file content for ${quoted(path)}: open ${path}`, content);
  const looked = flags.text('file_content_in_loop');
  if (looked)
    await loop(context, looked, {
      print,
      content,
      signal: io.signal,
      seconds: flags.number('retry_time', 180),
      breaks: flags.is('break_on_expected_content', true),
    });
  return failed ? 1 : 0;
};

async function loop(
  { files, clock }: ContainerContext,
  path: string,
  {
    print,
    content,
    signal,
    seconds,
    breaks,
  }: { print: (line: string) => void; content: (path: string) => void; signal: AbortSignal; seconds: number; breaks: boolean },
): Promise<void> {
  const end = clock.now() + seconds * 1000;
  while (clock.now() < end && !signal.aborted) {
    try {
      content(path);
      if (breaks && files.read(path) === initialContent) return;
      if (breaks) print(`Unexpected content. Expected: ${initialContent}. Retrying`);
    } catch (error) {
      print(`Error reading file ${path}: open ${path}: ${why(error)}, retrying`);
    }
    await sleep(clock, loopMs, signal);
  }
}
