import { formatCidr } from '../model/address.ts';
import { podKey, type Cluster } from '../model/cluster.ts';
import type { Flow, Leg, Outcome, Peer, Step, Verdict } from '../model/flow.ts';
import type { PolicySet } from '../model/policies.ts';
import { calicoEvaluator, type CalicoEvaluator } from './calico/evaluate.ts';
import { ciliumEvaluator, type CiliumEvaluator } from './cilium/evaluate.ts';
import { legsOf, type LegOptions } from './legs.ts';
import { defaultSettings, type CiliumSettings } from './settings.ts';

export interface Evaluator {
  /** The verdict of one flow and what decided it at each place. A flow to several backends is allowed where all of them are. */
  evaluate(flow: Flow): Outcome;
  /** Every verdict that the flow may have, where its source port is not told and a rule asks for it. */
  possible(flow: Flow): Set<Verdict>;
}

const peerText = (peer: Peer): string =>
  peer.kind === 'pod'
    ? podKey(peer.pod)
    : peer.kind === 'node'
      ? `node ${peer.node.name} at ${formatCidr(peer.address)}`
      : formatCidr(peer.address);

export const placeOf = ({ engine, direction, subject, peer }: Leg): string =>
  `${direction} of ${subject.kind === 'pod' ? podKey(subject.pod) : `node ${subject.node.name}`} (${engine}), ${direction === 'ingress' ? 'from' : 'to'} ${peerText(peer)}`;

export interface Engines {
  readonly calico: CalicoEvaluator;
  readonly cilium: CiliumEvaluator;
}

export const createEngines = (cluster: Cluster, policies: PolicySet, settings: CiliumSettings): Engines => ({
  calico: calicoEvaluator({ cluster, policies }),
  cilium: ciliumEvaluator(cluster, policies, settings),
});

/** Which places are looked at under these policies and settings. */
export const legOptions = ({ calico }: PolicySet, settings: CiliumSettings): LegOptions => ({
  ...(settings.hostFirewall && { tunnelPort: settings.tunnelPort }),
  forwarded: calico.policies.some((policy) => policy.applyOnForward),
});

/** Compiles policies over a cluster; each node's CNI enforces by its own semantics. */
export function createEvaluator(cluster: Cluster, policies: PolicySet, settings: CiliumSettings = defaultSettings): Evaluator {
  const engines = createEngines(cluster, policies, settings);
  const sourcePorts = sourcePortClasses(policies);
  const options = legOptions(policies, settings);

  function evaluate(flow: Flow): Outcome {
    const trace: Step[] = legsOf(cluster, flow, options).flatMap((legs) => {
      const steps: Step[] = [];
      for (const leg of legs) {
        steps.push({ at: placeOf(leg), ...engines[leg.engine].decide(leg) });
        if (steps.at(-1)!.verdict === 'deny') break;
      }
      return steps;
    });
    return { verdict: trace.some((step) => step.verdict === 'deny') ? 'deny' : 'allow', trace };
  }

  return {
    evaluate,
    possible: (flow) =>
      new Set(
        (flow.sourcePort === undefined ? sourcePorts : [flow.sourcePort]).map((sourcePort) => evaluate({ ...flow, sourcePort }).verdict),
      ),
  };
}

/** A source port of each kind that the rules tell apart, an ephemeral one first. */
export function sourcePortClasses({ calico }: PolicySet): number[] {
  const rules = calico.policies.flatMap((policy) => [...policy.ingress, ...policy.egress]);
  const named = rules.flatMap(({ source }) => [...(source.ports ?? []), ...(source.notPorts ?? [])]);
  const ranges = named.filter((port) => 'from' in port);
  return [...new Set([50_000, ...ranges.flatMap(({ from, to }) => [from, Math.min(to + 1, 65_535)])])];
}
