import type { CheckReport } from '../grade/verdict.ts';
import type { SessionView } from './session-view.ts';

/** Requests that the session's process answers on its control port (HTTP on loopback, bearer token). */
export interface SessionApi {
  view(): Promise<SessionView>;
  /** Evaluates now. Default: the current step. Throws KindlabError `no-such-step`. */
  check(step?: string): Promise<{ step: string; reports: CheckReport[] }>;
  /** The next hint of the step; `exhausted` when there is none left. */
  hint(step?: string): Promise<{ step: string; hint: string; number: number; of: number; exhausted: boolean }>;
  /** Runs the step's solution script; rejects when it fails. */
  solve(step?: string): Promise<{ step: string; output: string[] }>;
  /** Puts the cluster back to the moment before the step, and the progress with it. */
  reset(step?: string): Promise<{ step: string }>;
  /** 0 lets the cluster's time stand still. */
  setClockSpeed(speed: number): Promise<void>;
  /** Goes `ms` of the cluster's time ahead at once. */
  stepClock(ms: number): Promise<void>;
  /** Ends the process; the state stays on disk. */
  stop(): Promise<void>;
}

/** The faults of the lab, on the same control port. */
export interface FaultApi {
  list(): Promise<FaultListing[]>;
  /** Puts a fault into the cluster; without an id, one that the present step allows, drawn by chance. */
  inject(id?: string): Promise<{ id: string; symptom: string }>;
  /** Takes one fault, or all, out again by their own scripts; the ids of those that were. */
  clear(id?: string): Promise<{ cleared: string[] }>;
  /** Grades the cure; `step` is the fault's id. Without an id: of the only one. */
  check(id?: string): Promise<{ step: string; reports: CheckReport[] }>;
  /** From the symptom to the cause, Markdown. */
  diagnose(id?: string): Promise<{ id: string; symptom: string; diagnosis: string }>;
}

export interface FaultListing {
  id: string;
  title: string;
  symptom: string;
  source: string;
  /** Ids of steps at which it can be injected. */
  during: string[];
  /** Whether the present step is one of them. */
  possible: boolean;
  state?: 'injected' | 'cured';
}

/** A line of the event stream (NDJSON on GET /events). */
export type SessionEvent = { type: 'view'; view: SessionView } | { type: 'output'; line: string };
