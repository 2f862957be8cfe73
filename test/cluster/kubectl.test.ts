import { createHash } from 'node:crypto';
import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findKubectl } from '../../src/cluster/kubectl.ts';
import { versions } from '../../src/cluster/versions.ts';

const folder = () => mkdtemp(join(tmpdir(), 'kindlab-kubectl-'));

async function fakeKubectl(version: string): Promise<string> {
  const bin = await folder();
  await writeFile(join(bin, 'kubectl'), `#!/bin/sh\necho '{"clientVersion": {"gitVersion": "v${version}"}}'\n`);
  await chmod(join(bin, 'kubectl'), 0o755);
  return bin;
}

const release = (sha256: (bytes: Buffer) => string): typeof fetch => {
  const bytes = Buffer.from('#!/bin/sh\n');
  return (async (url: string) => new Response(url.endsWith('.sha256') ? sha256(bytes) : bytes)) as typeof fetch;
};
const rightSum = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

test("the person's own kubectl is used as it is", async () => {
  const bin = await fakeKubectl('1.32.4-dispatcher');
  const found = await findKubectl({ env: { PATH: `${bin}:/usr/bin:/bin` }, cache: await folder() });
  expect(found).toEqual({ path: join(bin, 'kubectl'), version: '1.32.4', source: 'path' });
});

test('one that is too old is passed over for the pinned release, which is then found in the cache', async () => {
  const options = { env: { PATH: `${await fakeKubectl('1.20.2')}:/bin` }, cache: await folder(), fetch: release(rightSum) };
  const found = await findKubectl(options);
  expect(found.source).toBe('fetched');
  expect(found.version).toBe(versions.kubectl);
  expect(await readFile(found.path, 'utf8')).toBe('#!/bin/sh\n');
  expect((await findKubectl(options)).source).toBe('cache');
});

test('a release whose checksum does not match is not kept', async () => {
  const cache = await folder();
  const options = { env: { PATH: '' }, cache, fetch: release(() => 'f'.repeat(64)) };
  await expect(findKubectl(options)).rejects.toThrow(/kubectl is not installed, and .*SHA-256/);
  await expect(readFile(join(cache, 'bin', `kubectl-${versions.kubectl}`))).rejects.toThrow(/ENOENT/);
});

test('without a network the message is one line and says what to do', async () => {
  const offline = (async () => {
    throw new TypeError('fetch failed');
  }) as typeof fetch;
  const error = await findKubectl({ env: { PATH: '' }, cache: await folder(), fetch: offline }).catch((e: unknown) => e);
  expect(error).toMatchObject({ code: 'kubectl-missing', fix: expect.stringContaining('install kubectl') });
  expect((error as Error).message).not.toContain('\n');
});
