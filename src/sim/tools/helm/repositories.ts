import { ciliumChart } from '../charts/cilium.ts';
import type { Chart } from '../charts/chart.ts';
import { ToolError, type ToolContext } from '../tool.ts';

/** Every chart that the lab shell can install. */
export const charts: readonly Chart[] = [ciliumChart];

export interface Repository {
  name: string;
  url: string;
}

const slot = 'helm.repositories';
const disk = (context: ToolContext) => context.machines().find((machine) => machine.role === 'control-plane')?.disk;

/**
 * The repositories that `helm repo add` knows. They live with the cluster (on the control plane's disk), not in the
 * person's home: a reset of the lab takes them back, and a helm of the person's own is left alone.
 */
export const repositories = (context: ToolContext): readonly Repository[] => disk(context)?.get<Repository[]>(slot) ?? [];

export const saveRepositories = (context: ToolContext, list: Repository[]): void => disk(context)?.set(slot, list);

const bare = (url: string) => url.replace(/\/+$/, '');

/** The charts of a repository. Throws ToolError where nothing answers at the address. */
export function chartsAt(url: string): Chart[] {
  const found = charts.filter((chart) => bare(chart.url) === bare(url));
  if (found.length > 0) return found;
  const known = [...new Set(charts.map((chart) => chart.url))].join(', ');
  throw new ToolError(
    `looks like "${url}" is not a valid chart repository or cannot be reached: the simulated cluster's shell has no internet, it brings ${known}`,
  );
}

export interface ChartVersion {
  chart: Chart;
  version: string;
}

/** `cilium/cilium`, `cilium` with --repo, or an oci:// address. Throws ToolError in Helm's words. */
export function findChart(
  context: ToolContext,
  reference: string,
  options: { version?: string | undefined; repo?: string | undefined },
): ChartVersion {
  if (options.repo) return pick(chartsAt(options.repo), reference, options.repo, options.version);
  if (reference.startsWith('oci://')) {
    const chart = charts.find((one) => `oci://quay.io/${one.repository}/charts/${one.name}` === reference);
    if (!chart) throw new ToolError(`failed to perform "FetchReference" on source: ${reference}: not found`);
    return pick([chart], chart.name, reference, options.version);
  }
  if (/^[./]|\.tgz$/.test(reference)) throw new ToolError(`path "${reference}" not found`);
  const [repo = '', name] = reference.split('/');
  if (!name) throw new ToolError(`non-absolute URLs should be in form of repo_name/path_to_chart, got: ${reference}`);
  const repository = repositories(context).find((one) => one.name === repo);
  if (!repository) throw new ToolError(`repo ${repo} not found`);
  return pick(chartsAt(repository.url), name, repo, options.version);
}

function pick(available: readonly Chart[], name: string, repo: string, wanted: string | undefined): ChartVersion {
  const chart = available.find((one) => one.name === name);
  const complaint = `chart "${name}" matching ${wanted ?? ''} not found in ${repo} index. (try 'helm repo update')`;
  if (!chart) throw new ToolError(`${complaint}: no chart name found`);
  const version = chart.versions.find((one) => !wanted || matches(one, wanted));
  if (!version) throw new ToolError(`${complaint}: no chart version found for ${name}-${wanted}`);
  return { chart, version };
}

/** An exact version, or a prefix as `1.18`, `~1.18`, `^1`, `1.18.x`. */
function matches(version: string, wanted: string): boolean {
  const prefix = wanted.replace(/^[v~^=]+/, '').replace(/\.[x*]$/, '');
  return version === prefix || version.startsWith(`${prefix}.`);
}
