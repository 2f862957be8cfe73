import type { SessionApi, SessionEvent } from '../lab/protocol.ts';

/** A line of the lab list. */
export interface LabSummary {
  id: string;
  title: string;
  /** One sentence or two; plain text. */
  summary: string;
  /** How many steps the lab has. */
  steps: number;
  /** How many of them passed, by the progress file; for a running session see `sessions`. */
  done: number;
  /** Sessions of the lab whose process answers. */
  sessions: { name: string; backend: 'simulated' | 'kind'; done: number }[];
  /** Why the lab cannot be started, as a broken lab.yaml. */
  problem?: string;
}

/** A session that this program talks to. */
export interface OpenSession {
  name: string;
  api: SessionApi;
  /**
   * Begins with a `view`. Ends when the session's process ends or the signal given to `open` fires;
   * throws when the connection breaks.
   */
  events: AsyncIterable<SessionEvent>;
}

/** All that the TUI can cause; the command line injects it. Rejections are KindlabErrors where a person can do something. */
export interface TuiActions {
  labs: () => Promise<LabSummary[]>;
  /**
   * Starts the lab or joins its running session; resolves as soon as the session's process answers, which is
   * before the cluster is ready: `events` tells about provisioning. When the signal fires before that, nothing is left running.
   */
  open: (lab: string, options: { session?: string | undefined }, signal: AbortSignal) => Promise<OpenSession>;
  /** The person's shell with KUBECONFIG set, on this terminal; resolves when it ends. */
  shell: (session: string) => Promise<void>;
  /** Ends the session and what it runs (`kindlab down`); progress stays. */
  stop: (session: string) => Promise<void>;
}
