/** Archives in the ustar format (POSIX.1-1988), with pax and GNU headers for long names. */
export interface Entry {
  /** As it is written in the archive; a folder's ends with a slash. */
  name: string;
  directory: boolean;
  mode: number;
  /** Milliseconds. */
  modified: number;
  data: Uint8Array;
}

export class ArchiveError extends Error {}

const block = 512;
const maxName = 100;
const maxPrefix = 155;
const types = {
  file: '0',
  oldFile: '\0',
  hardLink: '1',
  symbolicLink: '2',
  directory: '5',
  pax: 'x',
  paxGlobal: 'g',
  longName: 'L',
  longLink: 'K',
};

export function packArchive(entries: Iterable<Entry>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const entry of entries) {
    const split = splitName(entry.name);
    if (!split)
      parts.push(...member({ name: 'PaxHeaders/x', prefix: '' }, types.pax, 0o644, entry.modified, paxRecord('path', entry.name)));
    const name = split ?? { name: Buffer.from(entry.name).subarray(0, maxName).toString('latin1'), prefix: '' };
    parts.push(...member(name, entry.directory ? types.directory : types.file, entry.mode, entry.modified, entry.data));
  }
  // GNU tar fills up to a record of twenty blocks.
  const size = parts.reduce((sum, part) => sum + part.length, 0) + 2 * block;
  const record = 20 * block;
  parts.push(Buffer.alloc(2 * block + ((record - (size % record)) % record)));
  return Buffer.concat(parts);
}

/** Throws ArchiveError for what is no archive. Links and devices are left out. */
export function* unpackArchive(bytes: Uint8Array): Generator<Entry> {
  const archive = Buffer.from(bytes);
  let longName: string | undefined;
  for (let at = 0; at + block <= archive.length;) {
    const header = archive.subarray(at, at + block);
    if (header.every((byte) => byte === 0)) return;
    if (number(header, 148, 8) !== checksum(header)) throw new ArchiveError('This does not look like a tar archive');
    const type = String.fromCharCode(header[156]!);
    const size = number(header, 124, 12);
    const data = archive.subarray(at + block, at + block + size);
    if (data.length < size) throw new ArchiveError('Unexpected EOF in archive');
    at += block + Math.ceil(size / block) * block;
    if (type === types.pax) longName = paxPath(data) ?? longName;
    else if (type === types.longName) longName = text(data, 0, data.length);
    else if (type !== types.paxGlobal && type !== types.longLink) {
      const prefix = text(header, 345, maxPrefix);
      const ustar = text(header, 257, 5) === 'ustar' && prefix ? `${prefix}/` : '';
      const name = longName ?? ustar + text(header, 0, maxName);
      longName = undefined;
      const directory = type === types.directory || name.endsWith('/');
      if (directory || type === types.file || type === types.oldFile)
        yield { name, directory, mode: number(header, 100, 8) & 0o7777, modified: number(header, 136, 12) * 1000, data };
    }
  }
}

function member(name: { name: string; prefix: string }, type: string, mode: number, modified: number, data: Uint8Array): Uint8Array[] {
  const header = Buffer.alloc(block);
  const octal = (value: number, at: number, width: number) => header.write(value.toString(8).padStart(width - 1, '0'), at, 'latin1');
  header.write(name.name, 0, maxName, 'latin1');
  octal(mode & 0o7777, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(data.length, 124, 12);
  octal(Math.floor(modified / 1000), 136, 12);
  header.write(type, 156, 'latin1');
  header.write('ustar\x0000root', 257, 'latin1');
  header.write('root', 297, 'latin1');
  header.write(name.prefix, 345, maxPrefix, 'latin1');
  header.write(`${checksum(header).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return [header, data, Buffer.alloc((block - (data.length % block)) % block)];
}

/** Undefined where a name fits in no ustar header: too long, or a slash in no good place. */
function splitName(whole: string): { name: string; prefix: string } | undefined {
  const name = Buffer.from(whole).toString('latin1');
  if (name.length <= maxName) return { name, prefix: '' };
  const slash = name.indexOf('/', name.length - maxName - 1);
  if (slash <= 0 || slash > maxPrefix || slash === name.length - 1) return undefined;
  return { name: name.slice(slash + 1), prefix: name.slice(0, slash) };
}

/** `LENGTH KEY=VALUE\n`, where the length counts itself. */
function paxRecord(key: string, value: string): Uint8Array {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (rest + String(length).length !== length) length = rest + String(length).length;
  return Buffer.from(`${length} ${key}=${value}\n`);
}

function paxPath(data: Buffer): string | undefined {
  let found: string | undefined;
  for (let at = 0; at < data.length;) {
    const length = Number.parseInt(data.toString('latin1', at, at + 20), 10);
    if (!(length > 0)) break;
    const [, key, value] = /^\d+ ([^=]+)=([\s\S]*)\n$/.exec(data.toString('utf8', at, at + length)) ?? [];
    if (key === 'path') found = value;
    at += length;
  }
  return found;
}

/** The sum of a header's bytes, with its own field taken as spaces. */
const checksum = (header: Buffer): number => header.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 0x20 : byte), 0);

const number = (header: Buffer, at: number, width: number): number => Number.parseInt(text(header, at, width).trim(), 8) || 0;

function text(bytes: Buffer, at: number, width: number): string {
  const end = bytes.indexOf(0, at);
  return bytes.toString('utf8', at, end === -1 || end > at + width ? at + width : end);
}
