import type { Resource } from '../../kube/resources.ts';
import type { KubeObject } from '../../kube/types.ts';
import { isNotFound } from '../../kube/status.ts';
import type { ApiClient } from '../api/client.ts';

type StateRecord<Spec, State> = KubeObject & { spec: Spec; state: State };

/** Keeps small states in the API's store under a name. Writes of one turn become one. */
export class RecordStore<Spec, State> {
  readonly #api: ApiClient;
  readonly #resource: Resource<StateRecord<Spec, State>>;
  readonly #pending = new Map<string, { spec: Spec; state: () => State } | undefined>();
  #scheduled = false;
  #closed = false;

  constructor(api: ApiClient, resource: Resource<StateRecord<Spec, State>>) {
    this.#api = api;
    this.#resource = resource;
  }

  list(): readonly StateRecord<Spec, State>[] {
    return this.#api.list(this.#resource);
  }

  get(name: string): State | undefined {
    return this.#api.get(this.#resource, undefined, name)?.state;
  }

  /** `state` is called when the turn ends, so that what follows in this turn is in it; what it gives must not change any more. */
  save(name: string, spec: Spec, state: () => State): void {
    this.#pending.set(name, { spec, state });
    this.#schedule();
  }

  remove(name: string): void {
    this.#pending.set(name, undefined);
    this.#schedule();
  }

  /** Writes what this turn changed. */
  flush(): void {
    for (const [name, change] of [...this.#pending]) {
      this.#pending.delete(name);
      if (change) this.#api.keep(this.#resource, name, { spec: change.spec, state: change.state() });
      else this.#delete(name);
    }
  }

  /** Nothing is written after this. */
  close(): void {
    this.#closed = true;
    this.#pending.clear();
  }

  #schedule(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  #delete(name: string): void {
    try {
      this.#api.delete(this.#resource, undefined, name);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
