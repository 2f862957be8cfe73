import type { Cancel, Clock } from '../../../base/clock.ts';
import type { PolicySet } from '../../../netpol/model/policies.ts';
import { joinPolicies, readPolicy } from '../../../netpol/read/read.ts';
import type { ApiClient } from '../../api/client.ts';
import { policyKinds } from './kinds.ts';

/** The policies of one moment, as agents take them over. */
export interface Snapshot {
  readonly policies: PolicySet;
  /** Whether there is anything for this engine to enforce. */
  readonly calico: boolean;
  readonly cilium: boolean;
}

/** From a change in the API to rules and maps: recorded is a first loss within 100 ms of `kubectl apply` (migration.md §5). */
const programMs = 40;

const snapshotOf = (policies: PolicySet): Snapshot => {
  const kubernetes = policies.kubernetes.length > 0;
  return {
    policies,
    calico: kubernetes || policies.calico.policies.length > 0 || policies.calico.hostEndpoints.length > 0,
    cilium: kubernetes || policies.cilium.policies.length > 0,
  };
};

/** Follows every policy object, reads each once, and tells when a new set of them takes effect. */
export class PolicyStore {
  readonly #read = new Map<string, PolicySet>();
  readonly #cancels: Cancel[];
  #pending: Cancel | undefined;
  #newest: Snapshot;
  revision = 1;

  constructor(api: ApiClient, clock: Clock, onChange: (before: Snapshot) => void) {
    let started = false;
    const change = () => {
      if (!started) return;
      this.#pending ??= clock.after(programMs, () => {
        this.#pending = undefined;
        this.revision++;
        const before = this.#newest;
        this.#newest = this.#snapshot();
        onChange(before);
      });
    };
    this.#cancels = policyKinds.map((resource) =>
      api.watch(resource, ({ type, object, previous }) => {
        const { namespace = '', name, generation } = object.metadata;
        const key = `${resource.group} ${resource.plural} ${namespace}/${name}`;
        // A written status is no change of the policy.
        if (type === 'MODIFIED' && generation !== undefined && generation === previous?.metadata.generation && this.#read.has(key)) return;
        if (type === 'DELETED') this.#read.delete(key);
        // An object that cannot be read is enforced by nobody, as an agent that logs an error and goes on.
        else this.#read.set(key, readPolicy(object).policies);
        change();
      }),
    );
    this.#newest = this.#snapshot();
    started = true;
  }

  /** What is in effect now. */
  get newest(): Snapshot {
    return this.#newest;
  }

  stop(): void {
    this.#pending?.();
    for (const cancel of this.#cancels) cancel();
  }

  #snapshot(): Snapshot {
    return snapshotOf(joinPolicies(this.#read.values()));
  }
}
