/**
 * The log of a demo client, as facts/recorded/migration.txt shows it: a line at every change of state and one
 * every 300 requests, `HH:MM:SS.mmm NODE URL ok=N lost=N ok|LOST why`. The counters start again with the container.
 */
export interface ProbeLine {
  /** Cluster time, ms, from the timestamp that stands before the line. */
  at: number;
  node: string;
  target: string;
  ok: number;
  lost: number;
  state: 'ok' | 'lost';
  /** Why the last one was lost. */
  why: string;
}

const form =
  /^(?<at>\d{4}-\d\d-\d\dT\S+Z) \d\d:\d\d:\d\d\.\d+ (?<node>\S+) (?<target>\S+) ok=(?<ok>\d+) lost=(?<lost>\d+) (?<state>ok|LOST)(?: (?<why>.*))?$/;

/** Lines of `kubectl logs --timestamps`; what is no probe line is left out. */
export function parseProbeLog(text: string): ProbeLine[] {
  const lines: ProbeLine[] = [];
  for (const line of text.split('\n')) {
    const { at, node, target, ok, lost, state, why } = form.exec(line)?.groups ?? {};
    if (at === undefined) continue;
    lines.push({
      at: Date.parse(at),
      node: node!,
      target: target!,
      ok: Number(ok),
      lost: Number(lost),
      state: state === 'ok' ? 'ok' : 'lost',
      why: why ?? '',
    });
  }
  return lines;
}

export interface Losses {
  target: string;
  node: string;
  /** Since the container began. */
  ok: number;
  lostInAll: number;
  /** In the time asked for, without those that the grace excuses. */
  lost: number;
  state: 'ok' | 'lost';
  /** When the state last changed, or the container began to speak. */
  changedAt: number;
  lastLostAt?: number;
  /** Answers in the time asked for, and when the first of them is known. */
  answered: number;
  answeredAt?: number;
  /** When the first of `lost` was told. */
  lostAt?: number;
  why: string;
}

/** A container writes a line every so many requests: a first line with more says that the log was cut. */
const requestsPerLine = 301;
/** A loss is told when its time limit is over: the answer before it is so much older. */
const lossTakesMs = 1000;

/** What a client lost to each of its targets after `since`, from its lines in order (previous containers first). */
export function lossesSince(lines: readonly ProbeLine[], since: number, excusedUntil = -Infinity): Losses[] {
  const targets = new Map<string, Losses>();
  for (const line of lines) {
    const total = line.ok + line.lost;
    let entry = targets.get(line.target);
    if (!entry) {
      const cut = total > requestsPerLine;
      entry = {
        target: line.target,
        node: line.node,
        ok: 0,
        lostInAll: cut ? line.lost : 0,
        lost: 0,
        state: line.state,
        changedAt: line.at,
        answered: 0,
        why: '',
      };
      targets.set(line.target, entry);
    } else if (total < entry.ok + entry.lostInAll) {
      Object.assign(entry, { ok: 0, lostInAll: 0, changedAt: line.at });
    }
    const more = line.lost - entry.lostInAll;
    if (more > 0 && line.at > since && line.at > excusedUntil) {
      entry.lost += more;
      entry.lostAt ??= line.at;
    }
    const answers = line.ok - entry.ok;
    const lastAnswer = line.state === 'ok' ? line.at : line.at - lossTakesMs;
    if (answers > 0 && lastAnswer > since) {
      entry.answered += answers;
      entry.answeredAt ??= lastAnswer;
    }
    if (more > 0) entry.lastLostAt = line.at;
    if (line.state !== entry.state) entry.changedAt = line.at;
    if (line.why !== '') entry.why = line.why;
    Object.assign(entry, { ok: line.ok, lostInAll: line.lost, state: line.state, node: line.node });
  }
  return [...targets.values()];
}
