import { systemClock, type Cancel } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Cluster, KubeJson } from '../cluster/cluster.ts';
import { isPreviousContainerMissing } from '../grade/cluster-trouble.ts';
import { lossesSince, parseProbeLog, type Losses } from '../grade/probe-log.ts';
import type { TrafficView } from './session-view.ts';

const everyMs = 1000;

interface PodSpec {
  containers?: { image?: string }[];
}
interface ContainerStatus {
  restartCount?: number;
  lastState?: { terminated?: { finishedAt?: string } };
}

/** The demo clients are known by their image. */
const isProbe = (pod: KubeJson): boolean =>
  ((pod.spec as PodSpec | undefined)?.containers ?? []).some((c) => /(^|\/)kindlab\/probe(:|@|$)/.test(c.image ?? ''));

/** Targets that a client must not reach stand in this annotation, or `*` for all: an answer is then what is lost. */
const mustFailAnnotation = 'kindlab.dev/must-fail';
const mustFail = (pod: KubeJson, target: string): boolean => {
  const targets = pod.metadata?.annotations?.[mustFailAnnotation]?.split(/[\s,]+/) ?? [];
  return targets.includes('*') || targets.includes(target);
};

const viewOf = (pod: string, { node, target, ok, lostInAll, state, lastLostAt, lost }: Losses): TrafficView => ({
  pod,
  node,
  target,
  ok,
  lost: lostInAll,
  state,
  ...(lastLostAt !== undefined && { lastLostAt }),
  lostSinceStep: lost,
});

const forbidden = (pod: string, { node, target, ok, lostInAll, state, answered, answeredAt }: Losses): TrafficView => ({
  pod,
  node,
  target: `not ${target}`,
  ok: lostInAll,
  lost: ok,
  state: state === 'ok' ? 'lost' : 'ok',
  ...(answeredAt !== undefined && { lastLostAt: answeredAt }),
  lostSinceStep: answered,
});

/** Reads the demo clients' logs once a second. */
export class TrafficMonitor {
  #cluster: Cluster;
  #pods: () => KubeJson[];
  #onChange: () => void;
  #onTrouble: (message: string) => void;
  #signal: AbortSignal;
  #views: TrafficView[] = [];
  #timer: Cancel | undefined;
  /** Cluster time, ms. */
  since: number;

  constructor(
    cluster: Cluster,
    pods: () => KubeJson[],
    options: { signal: AbortSignal; since: number; onChange: () => void; onTrouble: (message: string) => void },
  ) {
    this.#cluster = cluster;
    this.#pods = pods;
    this.since = options.since;
    this.#onChange = options.onChange;
    this.#onTrouble = options.onTrouble;
    this.#signal = options.signal;
    this.#timer = systemClock.after(0, () => void this.#loop());
    options.signal.addEventListener('abort', () => this.#timer?.(), { once: true });
  }

  views(): TrafficView[] {
    return this.#views;
  }

  async #loop(): Promise<void> {
    const found = await Promise.all(
      this.#pods()
        .filter(isProbe)
        .map((pod) => this.#read(pod)),
    );
    if (this.#signal.aborted) return;
    const views = found.flat().toSorted((a, b) => a.pod.localeCompare(b.pod) || a.target.localeCompare(b.target));
    if (JSON.stringify(views) !== JSON.stringify(this.#views)) {
      this.#views = views;
      this.#onChange();
    }
    this.#timer = systemClock.after(everyMs, () => void this.#loop());
  }

  async #read(pod: KubeJson): Promise<TrafficView[]> {
    const name = pod.metadata?.name ?? '';
    try {
      const losses = lossesSince(parseProbeLog(await this.#log(pod, name)), this.since);
      return losses.map((l) => (mustFail(pod, l.target) ? forbidden(name, l) : viewOf(name, l)));
    } catch (error) {
      // Between two containers there is no log; what was known stands until there is one again.
      if (!this.#signal.aborted) this.#onTrouble(`log of ${name}: ${messageOf(error)}`);
      return this.#views.filter((view) => view.pod === name);
    }
  }

  async #log(pod: KubeJson, name: string): Promise<string> {
    const target = { namespace: pod.metadata?.namespace ?? '', pod: name };
    const statuses = (pod.status as { containerStatuses?: ContainerStatus[] } | undefined)?.containerStatuses ?? [];
    const restarted = statuses.some((c) => Date.parse(c.lastState?.terminated?.finishedAt ?? '') >= this.since);
    const options = { signal: this.#signal };
    const before = restarted
      ? await this.#cluster.logs(target, { ...options, previous: true }).catch((error: unknown) => {
          if (isPreviousContainerMissing(error)) return '';
          throw error;
        })
      : '';
    return `${before}\n${await this.#cluster.logs(target, options)}`;
  }
}
