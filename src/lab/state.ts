import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { KindlabError } from '../base/errors.ts';
import type { ClusterSpec } from '../cluster/cluster.ts';
import { withLock } from './lock.ts';
import { Progress } from './progress.ts';
import { makeFolder, readJson, writeJson, type ReadResult } from './state-files.ts';

const Spec = z.object({
  spec: z.object({
    name: z.string(),
    backend: z.enum(['simulated', 'kind']),
    cni: z.enum(['calico', 'cilium', 'netkit', 'none']),
    workers: z.number(),
    kindConfig: z.string(),
    manifests: z.array(z.string()),
    seed: z.number().optional(),
    paused: z.boolean().optional(),
  }),
  /** Absent for a bare cluster. */
  lab: z.string().optional(),
});

/** spec.json: what a cluster was made from, and for which lab. */
export interface StoredSpec {
  spec: ClusterSpec;
  lab?: string | undefined;
}

/** process.json: how to reach the process that runs a cluster. */
export const ProcessInfo = z.object({ pid: z.int(), port: z.int(), token: z.string(), startedAt: z.string() });
export type ProcessInfo = z.infer<typeof ProcessInfo>;

/** Kubernetes puts the name before node names (NAME-control-plane), which are DNS labels themselves. */
export function validateClusterName(name: string): void {
  if (/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name) && name.length <= 40) return;
  throw new KindlabError({
    code: 'bad-name',
    message: `cluster name ${JSON.stringify(name)}: expected lower case letters, digits and dashes, 40 at most, no dash at either end`,
  });
}

/** One cluster's own folder, STATE/clusters/NAME. */
export class ClusterState {
  readonly name: string;
  readonly folder: string;
  readonly #clusters: string;

  constructor(stateFolder: string, name: string) {
    validateClusterName(name);
    this.name = name;
    this.#clusters = join(stateFolder, 'clusters');
    this.folder = join(this.#clusters, name);
  }

  get processFile(): string {
    return join(this.folder, 'process.json');
  }
  /** What the background process writes to its standard output. */
  get logFile(): string {
    return join(this.folder, 'host.log');
  }
  /** Wrappers of the lab shell's tools. */
  get binFolder(): string {
    return join(this.folder, 'bin');
  }

  create(): Promise<void> {
    return makeFolder(this.folder);
  }
  readSpec(): Promise<ReadResult<StoredSpec>> {
    return readJson(join(this.folder, 'spec.json'), Spec);
  }
  writeSpec(spec: StoredSpec): Promise<void> {
    return writeJson(join(this.folder, 'spec.json'), spec);
  }
  readProgress(): Promise<ReadResult<Progress>> {
    return readJson(join(this.folder, 'progress.json'), Progress);
  }
  writeProgress(progress: Progress): Promise<void> {
    return writeJson(join(this.folder, 'progress.json'), progress);
  }
  readProcess(): Promise<ReadResult<ProcessInfo>> {
    return readJson(this.processFile, ProcessInfo);
  }
  writeProcess(info: ProcessInfo): Promise<void> {
    return writeJson(this.processFile, info);
  }
  removeProcess(): Promise<void> {
    return rm(this.processFile, { force: true });
  }
  /** Everything of it on the disk, also while a process that is about to end still writes there. */
  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
  /** Two commands never create, start or remove the same cluster at once. Throws KindlabError `locked`. */
  async locked<T>(work: () => Promise<T>, options: { signal?: AbortSignal; waitMs?: number } = {}): Promise<T> {
    await makeFolder(this.#clusters);
    return withLock(join(this.#clusters, `.${this.name}.lock`), work, options);
  }
}

/** Names of all clusters that have a folder, sorted. */
export async function clusterNames(stateFolder: string): Promise<string[]> {
  const folder = join(stateFolder, 'clusters');
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });
  return entries
    .filter((e) => e.isDirectory() && !e.name.startsWith('.'))
    .map((e) => e.name)
    .toSorted();
}
