import { rfc3339 } from '../../base/clock.ts';
import * as r from '../../kube/resources.ts';
import type { Resource } from '../../kube/resources.ts';
import { matchesLabelSelector } from '../../kube/selectors.ts';
import type { HorizontalPodAutoscaler, KubeObject, LabelSelector } from '../../kube/types.ts';
import type { Controller, ReconcileResult } from './controller.ts';
import type { CoreContext } from './core-context.ts';
import { limit, type History, type Limited } from './hpa-limits.ts';
import { MetricError, propose, type MetricStatus, type Proposal } from './hpa-metrics.ts';
import { splitKey } from './manager.ts';
import { writeStatus } from './status.ts';

type Condition = NonNullable<NonNullable<HorizontalPodAutoscaler['status']>['conditions']>[number];
type Scalable = KubeObject & {
  spec?: { replicas?: number; selector?: LabelSelector | Record<string, string> };
  status?: { replicas?: number };
};

/** horizontal-pod-autoscaler-sync-period */
const periodMs = 15_000;

/** pkg/controller/podautoscaler: sizes that follow the metrics, which here are made up (api/metrics/usage.ts). */
export function hpaController(context: CoreContext): Controller {
  const { api, clock, pods } = context;
  const recorder = context.recorder('horizontal-pod-autoscaler');
  const histories = new Map<string, History>();
  const looked = new Map<string, number>();

  function reconcile(key: string): ReconcileResult | void {
    const { namespace, name } = splitKey(key);
    const hpa = api.get(r.horizontalPodAutoscalers, namespace, name);
    if (!hpa?.spec) {
      looked.delete(key);
      return void histories.delete(key);
    }
    // A change of its own status is no reason to look again.
    const wait = (looked.get(key) ?? -Infinity) + periodMs - clock.now();
    if (wait > 0) return { requeueAfterMs: wait };
    looked.set(key, clock.now());
    const round = new Round(hpa, clock.now());
    scale(round);
    writeStatus(api, r.horizontalPodAutoscalers, hpa, round.status());
    return { requeueAfterMs: periodMs };
  }

  function scale(round: Round): void {
    const { hpa } = round;
    const { scaleTargetRef: ref, minReplicas = 1, maxReplicas } = hpa.spec;
    const resource: Resource<Scalable> | undefined = api.resourceOf(ref.apiVersion ?? '', ref.kind);
    const target = resource && api.get(resource, hpa.metadata.namespace, ref.name);
    if (!resource || !target) {
      const text = resource ? `${r.groupResource(resource)} "${ref.name}" not found` : `no matches for kind "${ref.kind}"`;
      recorder.warning(hpa, 'FailedGetScale', text);
      return round.set(
        'AbleToScale',
        'False',
        'FailedGetScale',
        `the HPA controller was unable to get the target's current scale: ${text}`,
      );
    }
    round.set('AbleToScale', 'True', 'SucceededGetScale', "the HPA controller was able to get the target's current scale");
    round.current = target.status?.replicas ?? 0;
    const size = target.spec?.replicas ?? 1;
    if (size === 0) {
      round.desired = 0;
      return round.set('ScalingActive', 'False', 'ScalingDisabled', 'scaling is disabled since the replica count of the target is zero');
    }
    let reason = '';
    let wanted = size;
    if (size > maxReplicas) [wanted, reason] = [maxReplicas, 'Current number of replicas above Spec.MaxReplicas'];
    else if (size < minReplicas) [wanted, reason] = [minReplicas, 'Current number of replicas below Spec.MinReplicas'];
    else {
      const proposal = proposed(round, selectorOf(target), size);
      if (!proposal) return;
      reason = proposal.replicas > size ? `${proposal.name} above target` : 'All metrics below target';
      const held = limit(hpa, historyOf(hpa), size, proposal.replicas, clock.now());
      round.hold(held);
      wanted = held.replicas;
    }
    round.desired = wanted;
    if (wanted === size) return;
    api.modify(resource, hpa.metadata.namespace, ref.name, (copy) => void (copy.spec = { ...copy.spec, replicas: wanted }));
    round.set('AbleToScale', 'True', 'SucceededRescale', `the HPA controller was able to update the target scale to ${wanted}`);
    recorder.normal(hpa, 'SuccessfulRescale', `New size: ${wanted}; reason: ${reason}`);
    round.rescaled = true;
    const history = historyOf(hpa);
    history.changes = [...history.changes.filter(({ at }) => at > clock.now() - 1_800_000), { at: clock.now(), by: wanted - size }];
  }

  /** The most that any metric asks for; undefined where that cannot be said. */
  function proposed(round: Round, selector: LabelSelector, size: number): Proposal | undefined {
    const { hpa } = round;
    const selected = [...pods.by('namespace', hpa.metadata.namespace!)].filter((pod) =>
      matchesLabelSelector(pod.metadata.labels, selector),
    );
    let most: Proposal | undefined;
    let failure: MetricError | undefined;
    for (const metric of hpa.spec.metrics ?? []) {
      try {
        const one = propose(metric, selected, size, clock.now());
        round.metrics.push(one.status);
        if (!most || one.replicas > most.replicas) most = one;
      } catch (error) {
        if (!(error instanceof MetricError)) throw error;
        recorder.warning(hpa, error.reason, error.message);
        failure ??= error;
      }
    }
    // With a metric missing, less is not safe to conclude.
    if (failure && (!most || most.replicas < size)) {
      round.set('ScalingActive', 'False', failure.reason, `the HPA was unable to compute the replica count: ${failure.message}`);
      const text = `invalid metrics (1 invalid out of ${hpa.spec.metrics!.length}), first error is: ${failure.message}`;
      recorder.warning(hpa, 'FailedComputeMetricsReplicas', text);
      return undefined;
    }
    if (most)
      round.set(
        'ScalingActive',
        'True',
        'ValidMetricFound',
        `the HPA was able to successfully calculate a replica count from ${most.name}`,
      );
    return most;
  }

  function historyOf({ metadata }: HorizontalPodAutoscaler): History {
    const key = `${metadata.namespace}/${metadata.name}`;
    let history = histories.get(key);
    if (!history) histories.set(key, (history = { recommendations: [], changes: [] }));
    return history;
  }

  return { name: 'horizontal-pod-autoscaler-controller', sources: [{ resource: r.horizontalPodAutoscalers }], reconcile };
}

/** A ReplicationController's selector is a plain map of labels. */
const selectorOf = ({ kind, spec }: Scalable): LabelSelector =>
  kind === 'ReplicationController' ? { matchLabels: spec?.selector as Record<string, string> } : (spec?.selector ?? {});

/** One look at an autoscaler, and the status that comes of it. */
class Round {
  readonly hpa: HorizontalPodAutoscaler;
  readonly metrics: MetricStatus[] = [];
  current: number;
  desired: number;
  rescaled = false;
  readonly #now: number;
  #conditions: Condition[];

  constructor(hpa: HorizontalPodAutoscaler, now: number) {
    this.hpa = hpa;
    this.#now = now;
    this.#conditions = [...(hpa.status?.conditions ?? [])];
    this.current = hpa.status?.currentReplicas ?? 0;
    this.desired = hpa.status?.desiredReplicas ?? 0;
  }

  set(type: string, status: 'True' | 'False', reason: string, message: string): void {
    const at = this.#conditions.findIndex((c) => c.type === type);
    const before = this.#conditions[at];
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime! : rfc3339(this.#now);
    const made = { type, status, reason, message, lastTransitionTime };
    this.#conditions = before ? this.#conditions.with(at, made) : [...this.#conditions, made];
  }

  hold({ able, limited }: Limited): void {
    this.set('AbleToScale', 'True', able.reason, able.message);
    this.set('ScalingLimited', limited.status, limited.reason, limited.message);
  }

  status(): NonNullable<HorizontalPodAutoscaler['status']> {
    const before = this.hpa.status;
    const lastScaleTime = this.rescaled ? rfc3339(this.#now) : before?.lastScaleTime;
    return {
      ...(this.hpa.metadata.generation !== undefined && { observedGeneration: this.hpa.metadata.generation }),
      ...(lastScaleTime && { lastScaleTime }),
      currentReplicas: this.current,
      desiredReplicas: this.desired,
      currentMetrics: this.metrics,
      conditions: this.#conditions,
    };
  }
}
