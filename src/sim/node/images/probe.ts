import type { ConnectResult } from '../../net/network.ts';
import type { ContainerContext, ImageBehaviour } from '../image.ts';

const intervalMs = 100;
const limitMs = 900;
const linesEvery = 300;

interface Counters {
  ok: number;
  lost: number;
  /** State of the last finished request; undefined before the first. */
  state?: 'ok' | 'lost';
}

/** The text of Go's http.Client for what happened, as the recorded client printed it; undefined for a good answer. */
function goError(url: URL, text: string, result: ConnectResult): string | undefined {
  const port = Number(url.port || 80);
  const dial = `dial tcp ${result.address ?? url.hostname}:${port}`;
  const lookup = `dial tcp: lookup ${url.hostname}`;
  const tooLate = '(Client.Timeout exceeded while awaiting headers)';
  const why = {
    connected: undefined,
    timeout: `${dial}: i/o timeout ${tooLate}`,
    'too-big': `context deadline exceeded ${tooLate}`,
    refused: `${dial}: connect: connection refused`,
    unreachable: `${dial}: connect: no route to host`,
    unresolved: `${lookup} on 10.96.0.10:53: no such host`,
    'resolve-timeout': `${lookup}: i/o timeout ${tooLate}`,
  }[result.outcome];
  return why && `Get "${text}": ${why}`;
}

/** Asks one URL ten times a second, each time by a new connection, one at a time, and logs what changes. */
function follow(context: ContainerContext, text: string): void {
  const { clock, network, signal, memory } = context;
  const url = new URL(text);
  const pod = context.pod();
  const from = { podUid: pod.metadata.uid };
  const node = context.env['NODE_NAME'] ?? pod.spec?.nodeName ?? '';
  const counters: Counters = { ok: 0, lost: 0, ...memory.get<Counters>(text) };

  const finish = (error: string | undefined) => {
    const state = error === undefined ? 'ok' : 'lost';
    counters[state]++;
    const total = counters.ok + counters.lost;
    if (state !== counters.state || total % linesEvery === 0) {
      counters.state = state;
      const time = new Date(clock.now()).toISOString().slice(11, 23);
      context.log(`${time} ${node} ${text} ok=${counters.ok} lost=${counters.lost} ${state === 'ok' ? 'ok' : `LOST ${error}`}`);
      memory.set(text, { ...counters });
    } else if (total % (linesEvery / 6) === 0) memory.set(text, { ...counters });
  };

  const ask = () => {
    const result = network.connect({ from, host: url.hostname, port: Number(url.port || 80), http: { method: 'GET', path: url.pathname } });
    const error = goError(url, text, result);
    // Only silence takes the whole limit; a refusal is an answer.
    const silent = result.outcome === 'timeout' || result.outcome === 'too-big' || result.outcome === 'resolve-timeout';
    const took = silent ? limitMs : Math.min(result.latencyMs, limitMs);
    const next = () => {
      finish(error);
      schedule(Math.max(0, intervalMs - took));
    };
    if (silent) wait(took, next);
    else {
      finish(error);
      schedule(intervalMs);
    }
  };
  const wait = (ms: number, run: () => void) => {
    const cancel = clock.after(ms, () => {
      signal.removeEventListener('abort', cancel);
      run();
    });
    signal.addEventListener('abort', cancel, { once: true });
  };
  const schedule = (ms: number) => {
    if (!signal.aborted) wait(ms, ask);
  };
  schedule(0);
}

/** The demo's traffic client: asks every URL of its arguments, or of the variable TARGETS. */
export const probe: ImageBehaviour = {
  images: ['kindlab/probe', 'docker.io/kindlab/probe', 'localhost/kindlab/probe'],
  startupMs: 200,
  start(context) {
    const words = [
      ...(context.container.command ?? []),
      ...(context.container.args ?? []),
      ...(context.env['TARGETS'] ?? '').split(/[\s,]+/),
    ];
    const targets = [...new Set(words.filter((word) => /^https?:\/\//.test(word)))];
    if (targets.length === 0) {
      context.log('probe: no URL among the arguments and in TARGETS');
      context.exit(2, 'Error');
      return;
    }
    for (const target of targets) follow(context, target);
  },
};
