import type { ContainerStatus, Pod } from '../../../kube/types.ts';
import { age, ageOf, nameColumn, orNone, text, wide, type Column } from './columns.ts';
import type { Core } from '../registry/core.ts';

const sidecars = (pod: Pod): Set<string> =>
  new Set((pod.spec?.initContainers ?? []).filter((c) => c.restartPolicy === 'Always').map((c) => c.name));

interface Printed {
  status: string;
  ready: string;
  restarts: string;
}

/** What `kubectl get pods` says of a pod (pkg/printers/internalversion, printPod). */
export function printPod(pod: Pod, core: Core): Printed {
  const restartable = sidecars(pod);
  const init = pod.status?.initContainerStatuses ?? [];
  const main = pod.status?.containerStatuses ?? [];
  const total = (pod.spec?.containers?.length ?? 0) + restartable.size;
  let restarts = init.reduce((sum, c) => sum + c.restartCount, 0);
  let sidecarRestarts = 0;
  let readyCount = 0;
  let lastRestart = latestEnd(init);
  let sidecarRestart = '';
  let reason: string = pod.status?.reason || pod.status?.phase || '';
  if (pod.status?.conditions?.some((c) => c.type === 'PodScheduled' && c.reason === 'SchedulingGated')) reason = 'SchedulingGated';

  let initializing = false;
  for (const [index, container] of init.entries()) {
    const sidecar = restartable.has(container.name);
    if (sidecar) {
      sidecarRestarts += container.restartCount;
      sidecarRestart = later(sidecarRestart, container.lastState?.terminated?.finishedAt);
    }
    const { terminated, waiting } = container.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (sidecar && container.started) {
      if (container.ready) readyCount++;
      continue;
    }
    if (terminated) {
      reason = terminated.reason
        ? `Init:${terminated.reason}`
        : terminated.signal
          ? `Init:Signal:${terminated.signal}`
          : `Init:ExitCode:${terminated.exitCode}`;
    } else if (waiting?.reason && waiting.reason !== 'PodInitializing') {
      reason = `Init:${waiting.reason}`;
    } else {
      reason = `Init:${index}/${pod.spec?.initContainers?.length ?? 0}`;
    }
    initializing = true;
    break;
  }

  const initialized = pod.status?.conditions?.some((c) => c.type === 'Initialized' && c.status === 'True') ?? false;
  if (!initializing || initialized) {
    restarts = sidecarRestarts;
    lastRestart = sidecarRestart;
    let running = false;
    for (const container of main.toReversed()) {
      restarts += container.restartCount;
      lastRestart = later(lastRestart, container.lastState?.terminated?.finishedAt);
      const { terminated, waiting } = container.state ?? {};
      if (waiting?.reason) reason = waiting.reason;
      else if (terminated)
        reason = terminated.reason || (terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`);
      else if (container.ready && container.state?.running) {
        running = true;
        readyCount++;
      }
    }
    // One container ended well while others run: the pod goes on.
    if (reason === 'Completed' && running) {
      const ready = pod.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True');
      reason = ready ? 'Running' : 'NotReady';
    }
  }
  if (pod.metadata.deletionTimestamp) {
    if (pod.status?.reason === 'NodeLost') reason = 'Unknown';
    else if (pod.status?.phase !== 'Failed' && pod.status?.phase !== 'Succeeded') reason = 'Terminating';
  }
  return {
    status: reason,
    ready: `${readyCount}/${total}`,
    restarts: restarts > 0 && lastRestart ? `${restarts} (${ageOf(lastRestart, core)} ago)` : String(restarts),
  };
}

const later = (a: string, b: string | undefined): string => (b !== undefined && b > a ? b : a);
const latestEnd = (statuses: readonly ContainerStatus[]): string =>
  statuses.reduce((latest, c) => later(latest, c.lastState?.terminated?.finishedAt), '');

function readinessGates(pod: Pod): string {
  const gates = pod.spec?.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const met = gates.filter((gate) => pod.status?.conditions?.some((c) => c.type === gate.conditionType && c.status === 'True'));
  return `${met.length}/${gates.length}`;
}

export const podColumns = [
  nameColumn,
  text('Ready', (pod: Pod, core) => printPod(pod, core).ready),
  text('Status', (pod: Pod, core) => printPod(pod, core).status),
  text('Restarts', (pod: Pod, core) => printPod(pod, core).restarts),
  age(),
  wide('IP', (pod: Pod) => orNone(pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP)),
  wide('Node', (pod: Pod) => orNone(pod.spec?.nodeName)),
  wide('Nominated Node', (pod: Pod) => orNone(pod.status?.nominatedNodeName)),
  wide('Readiness Gates', readinessGates),
] as unknown as readonly Column[];
