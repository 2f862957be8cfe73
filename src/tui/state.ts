import type { CheckReport } from '../grade/verdict.ts';
import type { SessionEvent } from '../lab/protocol.ts';
import type { SessionView, StepView } from '../lab/session-view.ts';
import type { LabSummary } from './actions.ts';
import { noTraffic, recordTraffic, type TrafficHistory } from './traffic-history.ts';

export const PANES = ['instructions', 'checks', 'cluster'] as const;
export type Pane = (typeof PANES)[number];

export interface Size {
  columns: number;
  rows: number;
}

export interface Notice {
  tone: 'info' | 'good' | 'bad';
  text: string;
  fix?: string | undefined;
}

/** What a key asks for; the keymap makes them, `update` and the controller carry them out. */
export type Command =
  | { type: 'scroll'; by: number | 'page' | '-page' | 'start' | 'end' }
  | { type: 'focus'; by: 1 | -1 }
  | { type: 'look'; by: 1 | -1 }
  | { type: 'ask'; question: string; yes: Command }
  | { type: 'reset'; step: string }
  | { type: 'stop-session'; session: string }
  | { type: PlainCommand };

/** Commands that say all by their name. */
export type PlainCommand =
  | ('continue' | 'help' | 'choose-reset' | 'close' | 'yes')
  | ('open' | 'labs' | 'hint' | 'solve' | 'shell' | 'check' | 'quit' | 'cancel');

/** The session on screen. */
export interface SessionState {
  lab: { id: string; title: string };
  /** Known once its process answers, or when it was chosen by name. */
  name?: string | undefined;
  /** opening: its process is being started; lost: the process went away; failed: it could not be started. */
  connection: 'opening' | 'open' | 'lost' | 'failed';
  failure?: { message: string; fix?: string | undefined };
}

export interface UiState {
  screen: 'labs' | 'session';
  /** Absent until they were read. */
  labs?: LabSummary[];
  /** Line of the lab list. */
  selected: number;
  session?: SessionState;
  view?: SessionView;
  /** Step on screen where it is not the current one: looked at, or just passed. */
  shown?: string;
  /** The step that just passed, until the person goes on. */
  passed?: string;
  /** The last reports of each step's checks that were seen. */
  reports: Record<string, CheckReport[]>;
  focus: Pane;
  scroll: Record<Pane, number>;
  overlay?: 'help' | 'reset';
  /** Line of the step list in the reset overlay, or offset of the help. */
  chosen: number;
  question?: { text: string; yes: Command };
  notice?: Notice;
  /** What is being waited for. */
  busy?: string;
  /** Last lines of what a solution printed. */
  output: string[];
  traffic: TrafficHistory;
}

const atTop = { instructions: 0, checks: 0, cluster: 0 };

export const initialState: UiState = {
  screen: 'labs',
  selected: 0,
  reports: {},
  focus: 'instructions',
  scroll: atTop,
  chosen: 0,
  output: [],
  traffic: noTraffic,
};

/** The state as it is when a session comes on screen. */
export const opening = (state: UiState, session: SessionState): UiState => ({
  ...initialState,
  ...(state.labs && { labs: state.labs }),
  selected: state.selected,
  screen: 'session',
  session,
});

export const shownStep = ({ view, shown }: UiState): StepView | undefined => view?.steps.find(({ id }) => id === (shown ?? view.current));

/** All steps passed, and no step is being looked at. */
export const isFinished = ({ view, shown }: UiState): boolean =>
  view?.phase === 'ready' && view.steps.length > 0 && view.current === undefined && shown === undefined;

const KEPT_OUTPUT = 200;

/** What the session said. A step that passes stays on screen until the person goes on. */
export function onEvent(state: UiState, event: SessionEvent): UiState {
  if (event.type === 'output') return onLine(state, event.line);
  const { view } = event;
  const before = state.view?.current;
  const moved = before !== view.current;
  const passed = moved && view.steps.some(({ id, state: stepState }) => id === before && stepState === 'passed') ? before : undefined;
  const next: UiState = {
    ...state,
    view,
    traffic: recordTraffic(state.traffic, view),
    reports: reportsAfter(state, view, passed),
    output: view.activity ? (view.activity.output.length > 0 ? view.activity.output.slice(-KEPT_OUTPUT) : state.output) : [],
  };
  if (passed !== undefined && (state.shown ?? before) === before) return { ...next, passed, shown: passed };
  // Back by a reset, or forward from a step that nobody looked at.
  if (moved && state.shown === undefined) return { ...next, scroll: atTop };
  const gone = state.shown !== undefined && !view.steps.some(({ id }) => id === state.shown);
  const undone = state.passed !== undefined && view.steps.some(({ id, state: s }) => id === state.passed && s !== 'passed');
  return gone || undone ? follow(next) : next;
}

/** What a solution prints has its place; what the session says outside of one is for the person. */
function onLine(state: UiState, line: string): UiState {
  if (state.busy === undefined && !state.view?.activity) return { ...state, notice: { tone: 'info', text: line } };
  return { ...state, output: [...state.output, line].slice(-KEPT_OUTPUT) };
}

/** A step passes by all its checks passing: the reports of the moment before are older than that. */
function reportsAfter(state: UiState, view: SessionView, passed: string | undefined): UiState['reports'] {
  const reports = { ...state.reports };
  if (passed !== undefined) {
    reports[passed] = (reports[passed] ?? []).map((report) => ({ ...report, verdict: { status: 'pass', message: '', evidence: [] } }));
  }
  if (view.current !== undefined) reports[view.current] = view.checks;
  return reports;
}

/** Shows the current step again; after one that passed, what the next one asks for. */
export function follow(state: UiState): UiState {
  const { shown, passed, ...rest } = state;
  if (shown === undefined && passed === undefined) return state;
  return { ...rest, ...(passed !== undefined && { focus: 'instructions' as const }), scroll: atTop };
}

/** Shows the step `by` places from the one on screen; the current one is followed from then on. */
export function look(state: UiState, by: 1 | -1): UiState {
  const steps = state.view?.steps ?? [];
  const shown = shownStep(state);
  const from = shown ? steps.indexOf(shown) : steps.length;
  const to = steps[Math.min(steps.length - 1, Math.max(0, from + by))];
  if (!to || to === shown) return state;
  const { passed: _, ...rest } = state;
  if (to.id === state.view?.current) return follow({ ...rest, shown: to.id });
  return { ...rest, shown: to.id, scroll: atTop };
}
