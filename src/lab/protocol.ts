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

/** A line of the event stream (NDJSON on GET /events). */
export type SessionEvent = { type: 'view'; view: SessionView } | { type: 'output'; line: string };
