import type { Resource } from '../../kube/resources.ts';
import type { KubeObject } from '../../kube/types.ts';
import type { CniName } from '../net/network.ts';

/** A folder has no text; what belongs to root names no owner. */
export type FileRecord = [text: string | null, mode: number, modified: number, size?: number | null, uid?: number, gid?: number];

/** A machine as it is stored. `restarting` is a `docker restart` that has not come back yet. */
export interface MachineRecord extends KubeObject {
  spec: { address: string; role: 'control-plane' | 'worker'; podCidr?: string };
  state: {
    power: 'on' | 'off' | 'restarting';
    bootId: string;
    files: Record<string, FileRecord>;
    disk: Record<string, unknown>;
    kernel: Record<string, unknown>;
  };
}

export interface EndedRun {
  id: string;
  exitCode: number;
  reason: string;
  message?: string;
  startedAt: number;
  finishedAt: number;
}

/** One container of a pod, as the runtime on its node knows it. Times are milliseconds. */
export interface ContainerState {
  phase: 'waiting' | 'running' | 'terminated';
  /** Why it waits: `ContainerCreating`, `CrashLoopBackOff`, `ErrImageNeverPull` … */
  reason: string;
  message?: string;
  id?: string;
  startedAt?: number;
  /** The startup probe has passed, or there is none. */
  started: boolean;
  ready: boolean;
  restarts: number;
  ended?: EndedRun;
  /** The run before this one. */
  last?: EndedRun;
  /** `ms` is what the next crash waits; `until` what the present one waits for. */
  backOff?: { ms: number; since: number; until: number };
  /** The log's last lines, `TIME stdout F TEXT`, as /var/log/pods has them. */
  log?: string[];
  previousLog?: string[];
  /** What the program remembers; it ends with the run. */
  memory?: Record<string, unknown>;
}

/** A pod's network namespace and containers on its node; the record's name is the pod's uid. */
export interface SandboxRecord extends KubeObject {
  spec: { node: string; namespace: string; pod: string };
  state: PodState;
}

export interface PodState {
  sandbox?: { id: string; ip: string; cni: CniName; device: string; plugin: string; at: number };
  /** It had a sandbox before and lost it; the plugin that had made it, '' for hostNetwork. */
  changed?: string;
  containers: Record<string, ContainerState>;
}

const hidden = <T extends KubeObject>(plural: string, kind: string): Resource<T> => ({
  group: 'sim.kindlab.dev',
  version: 'v1',
  plural,
  kind,
  namespaced: false,
});

/** Kept out of discovery by the API server. */
export const machines = hidden<MachineRecord>('machines', 'Machine');
export const sandboxes = hidden<SandboxRecord>('sandboxes', 'Sandbox');
