import type { DaemonSet, Deployment, Draft } from '../../../kube/types.ts';
import { namespaces } from '../../../kube/resources.ts';
import { StatusError } from '../../../kube/status.ts';
import { mergeValues, type Values } from '../charts/chart.ts';
import { ToolError, type ToolContext } from '../tool.ts';
import { notReady, poll } from '../wait.ts';
import { applyAll, deleteAll, fromManifest, inInstallOrder, refuseForeign, targetOf, toManifest, type Target } from './manifest.ts';
import { ReleaseStorage, type HelmRelease, type ReleaseStatus } from './release.ts';
import type { ChartVersion } from './repositories.ts';

type Context = Pick<ToolContext, 'api' | 'clock'>;

export interface ReleaseRequest {
  name: string;
  namespace: string;
  source: ChartVersion;
  /** What the person gave. */
  values: Values;
  createNamespace?: boolean;
  forceConflicts?: boolean;
  /** Render and tell, change nothing. */
  dryRun?: boolean;
  /** Milliseconds to wait for the workloads; not waited for where absent. */
  waitMs?: number;
  signal: AbortSignal;
  description?: string;
}

const keptRevisions = 10;
const time = (ms: number) => new Date(ms).toISOString();

/** A revision that is rendered but not stored. Throws ChartError. */
export function renderRelease(context: Context, request: ReleaseRequest, previous?: HelmRelease): HelmRelease {
  const { chart, version } = request.source;
  const defaults = chart.defaults(version);
  const values = mergeValues(defaults, request.values);
  const target = { name: request.name, namespace: request.namespace, version };
  const now = time(context.clock.now());
  return {
    name: request.name,
    namespace: request.namespace,
    version: (previous?.version ?? 0) + 1,
    info: {
      first_deployed: previous?.info.first_deployed ?? now,
      last_deployed: now,
      deleted: '',
      description: request.dryRun ? 'Dry run complete' : '',
      status: previous ? 'pending-upgrade' : 'pending-install',
      notes: chart.notes(values, target),
    },
    chart: {
      metadata: { name: chart.name, version, appVersion: version, description: chart.description, apiVersion: 'v2' },
      lock: null,
      templates: [],
      values: defaults,
      schema: null,
      files: [],
    },
    config: request.values,
    manifest: toManifest(inInstallOrder(chart.render(values, target))),
    hooks: [],
    apply_method: 'ssa',
  };
}

/** `helm install`. Throws ToolError in Helm's words, without the prefix `INSTALLATION FAILED`. */
export async function installRelease(context: Context, request: ReleaseRequest): Promise<HelmRelease> {
  const storage = new ReleaseStorage(context);
  const earlier = storage.latest(request.namespace, request.name);
  if (earlier && !['uninstalled', 'failed'].includes(earlier.info.status)) throw new ToolError('cannot re-use a name that is still in use');
  const release = renderRelease(context, request);
  if (request.dryRun) return release;
  const targets = targetsOf(context, release);
  refuseForeign(context.api, targets, release, 'install');
  if (request.createNamespace && !context.api.get(namespaces, undefined, request.namespace)) {
    context.api.create(namespaces, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: request.namespace, labels: { name: request.namespace } },
    });
  }
  if (earlier) for (const revision of storage.revisions(request.namespace, request.name)) storage.remove(revision);
  try {
    storage.save(release);
  } catch (error) {
    if (error instanceof StatusError) throw new ToolError(`failed to create: ${error.message}`);
    throw error;
  }
  return deploy(context, request, release, targets, 'Install complete');
}

/** `helm upgrade`: applies the new revision and deletes what it no longer has. */
export async function upgradeRelease(context: Context, request: ReleaseRequest): Promise<HelmRelease> {
  const storage = new ReleaseStorage(context);
  const latest = storage.latest(request.namespace, request.name);
  const deployed = storage.deployed(request.namespace, request.name) ?? latest;
  if (!latest || !deployed || latest.info.status === 'uninstalled') throw new ToolError(`"${request.name}" has no deployed releases`);
  if (latest.info.status.startsWith('pending-')) throw new ToolError('another operation (install/upgrade/rollback) is in progress');
  const release = renderRelease(context, request, latest);
  if (request.dryRun) return release;
  const targets = targetsOf(context, release);
  const before = targetsOf(context, deployed);
  const isOld = (target: Target) => before.some((one) => same(one, target));
  refuseForeign(
    context.api,
    targets.filter((target) => !isOld(target)),
    release,
    'upgrade',
  );
  storage.save(release);
  const done = await deploy(context, request, release, targets, 'Upgrade complete');
  deleteAll(
    context.api,
    before.filter((old) => !targets.some((target) => same(old, target))),
  );
  for (const old of storage.revisions(request.namespace, request.name)) {
    if (old.version < done.version && old.info.status === 'deployed') storage.save(withStatus(old, 'superseded', old.info.description));
    if (old.version <= done.version - keptRevisions) storage.remove(old);
  }
  return done;
}

/** `helm uninstall`. Tells the release as it was. */
export function uninstallRelease(context: Context, request: { name: string; namespace: string; keepHistory?: boolean }): HelmRelease {
  const storage = new ReleaseStorage(context);
  const release = storage.latest(request.namespace, request.name);
  if (!release) throw new ToolError(`uninstall: Release not loaded: ${request.name}: release: not found`);
  if (release.info.status === 'uninstalled') throw new ToolError(`the release named "${request.name}" is already deleted`);
  deleteAll(context.api, targetsOf(context, release));
  const gone = withStatus(release, 'uninstalled', 'Uninstallation complete');
  gone.info.deleted = time(context.clock.now());
  if (request.keepHistory) storage.save(gone);
  else for (const revision of storage.revisions(request.namespace, request.name)) storage.remove(revision);
  return gone;
}

const withStatus = (release: HelmRelease, status: ReleaseStatus, description: string): HelmRelease => ({
  ...release,
  info: { ...release.info, status, description },
});

const targetsOf = (context: Context, release: HelmRelease): Target[] =>
  fromManifest(release.manifest).map((object: Draft) => targetOf(context.api, object, release));

const same = (a: Target, b: Target) =>
  a.name === b.name && a.namespace === b.namespace && a.resource.plural === b.resource.plural && a.resource.group === b.resource.group;

async function deploy(
  context: Context,
  request: ReleaseRequest,
  release: HelmRelease,
  targets: readonly Target[],
  description: string,
): Promise<HelmRelease> {
  const storage = new ReleaseStorage(context);
  const what = description.split(' ')[0]!;
  try {
    applyAll(context.api, targets, release, { force: request.forceConflicts ?? false });
    if (request.waitMs !== undefined) await waitFor(context, targets, request.waitMs, request.signal);
  } catch (error) {
    if (error instanceof ToolError) storage.save(withStatus(release, 'failed', `${what} "${release.name}" failed: ${error.message}`));
    throw error;
  }
  const done = withStatus(release, 'deployed', request.description ?? description);
  storage.save(done);
  return done;
}

async function waitFor(context: Context, targets: readonly Target[], timeoutMs: number, signal: AbortSignal): Promise<void> {
  const workloads = targets.filter(({ resource }) => resource.group === 'apps');
  const missing = await poll(
    () => {
      const lines = workloads.flatMap(({ resource, namespace, name }) => {
        const found = context.api.get(resource, namespace, name) as Deployment | DaemonSet | undefined;
        const why = found ? notReady(found) : 'Resource not found';
        return why
          ? [`resource ${resource.kind}/${namespace}/${name} not ready. status: ${found ? 'InProgress' : 'NotFound'}, message: ${why}`]
          : [];
      });
      return lines.length > 0 ? lines : undefined;
    },
    { clock: context.clock, timeoutMs, signal },
  );
  if (missing) throw new ToolError([...missing, 'context deadline exceeded'].join('\n'));
}
