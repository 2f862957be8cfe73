import { rfc3339 } from '../../base/clock.ts';
import { events } from '../../kube/resources.ts';
import { StatusError } from '../../kube/status.ts';
import type { Draft, Event } from '../../kube/types.ts';
import type { ControllerContext } from './controller.ts';

/** The object that an event is about. */
export interface EventTarget {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; uid: string; resourceVersion?: string };
  /** The part of it, as `spec.containers{web}`. */
  fieldPath?: string;
}

interface Seen {
  name: string;
  namespace: string;
  at: number;
}

interface Similar {
  messages: Set<string>;
  at: number;
}

// client-go tools/record/events_cache.go
const aggregateAfter = 10;
const aggregateWindowMs = 600_000;
const burst = 25;
const refillMs = 300_000;
const remembered = 4096;

/**
 * Writes core/v1 Events as client-go's recorder does: the same event again raises `count`; more than ten similar ones
 * in ten minutes become one "combined"; beyond 25 about one object, they are dropped.
 */
export class EventRecorder {
  readonly #context: ControllerContext;
  readonly #component: string;
  readonly #host: string;
  readonly #seen = new Map<string, Seen>();
  readonly #similar = new Map<string, Similar>();
  readonly #tokens = new Map<string, { left: number; at: number }>();

  /** `host` is set by the kubelet's recorder. */
  constructor(context: ControllerContext, component: string, host = '') {
    this.#context = context;
    this.#component = component;
    this.#host = host;
  }

  normal(target: EventTarget, reason: string, message: string): void {
    this.#record(target, 'Normal', reason, message);
  }

  warning(target: EventTarget, reason: string, message: string): void {
    this.#record(target, 'Warning', reason, message);
  }

  #record(target: EventTarget, type: string, reason: string, text: string): void {
    const now = this.#context.clock.now();
    if (!this.#allowed(target, now)) return;
    const { message, key } = this.#aggregated(
      `${target.kind}/${target.metadata.uid}/${target.metadata.name}/${target.fieldPath ?? ''}/${type}/${reason}`,
      text,
      now,
    );
    const seen = this.#seen.get(key);
    if (seen && this.#repeat(seen, message, now)) return;
    const namespace = target.metadata.namespace ?? 'default';
    const name = `${target.metadata.name}.${(BigInt(Math.floor(now)) * 1_000_000n + BigInt(Math.floor(this.#context.random() * 1_000_000))).toString(16)}`;
    try {
      this.#context.api.create(events, this.#event(target, { name, namespace }, { type, reason, message }, now));
    } catch (error) {
      // A namespace that is being deleted takes no more events; upstream logs and drops them as well.
      if (error instanceof StatusError && (error.code === 403 || error.code === 404)) return;
      throw error;
    }
    remember(this.#seen, key, { name, namespace, at: now });
  }

  #event(
    target: EventTarget,
    metadata: { name: string; namespace: string },
    what: Pick<Event, 'type' | 'reason' | 'message'>,
    now: number,
  ): Draft<Event> {
    const { name, namespace, uid, resourceVersion } = target.metadata;
    return {
      metadata,
      involvedObject: {
        apiVersion: target.apiVersion,
        kind: target.kind,
        name,
        namespace,
        uid,
        resourceVersion,
        ...(target.fieldPath !== undefined && { fieldPath: target.fieldPath }),
      },
      ...what,
      source: { component: this.#component, ...(this.#host && { host: this.#host }) },
      reportingComponent: this.#component,
      reportingInstance: this.#host,
      firstTimestamp: rfc3339(now),
      lastTimestamp: rfc3339(now),
      count: 1,
    };
  }

  #repeat(seen: Seen, message: string, now: number): boolean {
    if (!this.#context.api.get(events, seen.namespace, seen.name)) return false;
    this.#context.api.modify(events, seen.namespace, seen.name, (event) => {
      event.count = (event.count ?? 1) + 1;
      event.lastTimestamp = rfc3339(now);
      event.message = message;
    });
    return true;
  }

  #aggregated(group: string, message: string, now: number): { key: string; message: string } {
    const single = `${group}/${message}`;
    let similar = this.#similar.get(group);
    if (!similar || now - similar.at > aggregateWindowMs) similar = { messages: new Set(), at: now };
    similar.at = now;
    similar.messages.add(message);
    remember(this.#similar, group, similar);
    if (similar.messages.size < aggregateAfter) return { key: single, message };
    similar.messages.delete(similar.messages.values().next().value!);
    return { key: group, message: `(combined from similar events): ${message}` };
  }

  #allowed(target: EventTarget, now: number): boolean {
    const key = `${target.kind}/${target.metadata.uid}`;
    const bucket = this.#tokens.get(key) ?? { left: burst, at: now };
    bucket.left = Math.min(burst, bucket.left + (now - bucket.at) / refillMs);
    bucket.at = now;
    remember(this.#tokens, key, bucket);
    if (bucket.left < 1) return false;
    bucket.left -= 1;
    return true;
  }
}

function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > remembered) map.delete(map.keys().next().value!);
}
