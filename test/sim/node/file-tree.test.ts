import { expect, test } from 'vitest';
import { FileTree } from '../../../src/sim/node/file-tree.ts';
import { MountedFiles } from '../../../src/sim/node/mounted-files.ts';

const tree = (files: Record<string, string> = {}) => {
  const made = new FileTree(() => 1000);
  for (const [path, text] of Object.entries(files)) made.write(path, text);
  return made;
};

test('writing makes the folders above, listing shows direct entries in order', () => {
  const files = tree({ '/etc/b': 'x', '/etc/a/deep': 'y' });
  expect(files.list('/etc').map(({ path, directory }) => [path, directory])).toEqual([
    ['/etc/a', true],
    ['/etc/b', false],
  ]);
});

test('what goes wrong has the codes of Node.js', () => {
  const files = tree({ '/etc/file': 'x' });
  expect(() => files.read('/none')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  expect(() => files.read('/etc')).toThrow(expect.objectContaining({ code: 'EISDIR' }));
  expect(() => files.list('/etc/file')).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
  expect(() => files.write('/etc/file/below', '')).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
  expect(() => files.remove('/etc')).toThrow(expect.objectContaining({ code: 'ENOTEMPTY' }));
});

test('a watcher hears of writes, renames and removals below its folder, also of those that a load brings', () => {
  const files = tree({ '/etc/cni/net.d/10-a': '1', '/var/x': '1' });
  const before = structuredClone(files.toJSON());
  const heard: string[] = [];
  files.watch('/etc/cni/net.d', (path) => heard.push(path));
  files.rename('/etc/cni/net.d/10-a', '/etc/cni/net.d/10-a.bak');
  files.write('/var/x', '2');
  expect(heard.splice(0)).toEqual(['/etc/cni/net.d/10-a', '/etc/cni/net.d/10-a.bak']);
  files.load(before);
  expect(heard.toSorted()).toEqual(['/etc/cni/net.d/10-a', '/etc/cni/net.d/10-a.bak']);
  expect(files.read('/etc/cni/net.d/10-a')).toBe('1');
});

test('a folder moves with what is in it', () => {
  const files = tree({ '/a/b/c': '1' });
  files.rename('/a/b', '/z');
  expect(files.read('/z/c')).toBe('1');
  expect(files.exists('/a/b/c')).toBe(false);
});

test('mounts cover what is below them, and a read-only one refuses writes', () => {
  const host = tree({ '/etc/cni/net.d/10-a': 'host' });
  const config = tree({ '/key': 'value' });
  const view = new MountedFiles(tree({ '/etc/own': '1' }), [
    { at: '/host/cni', files: host, base: '/etc/cni' },
    { at: '/etc/config', files: config, base: '/', readOnly: true },
  ]);
  expect(view.read('/host/cni/net.d/10-a')).toBe('host');
  expect(view.list('/etc').map(({ path }) => path)).toEqual(['/etc/config', '/etc/own']);
  expect(() => view.write('/etc/config/key', 'x')).toThrow(expect.objectContaining({ code: 'EROFS' }));
  view.write('/host/cni/net.d/05-b', 'new');
  expect(host.read('/etc/cni/net.d/05-b')).toBe('new');
});
