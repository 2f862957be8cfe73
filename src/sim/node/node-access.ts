import type { Clock } from '../../base/clock.ts';
import { badRequest, notFound, StatusError } from '../../kube/status.ts';
import { pods } from '../../kube/resources.ts';
import type { ContainerTarget, LogOptions, NodeAccess, PortConnection } from '../api/node-access.ts';
import type { ConnectResult } from '../net/network.ts';
import { portConnection } from './port-connection.ts';
import type { ContainerProcess } from './kubelet/container-process.ts';
import type { ContainerRunner } from './kubelet/container-runner.ts';
import type { PodWorker } from './kubelet/pod-worker.ts';
import type { Shells } from './shell/shells.ts';

/** What the API server asks of the kubelets, answered by their workers. */
export function createNodeAccess(
  shells: Shells,
  find: (namespace: string, pod: string) => PodWorker | undefined,
  clock: Clock,
  request: (host: string, port: number, http: { method: string; path: string }) => ConnectResult,
): NodeAccess {
  const runnerOf = ({ namespace, pod, container }: ContainerTarget): ContainerRunner => {
    const worker = find(namespace, pod);
    if (!worker) throw notFound(pods, pod);
    const runner = worker.runners.get(container);
    if (!runner) throw badRequest(`container ${container} is not valid for pod ${pod}`);
    return runner;
  };
  return {
    exec: (target, io) => shells.exec(target, io),

    async attach(target, io) {
      // How the process ends is told by the pod's status: attach itself always succeeds.
      if ((await shells.attach(target, io)) !== undefined) return 0;
      const { process } = shells.runner(target);
      for await (const line of follow(process!, io.signal)) io.stdout(`${textOf(line)}\n`);
      return 0;
    },

    logs(target, options) {
      const runner = runnerOf(target);
      const { state, process } = runner;
      if (options.previous && !state.last)
        throw badRequest(`previous terminated container "${target.container}" in pod "${target.pod}" not found`);
      if (!process && state.phase === 'waiting' && !(state.last && state.previousLog))
        throw badRequest(`container "${target.container}" in pod "${target.pod}" is waiting to start: ${state.reason}`);
      // While it waits for its next run, the log is that of the run before.
      const stored = options.previous || (!process && state.phase === 'waiting') ? state.previousLog : state.log;
      const kept = options.previous || !process ? (stored ?? []) : process.log;
      return chunks([...kept], options.previous ? undefined : process, options);
    },

    request: ({ address, port }, http) => request(address, port, http),

    async connect({ namespace, pod, port }, signal): Promise<PortConnection> {
      const worker = find(namespace, pod);
      if (!worker) throw notFound(pods, pod);
      const { sandbox } = worker;
      const listener = worker.listener(port, 'TCP');
      if (!sandbox || !listener) throw new StatusError(500, 'InternalError', forwardRefused(port, worker.state.sandbox?.id ?? pod));
      return portConnection(listener, clock, signal);
    },
  };
}

/** As containerd 2 says it. */
const forwardRefused = (port: number, id: string): string =>
  `error forwarding port ${port} to pod ${id}, uid : failed to execute portforward in network namespace "/var/run/netns/cni-${id.slice(0, 8)}": ` +
  `failed to connect to localhost:${port} inside namespace "${id}", IPv4: dial tcp4 127.0.0.1:${port}: connect: connection refused ` +
  'IPv6 dial tcp6: address localhost: no suitable address found';

const timeOf = (line: string): string => line.slice(0, line.indexOf(' '));
/** Without `TIME stdout F `. */
const textOf = (line: string): string => line.split(' ').slice(3).join(' ');

async function* chunks(kept: string[], process: ContainerProcess | undefined, options: LogOptions): AsyncGenerator<string> {
  const { sinceMs, tailLines, timestamps, signal } = options;
  const shown = (line: string): string => `${timestamps ? `${timeOf(line)} ` : ''}${textOf(line)}\n`;
  let lines = sinceMs === undefined ? kept : kept.filter((line) => Date.parse(timeOf(line)) >= sinceMs);
  if (tailLines !== undefined) lines = lines.slice(Math.max(0, lines.length - tailLines));
  // Followed from here on, so that no line between the two is lost.
  const later = options.follow && process && !process.ended ? follow(process, signal) : undefined;
  if (lines.length > 0) yield lines.map(shown).join('');
  if (later) for await (const line of later) yield shown(line);
}

/** A container's new lines, until it ends or the signal fires. Listens from the call on, not from the first read. */
function follow(process: ContainerProcess, signal: AbortSignal): AsyncIterable<string> {
  const queue: (string | undefined)[] = [];
  let wake = (): void => {};
  const push = (line: string | undefined): void => {
    queue.push(line);
    wake();
  };
  const off = process.onLine(push);
  const onAbort = () => push(undefined);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) push(undefined);
  return (async function* () {
    try {
      for (;;) {
        while (queue.length === 0) await new Promise<void>((resolve) => (wake = resolve));
        const line = queue.shift();
        if (line === undefined) return;
        yield line;
      }
    } finally {
      off();
      signal.removeEventListener('abort', onAbort);
    }
  })();
}
