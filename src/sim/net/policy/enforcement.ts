import type { Clock } from '../../../base/clock.ts';
import { formatCidr } from '../../../netpol/model/address.ts';
import type { Engine } from '../../../netpol/model/cluster.ts';
import type { Leg, Peer, Step } from '../../../netpol/model/flow.ts';
import type { PolicySet } from '../../../netpol/model/policies.ts';
import { calicoEvaluator, type CalicoEvaluator } from '../../../netpol/evaluate/calico/evaluate.ts';
import { ciliumEvaluator, type CiliumEvaluator } from '../../../netpol/evaluate/cilium/evaluate.ts';
import { defaultSettings, type CiliumSettings } from '../../../netpol/evaluate/settings.ts';
import type { ApiClient } from '../../api/client.ts';
import type { Machine } from '../../node/machine.ts';
import { felixReady } from '../calico/felix.ts';
import { datapathOf } from '../cilium/datapath.ts';
import { agentRunning } from '../cilium/plugin.ts';
import { iptables } from '../devices.ts';
import { policySettings } from './cilium-settings.ts';
import { placesOf, type Crossing, type Place } from './legs.ts';
import { LiveCluster } from './live-cluster.ts';
import { PolicyStore, type Snapshot } from './policy-store.ts';

/** What one end's engine said of a connection. */
export interface PolicyStep extends Omit<Step, 'at'> {
  readonly engine: Engine;
  readonly direction: Leg['direction'];
  /** The node that enforced it. */
  readonly node: string;
  /** `ingress of shop/db (cilium), from shop/web at 10.245.1.5`. */
  readonly at: string;
  /** Whose policy it is: `namespace/pod`, or `node NAME`. */
  readonly subject: string;
}

/** Asks every place on the way; a denial is the last step. */
export type PolicyPoint = (crossing: Crossing) => readonly PolicyStep[];

/** What is enforced, for those who show it. */
export interface PolicyView {
  /** Counts the changes of policies since the start. */
  readonly revision: number;
  snapshot(machine: Machine, engine: Engine): Snapshot | undefined;
  /** Whether Cilium has an endpoint in default deny, by direction. */
  isolation(machine: Machine, namespace: string, pod: string): Record<Leg['direction'], boolean>;
}

interface Compiled {
  version: number;
  calico?: CalicoEvaluator;
  /** By the agent's settings. */
  readonly cilium: Map<string, CiliumEvaluator>;
  readonly answers: Map<string, Omit<Step, 'at'>>;
}

const maxAnswers = 65_536;
const nothing: readonly PolicyStep[] = [];

/**
 * Policies as each node's agents have programmed them. An agent that runs follows the API; what a dead one left in rules and
 * maps is enforced until they go. Nothing is looked at where there is nothing to enforce.
 */
export class Enforcement implements PolicyView {
  readonly #api: ApiClient;
  readonly #machines: () => readonly Machine[];
  readonly #store: PolicyStore;
  readonly #held: Record<Engine, WeakMap<Machine, Snapshot>> = { calico: new WeakMap(), cilium: new WeakMap() };
  readonly #compiled = new WeakMap<Snapshot, Compiled>();
  #live: LiveCluster | undefined;

  constructor(options: { api: ApiClient; clock: Clock; machines: () => readonly Machine[] }) {
    this.#api = options.api;
    this.#machines = options.machines;
    this.#store = new PolicyStore(options.api, options.clock, (before) => this.#program(before));
  }

  stop(): void {
    this.#store.stop();
    this.#live?.stop();
  }

  readonly judge: PolicyPoint = (crossing) => {
    const ends = [crossing.client, crossing.server];
    const machines = ends.flatMap((end) => (end.kind === 'outside' ? [] : [end.machine]));
    if (crossing.via) machines.push(crossing.via.machine);
    if (!machines.some((machine) => this.#isEnforced(machine, crossing.protocol))) return nothing;
    const hosts = this.#hosts(machines);
    const steps: PolicyStep[] = [];
    for (const place of placesOf(this.cluster, crossing, hosts)) {
      // Felix's chains begin with ACCEPT for what is established; Cilium looks its map up for every packet.
      if (crossing.established && place.leg.engine === 'calico') continue;
      const decided = this.#decide(place);
      if (!decided) continue;
      const { machine, leg } = place;
      const { engine, direction } = leg;
      steps.push({ ...decided, engine, direction, node: machine.name, at: describe(leg), subject: subjectOf(leg) });
      if (decided.verdict === 'deny') break;
    }
    return steps;
  };

  /** What the policies are evaluated over; made at the first need. */
  get cluster(): LiveCluster {
    return (this.#live ??= new LiveCluster(this.#api));
  }

  /** What an engine enforces on a machine now; undefined where it has programmed nothing there. */
  snapshot(machine: Machine, engine: Engine): Snapshot | undefined {
    const held = this.#held[engine];
    if (engine === 'calico' ? !iptables.of(machine).some(({ owner }) => owner === 'cali') : !datapathOf(machine)) {
      held.delete(machine);
      return undefined;
    }
    if (engine === 'calico' ? felixReady(machine) : agentRunning(machine) !== undefined) {
      held.set(machine, this.#store.newest);
      return this.#store.newest;
    }
    return held.get(machine) ?? this.#store.newest;
  }

  get revision(): number {
    return this.#store.revision;
  }

  isolation(machine: Machine, namespace: string, name: string): Record<Leg['direction'], boolean> {
    const snapshot = this.snapshot(machine, 'cilium');
    const settings = policySettings(machine);
    if (settings.enforcement === 'always') return { ingress: true, egress: true };
    if (settings.enforcement === 'never' || !snapshot?.cilium) return { ingress: false, egress: false };
    const pod = this.cluster.pods.get(`${namespace}/${name}`);
    if (!pod) return { ingress: false, egress: false };
    const rules = this.#cilium(this.#compile(snapshot), snapshot.policies, settings).rulesOf({ kind: 'pod', pod });
    return { ingress: rules.some((rule) => rule.defaultDeny.ingress), egress: rules.some((rule) => rule.defaultDeny.egress) };
  }

  /** The newest policies go to every running agent; the others keep what they have. */
  #program(before: Snapshot): void {
    for (const machine of this.#machines())
      for (const engine of ['calico', 'cilium'] as const) {
        const held = this.#held[engine];
        if (!held.has(machine)) held.set(machine, before);
        this.snapshot(machine, engine);
      }
  }

  #isEnforced(machine: Machine, protocol: string): boolean {
    if (this.snapshot(machine, 'calico')?.calico) return true;
    const cilium = this.snapshot(machine, 'cilium');
    if (!cilium) return false;
    const { enforcement, sctp } = policySettings(machine);
    return enforcement === 'always' || (protocol === 'SCTP' && !sctp) || (cilium.cilium && enforcement !== 'never');
  }

  #hosts(machines: readonly Machine[]): Engine[] {
    const calico = machines.some((machine) => this.snapshot(machine, 'calico')?.policies.calico.hostEndpoints.length);
    const cilium = machines.some((machine) => policySettings(machine).hostFirewall);
    return [...(calico ? (['calico'] as const) : []), ...(cilium ? (['cilium'] as const) : [])];
  }

  #decide({ machine, leg }: Place): Omit<Step, 'at'> | undefined {
    const snapshot = this.snapshot(machine, leg.engine);
    if (!snapshot) return undefined;
    const compiled = this.#compile(snapshot);
    const settings = leg.engine === 'cilium' ? policySettings(machine) : defaultSettings;
    const key = answerKey(leg, settings);
    const known = compiled.answers.get(key);
    if (known) return known;
    const { policies } = snapshot;
    const evaluator =
      leg.engine === 'cilium'
        ? this.#cilium(compiled, policies, settings)
        : (compiled.calico ??= calicoEvaluator({ cluster: this.cluster, policies }));
    const answer = evaluator.decide(leg);
    if (compiled.answers.size >= maxAnswers) compiled.answers.clear();
    compiled.answers.set(key, answer);
    return answer;
  }

  #compile(snapshot: Snapshot): Compiled {
    const { version } = this.cluster;
    let compiled = this.#compiled.get(snapshot);
    if (compiled?.version !== version) {
      compiled = { version, cilium: new Map(), answers: new Map() };
      this.#compiled.set(snapshot, compiled);
    }
    return compiled;
  }

  #cilium({ cilium }: Compiled, policies: PolicySet, settings: CiliumSettings): CiliumEvaluator {
    const key = settingsKey(settings);
    let evaluator = cilium.get(key);
    if (!evaluator) cilium.set(key, (evaluator = ciliumEvaluator(this.cluster, policies, settings)));
    return evaluator;
  }
}

const subjectOf = ({ subject }: Leg): string =>
  subject.kind === 'pod' ? `${subject.pod.namespace}/${subject.pod.name}` : `node ${subject.node.name}`;

const peerText = (peer: Peer): string =>
  peer.kind === 'pod'
    ? `${peer.pod.namespace}/${peer.pod.name}`
    : `${peer.kind === 'node' ? `node ${peer.node.name}` : 'world'} at ${formatCidr(peer.address)}`;

const describe = (leg: Leg): string =>
  `${leg.direction} of ${subjectOf(leg)} (${leg.engine}), ${leg.direction === 'ingress' ? 'from' : 'to'} ${peerText(leg.peer)}`;

/** What a verdict hangs on beside the policies and the cluster. */
const answerKey = (leg: Leg, settings: CiliumSettings): string =>
  `${leg.direction} ${subjectOf(leg)} ${leg.engine} ${settingsKey(settings)} ${peerText(leg.peer)} ${leg.protocol}/${leg.port}/${leg.icmpCode}/${leg.sourcePort}`;

const keys = new WeakMap<CiliumSettings, string>();
const settingsKey = (settings: CiliumSettings): string => {
  let key = keys.get(settings);
  if (key === undefined) keys.set(settings, (key = Object.values(settings).join()));
  return key;
};
