import type { Container } from '../../../kube/types.ts';
import type { ContainerState } from '../records.ts';
import type { ContainerProcess } from './container-process.ts';
import type { KubeletContext } from './context.ts';
import { Prober, type ProbeKind } from './prober.ts';

interface ContainerProbesOptions {
  kubelet: KubeletContext;
  container: Container;
  /** `ready` and `started` are set as the probes say. */
  state: ContainerState;
  process: ContainerProcess;
  podIp: string;
  onChange: () => void;
  onUnhealthy: (message: string) => void;
  /** The liveness or the startup probe has failed for good. */
  onFailed: (kind: ProbeKind) => void;
}

/** The probes of one run of a container: the startup probe first, then the other two. */
export class ContainerProbes {
  readonly #options: ContainerProbesOptions;
  #probers: Prober[] = [];
  #stopped = false;

  constructor(options: ContainerProbesOptions) {
    this.#options = options;
    this.#begin();
  }

  stop(): void {
    this.#stopped = true;
    for (const prober of this.#probers.splice(0)) prober.stop();
  }

  #begin(): void {
    const { container, state } = this.#options;
    if (container.startupProbe && !state.started) return this.#add('startup', container.startupProbe);
    if (container.readinessProbe) this.#add('readiness', container.readinessProbe);
    if (container.livenessProbe) this.#add('liveness', container.livenessProbe);
  }

  #add(kind: ProbeKind, probe: NonNullable<Container['startupProbe']>): void {
    const { kubelet, process, podIp, state, onUnhealthy } = this.#options;
    const title = `${kind[0]!.toUpperCase()}${kind.slice(1)}`;
    const prober = new Prober({
      kubelet,
      process,
      kind,
      probe,
      podIp,
      startedAt: state.startedAt ?? kubelet.clock.now(),
      onFailure: (message) => onUnhealthy(`${title} probe failed: ${message}`),
      onResult: (ok) => this.#take(kind, ok, prober),
    });
    this.#probers.push(prober);
  }

  #take(kind: ProbeKind, ok: boolean, prober: Prober): void {
    const { container, state, onChange, onFailed } = this.#options;
    if (this.#stopped) return;
    if (kind === 'readiness') {
      if (state.ready === ok) return;
      state.ready = ok;
      onChange();
    } else if (!ok) {
      this.stop();
      onFailed(kind);
    } else if (kind === 'startup') {
      prober.stop();
      state.started = true;
      state.ready = !container.readinessProbe;
      this.#begin();
      onChange();
    }
  }
}
