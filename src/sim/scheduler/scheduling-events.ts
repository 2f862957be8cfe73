import { rfc3339Micro } from '../../base/clock.ts';
import { events } from '../../kube/resources.ts';
import { StatusError } from '../../kube/status.ts';
import type { Event, Pod } from '../../kube/types.ts';
import type { ControllerContext } from '../controllers/controller.ts';

const component = 'default-scheduler';

/** Writes Events as the scheduler does, in the shape of events.k8s.io: a time of their own, a series where they repeat. */
export class SchedulingEvents {
  readonly #context: ControllerContext;
  readonly #instance: string;
  /** uid, reason and message → the event that tells it. */
  readonly #told = new Map<string, { namespace: string; name: string }>();

  /** `instance` as `default-scheduler-kindlab-control-plane`. */
  constructor(context: ControllerContext, instance: string) {
    this.#context = context;
    this.#instance = instance;
  }

  scheduled(pod: Pod, node: string): void {
    const { namespace, name } = pod.metadata;
    this.#forget(pod);
    this.#write(pod, 'Normal', 'Scheduled', 'Binding', `Successfully assigned ${namespace}/${name} to ${node}`);
  }

  failed(pod: Pod, message: string): void {
    const key = `${pod.metadata.uid}/${message}`;
    const before = this.#told.get(key);
    const { api, clock } = this.#context;
    if (before && api.get(events, before.namespace, before.name)) {
      api.modify(events, before.namespace, before.name, (event) => {
        event.series = { count: (event.series?.count ?? 1) + 1, lastObservedTime: rfc3339Micro(clock.now()) };
      });
      return;
    }
    const told = this.#write(pod, 'Warning', 'FailedScheduling', 'Scheduling', message);
    if (told) this.#told.set(key, told);
  }

  preempted(victim: Pod, by: Pod, node: string): void {
    const { namespace = '', name, uid, resourceVersion } = by.metadata;
    const related = { apiVersion: 'v1', kind: 'Pod', namespace, name, uid, resourceVersion };
    this.#write(victim, 'Normal', 'Preempted', 'Preempting', `Preempted by pod ${uid} on node ${node}`, related);
  }

  #forget(pod: Pod): void {
    for (const key of this.#told.keys()) if (key.startsWith(`${pod.metadata.uid}/`)) this.#told.delete(key);
  }

  #write(
    pod: Pod,
    type: string,
    reason: string,
    action: string,
    message: string,
    related?: Event['related'],
  ): { namespace: string; name: string } | undefined {
    const { api, clock, random } = this.#context;
    const { namespace = '', name, uid, resourceVersion } = pod.metadata;
    const now = clock.now();
    const eventName = `${name}.${(BigInt(now) * 1_000_000n + BigInt(Math.floor(random() * 1_000_000))).toString(16)}`;
    try {
      api.create(events, {
        metadata: { name: eventName, namespace },
        involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace, name, uid, resourceVersion },
        ...(related && { related }),
        type,
        reason,
        action,
        message,
        eventTime: rfc3339Micro(now),
        source: {},
        reportingComponent: component,
        reportingInstance: this.#instance,
      });
    } catch (error) {
      // A namespace that is being deleted takes no more events.
      if (error instanceof StatusError && (error.code === 403 || error.code === 404)) return undefined;
      throw error;
    }
    return { namespace, name: eventName };
  }
}
