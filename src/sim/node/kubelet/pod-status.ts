import { rfc3339 } from '../../../base/clock.ts';
import type { Container, ContainerStatus, Pod } from '../../../kube/types.ts';
import type { ContainerState, EndedRun, PodState } from '../records.ts';
import { imageId, normalImage } from '../images/reference.ts';

type PodStatus = NonNullable<Pod['status']>;
type Conditions = NonNullable<PodStatus['conditions']>;
type State = NonNullable<ContainerStatus['state']>;

export const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always';

const terminated = (run: EndedRun): NonNullable<State['terminated']> => ({
  exitCode: run.exitCode,
  reason: run.reason,
  ...(run.message !== undefined && { message: run.message }),
  startedAt: rfc3339(run.startedAt),
  finishedAt: rfc3339(run.finishedAt),
  containerID: `containerd://${run.id}`,
});

function stateOf(state: ContainerState): State {
  if (state.phase === 'running') return { running: { startedAt: rfc3339(state.startedAt!) } };
  if (state.phase === 'terminated' && state.ended) return { terminated: terminated(state.ended) };
  return { waiting: { reason: state.reason, ...(state.message !== undefined && { message: state.message }) } };
}

function containerStatus(container: Container, state: ContainerState, isInit = false): ContainerStatus {
  const known = state.id !== undefined;
  return {
    name: container.name,
    state: stateOf(state),
    lastState: state.last ? { terminated: terminated(state.last) } : {},
    ready: isInit && regular(container) ? succeeded(state) : state.ready,
    restartCount: state.restarts,
    image: known ? (normalImage(container.image ?? '') ?? container.image ?? '') : (container.image ?? ''),
    imageID: known ? imageId(container.image ?? '') : '',
    ...(known && { containerID: `containerd://${state.id}` }),
    started: state.phase === 'running' && state.started,
  };
}

const regular = (container: Container): boolean => !isSidecar(container);
const succeeded = (state: ContainerState | undefined): boolean => state?.phase === 'terminated' && state.ended?.exitCode === 0;

/** Whether app containers may run: every init container has ended well, every sidecar has started. */
export const initialized = (pod: Pod, state: PodState): boolean =>
  (pod.spec?.initContainers ?? []).every((container) => {
    const own = state.containers[container.name];
    return isSidecar(container) ? own?.phase === 'running' && own.started : succeeded(own);
  });

export function phaseOf(pod: Pod, state: PodState): 'Pending' | 'Running' | 'Succeeded' | 'Failed' {
  const policy = pod.spec?.restartPolicy ?? 'Always';
  const inits = (pod.spec?.initContainers ?? []).filter(regular).map(({ name }) => state.containers[name]);
  const failedInit = inits.some((one) => one?.phase === 'terminated' && one.ended!.exitCode !== 0);
  if (failedInit && policy === 'Never') return 'Failed';
  const apps = (pod.spec?.containers ?? []).map(({ name }) => state.containers[name]);
  const ended = apps.every((one) => one?.phase === 'terminated');
  const failed = apps.some((one) => one?.phase === 'terminated' && one.ended!.exitCode !== 0);
  if (ended && policy !== 'Always' && !(failed && policy === 'OnFailure')) return failed ? 'Failed' : 'Succeeded';
  const everRan = apps.some((one) => one && (one.phase !== 'waiting' || one.last !== undefined));
  return everRan && apps.every((one) => one && (one.phase !== 'waiting' || one.last !== undefined)) ? 'Running' : 'Pending';
}

/** The status that the kubelet reports; what others own in it stays. */
export function podStatus(pod: Pod, state: PodState, host: { address: string }, now: number, phase = phaseOf(pod, state)): PodStatus {
  const before = pod.status ?? {};
  const statuses = (containers: Container[] | undefined, isInit = false) =>
    (containers ?? []).flatMap((container) => {
      const own = state.containers[container.name];
      return own ? [containerStatus(container, own, isInit)] : [];
    });
  const ip = state.sandbox?.ip;
  const inits = statuses(pod.spec?.initContainers, true);
  const ephemeral = statuses(pod.spec?.ephemeralContainers);
  return {
    ...before,
    ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
    phase,
    conditions: conditionsOf(pod, state, phase, now),
    hostIP: host.address,
    hostIPs: [{ ip: host.address }],
    ...(ip && { podIP: ip, podIPs: [{ ip }] }),
    startTime: before.startTime ?? rfc3339(now),
    ...(inits.length > 0 && { initContainerStatuses: inits }),
    containerStatuses: statuses(pod.spec?.containers),
    ...(ephemeral.length > 0 && { ephemeralContainerStatuses: ephemeral }),
  };
}

function conditionsOf(pod: Pod, state: PodState, phase: string, now: number): Conditions {
  const before = pod.status?.conditions ?? [];
  const done = phase === 'Succeeded' || phase === 'Failed';
  const names = (containers: Container[], wanted: (own: ContainerState | undefined) => boolean) =>
    containers.filter(({ name }) => !wanted(state.containers[name])).map(({ name }) => name);
  const apps = pod.spec?.containers ?? [];
  const sidecars = (pod.spec?.initContainers ?? []).filter(isSidecar);
  const uninitialized = names((pod.spec?.initContainers ?? []).filter(regular), (own) => succeeded(own));
  const unready = names([...sidecars, ...apps], (own) => own?.ready === true);
  const gates = (pod.spec?.readinessGates ?? []).filter(
    ({ conditionType }) => !before.some((c) => c.type === conditionType && c.status === 'True'),
  );
  const completed = { reason: 'PodCompleted' };
  const notReady = done
    ? phase === 'Succeeded'
      ? completed
      : { reason: 'PodFailed' }
    : lacking('ContainersNotReady', 'containers with unready status', unready);
  const ready = !done && unready.length === 0 && initialized(pod, state);
  const own: [type: string, status: boolean, why?: { reason: string; message?: string }][] = [
    ['PodReadyToStartContainers', state.sandbox !== undefined],
    [
      'Initialized',
      uninitialized.length === 0 || done,
      phase === 'Succeeded' ? completed : lacking('ContainersNotInitialized', 'containers with incomplete status', uninitialized),
    ],
    [
      'Ready',
      ready && gates.length === 0,
      ready
        ? {
            reason: 'ReadinessGatesNotReady',
            message: `corresponding condition of pod readiness gate "${gates[0]?.conditionType}" does not exist.`,
          }
        : notReady,
    ],
    ['ContainersReady', ready, notReady],
  ];
  const made = own.map(([type, status, why]) => {
    const value = status ? 'True' : 'False';
    const old = before.find((c) => c.type === type);
    const explained = !status || (type === 'Initialized' && phase === 'Succeeded') ? why : undefined;
    return {
      type,
      status: value,
      ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
      lastProbeTime: null as unknown as string,
      lastTransitionTime: old?.status === value ? old.lastTransitionTime! : rfc3339(now),
      ...explained,
    };
  });
  return [...made, ...before.filter(({ type }) => !own.some(([mine]) => mine === type))];
}

const lacking = (reason: string, text: string, names: string[]) => ({ reason, message: `${text}: [${names.join(' ')}]` });
