import type { Clock } from '../../../base/clock.ts';
import type { Pod } from '../../../kube/types.ts';
import type { ApiClient } from '../../api/client.ts';
import type { PodApi } from '../../api/pod-api.ts';
import type { EventRecorder } from '../../controllers/event-recorder.ts';
import type { CniPlugin } from '../../net/cni.ts';
import type { Network } from '../../net/network.ts';
import type { ContainerContext, ExecResult } from '../image.ts';
import type { ImageRegistry } from '../images/registry.ts';
import type { RecordStore } from '../record-store.ts';
import type { PodState, SandboxRecord } from '../records.ts';
import type { SimulatedMachine } from '../simulated-machine.ts';

export type SandboxStore = RecordStore<SandboxRecord['spec'], PodState>;

/** Runs a command in a container: exec probes, lifecycle hooks, and commands that are shell scripts. */
export type RunInContainer = (
  argv: readonly string[],
  container: ContainerContext,
  options: { signal: AbortSignal; onOutput?: (text: string, stream: 'stdout' | 'stderr') => void },
) => Promise<ExecResult>;

/** What all kubelets of a cluster share. */
export interface NodeContext {
  api: ApiClient;
  clock: Clock;
  random: () => number;
  images: ImageRegistry;
  sandboxes: SandboxStore;
  network: () => Network;
  plugin: (type: string) => CniPlugin | undefined;
  run: RunInContainer;
  /** Absent where pods get no tokens that open anything. */
  podApi?: (() => PodApi | undefined) | undefined;
}

/** What the workers of one kubelet share. */
export interface KubeletContext extends NodeContext {
  machine: SimulatedMachine;
  events: EventRecorder;
  /** The pod as it is now in the API; undefined when it is gone. */
  current: (pod: Pod) => Pod | undefined;
}
