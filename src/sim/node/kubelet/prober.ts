import type { Cancel } from '../../../base/clock.ts';
import type { Probe } from '../../../kube/types.ts';
import type { ConnectRequest, ConnectResult } from '../../net/network.ts';
import type { ContainerProcess } from './container-process.ts';
import type { KubeletContext } from './context.ts';

export type ProbeKind = 'startup' | 'readiness' | 'liveness';
type Verdict = { ok: true } | { ok: false; message: string };

/** From the start of a container to its first probe, so that what starts in time is not seen refusing. */
const firstProbeMs = 100;

interface ProberOptions {
  kubelet: KubeletContext;
  process: ContainerProcess;
  kind: ProbeKind;
  probe: Probe;
  startedAt: number;
  podIp: string;
  /** Told on every change of the verdict, after the thresholds. */
  onResult: (ok: boolean) => void;
  onFailure: (message: string) => void;
}

/** One probe of one container, again and again until it is stopped. */
export class Prober {
  readonly #options: ProberOptions;
  #cancel: Cancel;
  #successes = 0;
  #failures = 0;
  #result: boolean | undefined;
  #stopped = false;

  constructor(options: ProberOptions) {
    this.#options = options;
    const { kubelet, probe, startedAt } = options;
    const due = startedAt + (probe.initialDelaySeconds ?? 0) * 1000 + firstProbeMs + Math.floor(kubelet.random() * 200);
    this.#cancel = kubelet.clock.after(Math.max(Math.floor(kubelet.random() * 200), due - kubelet.clock.now()), () => this.#tick());
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #tick(): void {
    const { kubelet, probe } = this.#options;
    this.#cancel = kubelet.clock.after((probe.periodSeconds ?? 10) * 1000, () => this.#tick());
    const verdict = this.#ask();
    if (verdict instanceof Promise) void verdict.then((later) => this.#take(later));
    else this.#take(verdict);
  }

  #take(verdict: Verdict): void {
    if (this.#stopped) return;
    const { probe, onResult, onFailure } = this.#options;
    if (verdict.ok) {
      this.#successes++;
      this.#failures = 0;
    } else {
      this.#failures++;
      this.#successes = 0;
      onFailure(verdict.message);
    }
    const settled = verdict.ok ? this.#successes >= (probe.successThreshold ?? 1) : this.#failures >= (probe.failureThreshold ?? 3);
    if (!settled || this.#result === verdict.ok) return;
    this.#result = verdict.ok;
    onResult(verdict.ok);
  }

  #ask(): Verdict | Promise<Verdict> {
    const { process, probe } = this.#options;
    if (probe.exec) return this.#exec(probe.exec.command ?? []);
    if (!process.healthy) return { ok: false, message: process.unhealthyReason ?? 'HTTP probe failed with statuscode: 503' };
    if (probe.httpGet) return this.#http(probe.httpGet);
    const port = this.#port(probe.tcpSocket?.port ?? probe.grpc?.port ?? 0);
    const host = probe.tcpSocket?.host ?? this.#options.podIp;
    const check = probe.grpc && { method: 'POST', path: '/grpc.health.v1.Health/Check', body: probe.grpc.service ?? '' };
    const result = this.#connect(host, port, check);
    if (result.outcome === 'connected') {
      const said = result.response?.headers['grpc-health'] ?? 'SERVING';
      return said === 'SERVING' ? { ok: true } : { ok: false, message: `service unhealthy (responded with ${JSON.stringify(said)})` };
    }
    if (probe.grpc)
      return {
        ok: false,
        message: `timeout: failed to connect service "${host}:${port}" within ${this.#limit / 1000}s: context deadline exceeded`,
      };
    return { ok: false, message: dialError(result, host, port) };
  }

  get #limit(): number {
    return (this.#options.probe.timeoutSeconds ?? 1) * 1000;
  }

  #http(get: NonNullable<Probe['httpGet']>): Verdict {
    const host = get.host ?? this.#options.podIp;
    const port = this.#port(get.port);
    const path = get.path ?? '/';
    const url = `${(get.scheme ?? 'HTTP').toLowerCase()}://${host}:${port}${path}`;
    const result = this.#connect(host, port, { method: 'GET', path, headers: { 'User-Agent': 'kube-probe/1.36' } });
    if (result.outcome === 'timeout' || result.latencyMs > this.#limit)
      return { ok: false, message: `Get "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)` };
    if (result.outcome !== 'connected') return { ok: false, message: `Get "${url}": ${dialError(result, host, port)}` };
    const status = result.response?.status ?? 200;
    return status >= 200 && status < 400 ? { ok: true } : { ok: false, message: `HTTP probe failed with statuscode: ${status}` };
  }

  /** The probe of a container that listens on its node's loopback is answered there and then. */
  #connect(host: string, port: number, http?: ConnectRequest['http']): ConnectResult {
    const { kubelet, process } = this.#options;
    if (host !== '127.0.0.1' && host !== 'localhost')
      return kubelet.network().connect({ from: { node: kubelet.machine.name }, host, port, ...(http && { http }) });
    const listener = process.listener(port, 'TCP');
    const answer = http && listener?.serve?.({ ...http, host, source: '127.0.0.1' });
    return {
      outcome: listener ? 'connected' : 'refused',
      reason: '',
      latencyMs: 0,
      trace: [],
      ...(answer && { response: { ...answer, headers: answer.headers ?? {} } }),
    };
  }

  #port(port: number | string): number {
    if (typeof port === 'number') return port;
    return this.#options.process.context.container.ports?.find(({ name }) => name === port)?.containerPort ?? Number(port);
  }

  async #exec(command: readonly string[]): Promise<Verdict> {
    const { kubelet, process } = this.#options;
    if (!process.healthy) return { ok: false, message: process.unhealthyReason ?? `command ${JSON.stringify(command.join(' '))} failed` };
    const result = await kubelet.run(command, process.context, { signal: process.context.signal });
    // A command that the simulation does not know says nothing about the container's health.
    if (result.exitCode === 0 || result.exitCode === 127) return { ok: true };
    return { ok: false, message: (result.stdout + result.stderr).trimEnd() };
  }
}

function dialError(result: ConnectResult, host: string, port: number): string {
  const end = `${host}:${port}`;
  if (result.outcome === 'refused') return `dial tcp ${end}: connect: connection refused`;
  if (result.outcome === 'unreachable') return `dial tcp ${end}: connect: no route to host`;
  return `dial tcp ${end}: i/o timeout`;
}
