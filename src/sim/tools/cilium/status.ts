import { configMaps, daemonSets, deployments, pods } from '../../../kube/resources.ts';
import type { DaemonSet, Deployment } from '../../../kube/types.ts';
import { ReleaseStorage } from '../helm/release.ts';
import type { ToolContext } from '../tool.ts';
import { tabulate } from './tabwriter.ts';

interface Problem {
  component: string;
  pod: string;
  text: string;
}

interface Workload {
  kind: 'DaemonSet' | 'Deployment';
  name: string;
  desired: number;
  ready: number;
  available: number;
  unavailable: number;
}

/** What `cilium status` collects; `-o json` prints it. */
export interface CiliumStatus {
  workloads: Workload[];
  /** Components of which there is nothing. */
  disabled: string[];
  errors: Problem[];
  warnings: Problem[];
  /** Pods by phase, by component. */
  phases: Record<string, Record<string, number>>;
  /** Images by component, with the number of containers. */
  images: Record<string, Record<string, number>>;
  clusterPods: { all: number; byCilium: number };
  chartVersion: string | undefined;
  /** What could not be read at all: there is no Cilium. */
  collectionErrors: string[];
}

const components = [
  { name: 'cilium', kind: 'DaemonSet', selector: 'k8s-app=cilium' },
  { name: 'cilium-envoy', kind: 'DaemonSet', selector: 'name=cilium-envoy' },
  { name: 'cilium-operator', kind: 'Deployment', selector: 'name=cilium-operator' },
  { name: 'clustermesh-apiserver', kind: 'Deployment', selector: 'k8s-app=clustermesh-apiserver' },
  { name: 'hubble-relay', kind: 'Deployment', selector: 'k8s-app=hubble-relay' },
  { name: 'hubble-ui', kind: 'Deployment', selector: 'k8s-app=hubble-ui' },
] as const;

export function collectStatus(context: Pick<ToolContext, 'api'>, namespace: string): CiliumStatus {
  const { api } = context;
  const status: CiliumStatus = {
    workloads: [],
    disabled: [],
    errors: [],
    warnings: [],
    phases: {},
    images: {},
    clusterPods: { all: 0, byCilium: 0 },
    chartVersion: undefined,
    collectionErrors: [],
  };
  for (const { name, kind, selector } of components) {
    const object = kind === 'DaemonSet' ? api.get(daemonSets, namespace, name) : api.get(deployments, namespace, name);
    if (object) addWorkload(status, object);
    else if (name === 'cilium') {
      const text = 'daemonsets.apps "cilium" not found';
      status.errors.push({ component: name, pod: name, text });
      status.collectionErrors.push(text);
    } else status.disabled.push(name);
    if (object || ['cilium', 'clustermesh-apiserver', 'hubble-relay', 'cilium-operator'].includes(name))
      addPods(status, context, namespace, name, selector);
  }
  if (!api.get(configMaps, namespace, 'cilium-config')) {
    status.collectionErrors.push('unable to retrieve ConfigMap "cilium-config": configmaps "cilium-config" not found');
  }
  const endpoints = api.resource('cilium.io', 'ciliumendpoints');
  status.clusterPods = {
    all: api.list(pods).filter((pod) => !pod.spec?.hostNetwork && ['Running', 'Pending'].includes(pod.status?.phase ?? '')).length,
    byCilium: endpoints ? api.list(endpoints).length : 0,
  };
  status.chartVersion = new ReleaseStorage({ api, clock: { now: () => 0, after: () => () => {} } }).deployed(
    namespace,
    'cilium',
  )?.chart.metadata.version;
  return status;
}

function addWorkload(status: CiliumStatus, object: DaemonSet | Deployment): void {
  const workload = object.kind === 'DaemonSet' ? ofDaemonSet(object as DaemonSet) : ofDeployment(object);
  const { kind, name, desired, ready, unavailable } = workload;
  status.workloads.push(workload);
  const problem = (text: string) => ({ component: name, pod: name, text });
  const missing = desired - ready;
  if (missing > 0) status.errors.push(problem(`${missing} pods of ${kind} ${name} are not ready`));
  if (unavailable - missing > 0) status.warnings.push(problem(`${unavailable - missing} pods of ${kind} ${name} are not available`));
  const lower = kind.toLowerCase();
  if ((object.metadata.generation ?? 0) !== (object.status?.observedGeneration ?? 0)) {
    status.errors.push(problem(`${lower} ${name} is updated but rollout has not started`));
  }
  const updated =
    (object.kind === 'DaemonSet' ? (object as DaemonSet).status?.updatedNumberScheduled : (object as Deployment).status?.updatedReplicas) ??
    0;
  if (updated < desired) status.errors.push(problem(`${lower} ${name} is rolling out - ${updated} out of ${desired} pods updated`));
}

const ofDaemonSet = ({ metadata, status }: DaemonSet): Workload => ({
  kind: 'DaemonSet',
  name: metadata.name,
  desired: status?.desiredNumberScheduled ?? 0,
  ready: status?.numberReady ?? 0,
  available: status?.numberAvailable ?? 0,
  unavailable: status?.numberUnavailable ?? 0,
});

const ofDeployment = ({ metadata, status }: Deployment): Workload => ({
  kind: 'Deployment',
  name: metadata.name,
  desired: status?.replicas ?? 0,
  ready: status?.readyReplicas ?? 0,
  available: status?.availableReplicas ?? 0,
  unavailable: status?.unavailableReplicas ?? 0,
});

function addPods(
  status: CiliumStatus,
  { api }: Pick<ToolContext, 'api'>,
  namespace: string,
  component: string,
  labelSelector: string,
): void {
  const phases: Record<string, number> = {};
  const images: Record<string, number> = {};
  for (const pod of api.list(pods, { namespace, labelSelector })) {
    const phase = pod.status?.phase ?? 'Unknown';
    phases[phase] = (phases[phase] ?? 0) + 1;
    const problem = (text: string) => ({ component, pod: pod.metadata.name, text });
    if (phase === 'Pending') status.warnings.push(problem('pod is pending'));
    if (phase === 'Failed') status.errors.push(problem(`pod has failed: ${pod.status?.reason ?? ''} - ${pod.status?.message ?? ''}`));
    for (const { image = '' } of pod.spec?.containers ?? []) images[image] = (images[image] ?? 0) + 1;
  }
  status.phases[component] = phases;
  status.images[component] = images;
}

/** Nothing to wait for. */
export const isReady = (status: CiliumStatus): boolean => status.errors.length === 0 && status.warnings.length === 0;

type Colour = 'red' | 'yellow' | 'blue' | 'green' | 'magenta' | 'cyan';
const codes: Record<Colour, number> = { red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 };

/** The block that `cilium status` prints. */
export function formatStatus(status: CiliumStatus, colours: boolean): string {
  const paint = (colour: Colour, text: string) => (colours ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text);
  const summary = (name: string, disabled = 'disabled') => {
    const count = (problems: Problem[]) => problems.filter(({ component }) => component === name).length;
    const parts = [
      ...(count(status.errors) > 0 ? [paint('red', `${count(status.errors)} errors`)] : []),
      ...(count(status.warnings) > 0 ? [paint('yellow', `${count(status.warnings)} warnings`)] : []),
      ...(status.disabled.includes(name) ? [paint('cyan', disabled)] : []),
    ];
    return parts.length > 0 ? parts.join(', ') : paint('green', 'OK');
  };
  const logo = [
    [paint('yellow', '    /¯¯\\')],
    [paint('cyan', ' /¯¯') + paint('yellow', '\\__/') + paint('green', '¯¯\\'), 'Cilium:', summary('cilium')],
    [paint('cyan', ' \\__') + paint('red', '/¯¯\\') + paint('green', '__/'), 'Operator:', summary('cilium-operator')],
    [
      paint('green', ' /¯¯') + paint('red', '\\__/') + paint('magenta', '¯¯\\'),
      'Envoy DaemonSet:',
      summary('cilium-envoy', 'disabled (using embedded mode)'),
    ],
    [paint('green', ' \\__') + paint('blue', '/¯¯\\') + paint('magenta', '__/'), 'Hubble Relay:', summary('hubble-relay')],
    [paint('blue', '    \\__/'), 'ClusterMesh:', summary('clustermesh-apiserver')],
  ];
  const counts = (found: Record<string, number>) =>
    Object.entries(found).map(
      ([phase, count]) =>
        `${phase}: ${['Failed', 'Unknown'].includes(phase) ? paint('red', String(count)) : paint('green', String(count))}`,
    );
  const containers = Object.entries(status.phases)
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([name, phases]) => [name, counts(phases).join(', ')]);
  const images = Object.entries(status.images)
    .toSorted(([a], [b]) => a.localeCompare(b))
    .flatMap(([name, found]) => Object.entries(found).map(([image, count]) => [name, `${image}: ${count}`]));
  const problems = (found: Problem[]) => found.map(({ component, pod, text }) => [component, pod, text]);
  return tabulate([
    ...logo,
    [''],
    ...status.workloads.map((workload) => [workload.kind, workload.name, formatWorkload(workload, paint)]),
    ...headed('Containers:', containers),
    ['Cluster Pods:', `${status.clusterPods.byCilium}/${status.clusterPods.all} managed by Cilium`],
    ...(status.chartVersion ? [['Helm chart version:', status.chartVersion]] : []),
    ...headed('Image versions', images),
    ...headed('Errors:', problems(status.errors)),
    ...headed('Warnings:', problems(status.warnings)),
  ]);
}

const headed = (header: string, rows: readonly string[][]) => rows.map((row, index) => [index === 0 ? header : '', ...row]);

function formatWorkload({ desired, ready, available, unavailable }: Workload, paint: (colour: Colour, text: string) => string): string {
  const colour = ready < desired ? 'yellow' : 'green';
  return [
    ...(desired > 0 ? [`Desired: ${desired}`] : []),
    ...(ready > 0 ? [`Ready: ${paint(colour, `${ready}/${desired}`)}`] : []),
    ...(available > 0 ? [`Available: ${paint(colour, `${available}/${desired}`)}`] : []),
    ...(unavailable > 0 ? [`Unavailable: ${paint('red', `${unavailable}/${desired}`)}`] : []),
  ].join(', ');
}
