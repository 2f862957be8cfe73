import type { ConnectResult, Network, Origin } from '../../net/network.ts';
import { onEnd } from '../../net/agent.ts';
import type { ContainerContext, ImageBehaviour } from '../image.ts';

const periodMs = 100;
const limitMs = 900;
/** A line is logged for each change of state, and each time so many requests have been made. */
const reportEvery = 300;

/** What the client has counted for one URL; kept in the container's memory. */
export interface ProbeCounters {
  ok: number;
  lost: number;
  state: 'ok' | 'LOST' | '';
}

interface Target {
  url: string;
  host: string;
  port: number;
  path: string;
  counters: ProbeCounters;
  /** A lost request that has not come to the end of its time limit. */
  losing?: { until: number; error: string };
}

/**
 * The traffic client of the labs: asks each URL of its args (or TARGETS) ten times a second, each with a new
 * connection and a time limit of 900 ms. Its log has the form of facts/recorded/migration.txt.
 */
export const probe: ImageBehaviour = {
  images: ['kindlab/probe'],
  sizeBytes: 4_200_000,
  start(context) {
    const targets = targetsOf(context);
    const from: Origin = { podUid: context.pod().metadata.uid };
    const tick = () => {
      cancel = context.clock.after(periodMs, tick);
      const now = context.clock.now();
      for (const target of targets) ask(context, context.network, from, target, now);
    };
    let cancel = context.clock.after(periodMs, tick);
    onEnd(context.signal, () => cancel());
  },
};

function targetsOf({ container, env, memory }: ContainerContext): Target[] {
  const words = [...(container.command ?? []), ...(container.args ?? []), ...(env['TARGETS'] ?? '').split(/[\s,]+/)];
  const urls = words.filter((word) => /^https?:\/\//.test(word));
  return urls.map((url) => {
    const { hostname, port, pathname, protocol } = new URL(url);
    const counters = memory.get<ProbeCounters>(url) ?? { ok: 0, lost: 0, state: '' };
    return { url, host: hostname, port: Number(port) || (protocol === 'https:' ? 443 : 80), path: pathname, counters };
  });
}

function ask(context: ContainerContext, network: Network, from: Origin, target: Target, now: number): void {
  if (target.losing) {
    if (now < target.losing.until) return;
    const { error } = target.losing;
    delete target.losing;
    // The ticks that were missed have left one behind: the next request follows at once.
    record(context, target, error);
  }
  const { host, port, path } = target;
  const result = network.connect({ from, host, port, http: { method: 'GET', path } });
  const error = failureOf(target, result);
  const waits = result.outcome === 'timeout' || result.outcome === 'resolve-timeout' || result.latencyMs > limitMs;
  // No request overlaps another of the same URL: a lost one takes its time limit.
  if (error !== undefined && waits) target.losing = { until: now + limitMs, error };
  else record(context, target, error);
}

/** Undefined for an answer; otherwise the error of Go's http.Client. */
function failureOf({ url, host, port }: Target, result: ConnectResult): string | undefined {
  const timedOut = '(Client.Timeout exceeded while awaiting headers)';
  const address = `${result.address ?? host}:${port}`;
  const get = (error: string) => `Get "${url}": ${error}`;
  switch (result.outcome) {
    case 'connected':
      if (result.latencyMs > limitMs) return get(`context deadline exceeded ${timedOut}`);
      return (result.response?.status ?? 200) < 400 ? undefined : `status ${result.response!.status}`;
    case 'refused':
      return get(`dial tcp ${address}: connect: connection refused`);
    case 'unreachable':
      return get(`dial tcp ${address}: connect: no route to host`);
    case 'unresolved':
      return get(`dial tcp: lookup ${host}: no such host`);
    case 'resolve-timeout':
      return get(`dial tcp: lookup ${host}: i/o timeout ${timedOut}`);
    case 'too-big':
      return get(`context deadline exceeded ${timedOut}`);
    case 'timeout':
      return get(`dial tcp ${address}: i/o timeout ${timedOut}`);
  }
}

function record(context: ContainerContext, target: Target, error: string | undefined): void {
  const { ok, lost, state } = target.counters;
  const counters: ProbeCounters = error === undefined ? { ok: ok + 1, lost, state: 'ok' } : { ok, lost: lost + 1, state: 'LOST' };
  target.counters = counters;
  context.memory.set(target.url, counters);
  if (counters.state === state && (counters.ok + counters.lost) % reportEvery !== 0) return;
  const time = new Date(context.clock.now()).toISOString().slice(11, 23);
  const node = context.env['NODE_NAME'] ?? context.machine.name;
  context.log(
    `${time} ${node} ${target.url} ok=${counters.ok} lost=${counters.lost} ${counters.state}${error === undefined ? '' : ` ${error}`}`,
  );
}
