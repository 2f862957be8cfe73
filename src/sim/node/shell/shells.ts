import type { Clock } from '../../../base/clock.ts';
import { StatusError, notFound } from '../../../kube/status.ts';
import { pods } from '../../../kube/resources.ts';
import type { Network } from '../../net/network.ts';
import type { ContainerContext, ExecResult, ImageBehaviour, ProgramIo } from '../image.ts';
import { isInteractive } from '../images/commands.ts';
import type { RunInContainer } from '../kubelet/context.ts';
import type { ContainerRunner } from '../kubelet/container-runner.ts';
import type { Kubelet } from '../kubelet/kubelet.ts';
import type { PodWorker } from '../kubelet/pod-worker.ts';
import { imageCommands, inContainers, inHostNetwork, onNodes } from './commands.ts';
import type { Host } from './command.ts';
import { execute } from './execute.ts';
import { withLogs } from './log-files.ts';

export interface ExecTarget {
  namespace: string;
  pod: string;
  /** Default: the one that kubectl.kubernetes.io/default-container names, or the first. */
  container?: string;
}

interface ShellsOptions {
  clock: Clock;
  kubelets: ReadonlyMap<string, Kubelet>;
  images: { find(image: string): ImageBehaviour };
  find: (target: ExecTarget) => PodWorker | undefined;
  network: () => Network;
}

const missing = (command: string): string =>
  `OCI runtime exec failed: exec failed: unable to start container process: exec: "${command}": executable file not found in $PATH`;

/** Programs that run in the simulated cluster: by `kubectl exec`, by `docker exec`, and by the kubelet itself. */
export class Shells {
  readonly #options: ShellsOptions;

  constructor(options: ShellsOptions) {
    this.#options = options;
  }

  /** The running container that a target names. Throws StatusError with the kubelet's texts. */
  runner(target: ExecTarget): ContainerRunner {
    const worker = this.#options.find(target);
    if (!worker) throw notFound(pods, target.pod);
    const name =
      target.container ||
      worker.pod.metadata.annotations?.['kubectl.kubernetes.io/default-container'] ||
      worker.pod.spec?.containers[0]?.name ||
      '';
    const runner = worker.runners.get(name);
    if (!runner?.process)
      throw new StatusError(500, 'InternalError', `Internal error occurred: unable to upgrade connection: container not found ("${name}")`);
    return runner;
  }

  /** `kubectl exec`. A command that is not there is thrown as StatusError, with the runtime's words. */
  async exec(target: ExecTarget, io: ProgramIo): Promise<number> {
    const { process } = this.runner(target);
    const signal = AbortSignal.any([io.signal, process!.context.signal]);
    const code = await this.#inContainer(process!.context, { ...io, signal });
    if (code !== undefined) return code;
    throw new StatusError(
      500,
      'InternalError',
      `Internal error occurred: error executing command in container: failed to exec in container: ${missing(io.argv[0] ?? '')}`,
    );
  }

  /** `kubectl attach`: talks to the shell that the container runs; undefined where it runs something else. */
  async attach(target: ExecTarget, io: ProgramIo): Promise<number | undefined> {
    const { context, behaviour } = this.runner(target).process!;
    const argv = [...(context.container.command ?? []), ...(context.container.args ?? [])];
    if (!behaviour.runsCommands || !isInteractive(argv, context)) return undefined;
    const signal = AbortSignal.any([io.signal, context.signal]);
    const code = await this.#inContainer(context, { ...io, argv: argv.length > 0 ? argv : ['sh'], signal });
    // Who only goes away leaves the shell waiting for the next one.
    if (!signal.aborted) context.exit(code ?? 0);
    return code ?? 0;
  }

  /** The same for callers that want an exit code in every case: what could not run is told on stderr, with 126. */
  podExec = async (target: ExecTarget, io: ProgramIo): Promise<number> => {
    try {
      return await this.exec(target, io);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      io.stderr(`${error.code === 404 ? 'Error from server (NotFound)' : 'error'}: ${error.message}\n`);
      return error.code === 404 ? 1 : 126;
    }
  };

  /** `docker exec NODE`. */
  nodeExec = async (node: string, io: ProgramIo): Promise<number> => {
    const kubelet = this.#options.kubelets.get(node);
    if (!kubelet) {
      io.stderr(`Error response from daemon: No such container: ${node}\n`);
      return 1;
    }
    const { machine } = kubelet;
    if (!machine.running) {
      io.stderr(`Error response from daemon: container ${node} is not running\n`);
      return 1;
    }
    const { clock, network } = this.#options;
    const down = new AbortController();
    const off = machine.on((event) => event === 'stopped' && down.abort(new Error('the node went down')));
    const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOSTNAME: node, container: 'docker' };
    const host: Host = {
      hostname: node,
      origin: { node },
      address: machine.address,
      files: withLogs(kubelet),
      env,
      clock,
      network: network(),
      kubelet,
    };
    try {
      const signal = AbortSignal.any([io.signal, down.signal]);
      const code = await execute(host, { ...io, signal }, { commands: onNodes });
      if (code !== undefined) return code;
    } finally {
      off();
    }
    io.stderr(`${missing(io.argv[0] ?? '')}: unknown\n`);
    return 127;
  };

  /** For the kubelet: exec probes, hooks, and containers whose command is a script. */
  runInContainer: RunInContainer = async (argv, container, { signal, onOutput }): Promise<ExecResult> => {
    const output = { stdout: '', stderr: '' };
    const take = (stream: 'stdout' | 'stderr') => (text: string) => {
      if (onOutput) onOutput(text, stream);
      else output[stream] += text;
    };
    const exitCode = await this.#inContainer(container, { argv, stdout: take('stdout'), stderr: take('stderr'), signal });
    return { ...output, exitCode: exitCode ?? 127 };
  };

  #inContainer(context: ContainerContext, io: ProgramIo): Promise<number | undefined> {
    const behaviour = this.#options.images.find(context.container.image ?? '');
    const hostNetwork = context.pod().spec?.hostNetwork === true;
    const base = behaviour.distroless ? {} : hostNetwork ? inHostNetwork : inContainers;
    return execute(this.#hostOf(context), io, {
      commands: { ...base, ...imageCommands(behaviour.programs) },
      bare: behaviour.distroless ?? false,
    });
  }

  #hostOf(context: ContainerContext): Host {
    const { machine, files, env, clock } = context;
    const kubelet = this.#options.kubelets.get(machine.name)!;
    const { uid } = context.pod().metadata;
    return {
      hostname: env['HOSTNAME'] ?? context.pod().metadata.name,
      origin: { podUid: uid },
      address: kubelet.workers.get(uid)?.state.sandbox?.ip ?? machine.address,
      files,
      env,
      clock,
      network: this.#options.network(),
      kubelet,
      container: context,
    };
  }
}
