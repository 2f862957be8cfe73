import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ArchiveError, packArchive, unpackArchive, type Entry } from '../../../../src/sim/node/shell/tar/archive.ts';

const file = (name: string, data: string | Uint8Array): Entry => ({
  name,
  directory: false,
  mode: 0o640,
  modified: 1_700_000_000_000,
  data: Buffer.from(data),
});
const names = (bytes: Uint8Array) => [...unpackArchive(bytes)].map(({ name }) => name);

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'kindlab-tar-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('what is packed is unpacked: names, bytes, modes and times', () => {
  const entries = [{ ...file('d/', ''), directory: true, mode: 0o755 }, file('d/a', 'text'), file('d/b', Buffer.from([0, 255, 128]))];
  expect([...unpackArchive(packArchive(entries))]).toEqual(entries);
});

test.each([100, 101, 155, 200, 256, 300])('a name of %i characters is kept', (length) => {
  const name = `${'x'.repeat(60)}/${'y'.repeat(length - 61)}`;
  expect(names(packArchive([file(name, 'x')]))).toEqual([name]);
});

test('what is no archive is refused', () => {
  expect(() => names(Buffer.alloc(1024, 'x'))).toThrow(ArchiveError);
  expect(() => names(packArchive([file('a', 'x'.repeat(5000))]).subarray(0, 1024))).toThrow('Unexpected EOF');
});

describe('with the tar of this machine', () => {
  const tar = (...args: string[]) => execFileSync('tar', ['-C', folder, ...args]);

  test('it reads what we pack', () => {
    writeFileSync(join(folder, 'a.tar'), packArchive([file('d/a', 'text'), file(`${'long/'.repeat(60)}b`, 'deep')]));
    tar('-xf', join(folder, 'a.tar'));
    expect(readFileSync(join(folder, 'd/a'), 'utf8')).toBe('text');
    expect(readFileSync(join(folder, `${'long/'.repeat(60)}b`), 'utf8')).toBe('deep');
  });

  test.each(['ustar', 'pax', 'gnu'])('we read what it packs as %s', (format) => {
    const deep = `d/${'e'.repeat(120)}`;
    mkdirSync(join(folder, 'd'));
    writeFileSync(join(folder, 'd/short'), 'text');
    if (format !== 'ustar') writeFileSync(join(folder, deep), 'long');
    const found = [...unpackArchive(tar(`--format=${format}`, '-cf', '-', 'd'))];
    expect(found.map(({ name, data }) => [name, Buffer.from(data).toString()]).sort()).toEqual([
      ['d/', ''],
      ...(format === 'ustar' ? [] : [[deep, 'long']]),
      ['d/short', 'text'],
    ]);
  });
});
