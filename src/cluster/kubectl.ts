import { createHash } from 'node:crypto';
import { chmod, mkdir, rename, rm, writeFile, access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { KindlabError, messageOf } from '../base/errors.ts';
import { run } from '../base/process.ts';
import { versions } from './versions.ts';

export interface Kubectl {
  path: string;
  /** As 1.32.4 */
  version: string;
  source: 'path' | 'cache' | 'fetched';
}

export interface KubectlOptions {
  env: Readonly<Record<string, string | undefined>>;
  /** Where a fetched release is kept: XDG_CACHE_HOME/kindlab. */
  cache: string;
  signal?: AbortSignal | undefined;
  onProgress?: (text: string) => void;
  fetch?: typeof globalThis.fetch;
}

/**
 * The person's kubectl; where there is none, or it is too old, the official pinned release, fetched once with its
 * published SHA-256 verified. Throws KindlabError `kubectl-missing`.
 */
export async function findKubectl(options: KubectlOptions): Promise<Kubectl> {
  const own = await fromPath(options);
  if (own && atLeast(own.version, versions.kubectlOldest)) return own;
  const path = join(options.cache, 'bin', `kubectl-${versions.kubectl}`);
  const found = own ? `kubectl ${own.version} is older than ${versions.kubectlOldest}` : 'kubectl is not installed';
  if (await executable(path)) return { path, version: versions.kubectl, source: 'cache' };
  try {
    await fetchRelease(path, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw new KindlabError({
      code: 'kubectl-missing',
      message: `${found}, and the official release could not be fetched (${messageOf(error)})`,
      fix: `install kubectl ${versions.kubectlOldest} or newer and put it on PATH, or connect once so that kindlab can fetch it`,
      cause: error,
    });
  }
  return { path, version: versions.kubectl, source: 'fetched' };
}

async function fromPath({ env, signal }: KubectlOptions): Promise<Kubectl | undefined> {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, 'kubectl');
    if (!folder || !(await executable(path))) continue;
    const answer = await run(path, ['version', '--client', '-o', 'json'], { env: { ...env, KUBECONFIG: '/dev/null' }, signal });
    const version = /"gitVersion":\s*"v(\d+\.\d+\.\d+)/.exec(answer.stdout)?.[1];
    if (version) return { path, version, source: 'path' };
  }
  return undefined;
}

const executable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

async function fetchRelease(path: string, { signal, onProgress, fetch = globalThis.fetch }: KubectlOptions): Promise<void> {
  const os = process.platform === 'darwin' ? 'darwin' : 'linux';
  const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';
  const url = `https://dl.k8s.io/release/v${versions.kubectl}/bin/${os}/${arch}/kubectl`;
  onProgress?.(`fetching kubectl ${versions.kubectl} (about 60 MB, once)`);
  const get = async (address: string) => {
    const answer = await fetch(address, { signal: signal ?? null });
    if (!answer.ok) throw new Error(`${address}: HTTP ${answer.status}`);
    return answer;
  };
  const expected = (await (await get(`${url}.sha256`)).text()).trim().split(/\s/)[0];
  const bytes = Buffer.from(await (await get(url)).arrayBuffer());
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual !== expected) throw new Error(`its SHA-256 is ${actual}, the release's is ${expected}`);
  await mkdir(join(path, '..'), { recursive: true });
  const partial = `${path}.${process.pid}`;
  try {
    await writeFile(partial, bytes);
    await chmod(partial, 0o755);
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
}

function atLeast(version: string, oldest: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldest.split('.').map(Number);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}
