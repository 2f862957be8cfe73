import type { CheckReport } from '../grade/verdict.ts';

/** Everything that a screen or a program may show of a session; plain JSON, sent whole at every change. */
export interface SessionView {
  name: string;
  /** Absent for a bare cluster (`kindlab cluster create`). */
  lab?: { id: string; title: string };
  backend: 'simulated' | 'kind';
  simulated: boolean;
  cni: string;
  kubeconfigPath: string;
  phase: 'provisioning' | 'ready' | 'failed';
  /** In order; present while and after provisioning. */
  provisioning: { action: string; title: string; state: 'waiting' | 'running' | 'done' | 'failed'; detail?: string; ms?: number }[];
  /** Why phase is `failed`. */
  failure?: { message: string; fix?: string };
  steps: StepView[];
  /** Id of the first step that has not passed; undefined when the lab is finished. */
  current?: string;
  /** Reports of the current step's checks. */
  checks: CheckReport[];
  /** What went wrong on purpose and is not taken out again. */
  faults: FaultView[];
  /** Hints of the current step that were asked for, in order. */
  hints: string[];
  nodes: NodeView[];
  pods: PodView[];
  traffic: TrafficView[];
  clock: { now: number; speed: number };
  /** What runs on the person's behalf. */
  activity?: { kind: 'solve' | 'reset' | 'inject' | 'clear'; step: string; output: string[] };
}

export interface FaultView {
  id: string;
  symptom: string;
  state: 'injected' | 'cured';
  /** Reports of what must hold again; empty once it is cured. */
  checks: CheckReport[];
}

export interface StepView {
  id: string;
  title: string;
  chapter?: string;
  state: 'todo' | 'current' | 'passed';
  /** Whether the solution was run for the person. */
  solved: boolean;
  /** Markdown of the instructions. */
  instructions: string;
  hintCount: number;
}

export interface NodeView {
  name: string;
  role: 'control-plane' | 'worker';
  ready: boolean;
  schedulable: boolean;
  version: string;
  address: string;
  /** CNI that new pods on it get: derived from its CNI folder's first file; '' where unknown. */
  cni: string;
}

export interface PodView {
  namespace: string;
  name: string;
  node: string;
  ip: string;
  phase: string;
  ready: boolean;
  restarts: number;
  /** From the pool that its address belongs to; `host` for hostNetwork. */
  cni: string;
}

/** A demo client that asks a URL all the time (image kindlab/probe), read from its log. */
export interface TrafficView {
  pod: string;
  node: string;
  target: string;
  ok: number;
  lost: number;
  state: 'ok' | 'lost';
  /** Cluster time, ms, of the last loss. */
  lastLostAt?: number;
  /** Losses since the current step began. */
  lostSinceStep: number;
}
