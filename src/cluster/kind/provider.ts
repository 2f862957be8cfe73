import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KindlabError } from '../../base/errors.ts';
import { run, type RunResult } from '../../base/process.ts';
import type { Cluster, ClusterSpec, OpenOptions, Provider } from '../cluster.ts';
import { KubeApi } from './api.ts';
import { KindCluster } from './cluster.ts';
import { findEngine } from './engine.ts';

export interface KindProviderOptions {
  /** The folder kind-configs/. */
  configs: string;
  env: Readonly<Record<string, string | undefined>>;
}

/** Real Kind. The cluster's name in Kind is the kindlab cluster's own name. */
export const kindProvider = (options: KindProviderOptions): Provider => ({
  backend: 'kind',

  async open(spec: ClusterSpec, { folder, signal, onProgress }: OpenOptions): Promise<Cluster> {
    const { env } = options;
    const kubeconfig = join(folder, 'kubeconfig');
    const ours = join(folder, 'kind-created');
    const action = async <T>(name: string, title: string, work: () => Promise<T>): Promise<T> => {
      const started = Date.now();
      onProgress({ type: 'started', action: name, title });
      try {
        const result = await work();
        onProgress({ type: 'ended', action: name, ms: Date.now() - started });
        return result;
      } catch (error) {
        onProgress({ type: 'failed', action: name, message: error instanceof Error ? error.message : String(error) });
        throw error;
      }
    };
    const kind = (args: string[]) =>
      run('kind', args, { env, signal, onLine: (text) => onProgress({ type: 'detail', action: 'create', text }) });

    if (spec.cni !== 'none')
      throw new KindlabError({
        code: 'kind-cni-missing',
        message: `the kind backend makes clusters with --cni none so far; it does not install ${spec.cni} yet`,
        fix: `kindlab up … --backend simulated\nkindlab cluster create ${spec.name} --backend kind --cni none`,
      });
    await action('engine', 'Container engine', () => requireEngine(signal));
    const existing = (await kind(['get', 'clusters'])).stdout.split('\n').includes(spec.name);
    if (existing && !(await exists(ours)))
      throw new KindlabError({
        code: 'kind-cluster-not-ours',
        message: `Kind already has a cluster named ${spec.name} that kindlab did not make; it stays untouched`,
        fix: `kindlab cluster create OTHER-NAME --backend kind`,
      });
    if (!existing) {
      await writeFile(ours, '', { mode: 0o600 });
      try {
        await action('create', 'kind create cluster', async () => {
          const config = join(options.configs, `${spec.kindConfig}.yaml`);
          succeed(
            'kind create cluster',
            await kind(['create', 'cluster', '--name', spec.name, '--config', config, '--kubeconfig', kubeconfig]),
          );
        });
      } catch (error) {
        // Its signal may be what ended the creation: the removal runs without it.
        await run('kind', ['delete', 'cluster', '--name', spec.name, '--kubeconfig', kubeconfig], { env });
        throw error;
      }
    } else if (!(await exists(kubeconfig))) {
      succeed('kind export kubeconfig', await kind(['export', 'kubeconfig', '--name', spec.name, '--kubeconfig', kubeconfig]));
    }
    return new KindCluster(spec.name, kubeconfig, await KubeApi.load(kubeconfig), env);
  },

  async remove(spec, { folder, signal }) {
    if (!(await exists(join(folder, 'kind-created')))) return;
    const args = ['delete', 'cluster', '--name', spec.name, '--kubeconfig', join(folder, 'kubeconfig')];
    succeed('kind delete cluster', await run('kind', args, { env: options.env, signal }));
  },
});

async function requireEngine(signal: AbortSignal): Promise<void> {
  const engine = await findEngine();
  signal.throwIfAborted();
  if ('problem' in engine)
    throw new KindlabError({
      code: 'engine-not-running',
      message: `Kind needs a container engine, and none answers (${engine.problem})`,
      fix: 'start Docker or Podman, or go on without it: kindlab up … --backend simulated',
    });
}

function succeed(what: string, result: RunResult): void {
  if (result.exitCode === 0) return;
  const text = (result.stderr || result.stdout).trim().split('\n').slice(-5).join('\n');
  throw new KindlabError({
    code: 'kind-failed',
    message: `${what} failed with exit code ${result.exitCode}:\n${text}`,
    fix: 'kindlab doctor',
  });
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
