import { setImmediate } from 'node:timers/promises';
import { createEvaluator } from '../evaluate/evaluate.ts';
import { backends, targetPort } from '../evaluate/ends.ts';
import type { Flow } from '../model/flow.ts';
import { describeOrigin } from '../model/policies.ts';
import type { Difference } from './compare.ts';
import type { Side } from './side.ts';

/** More node port flows than this are not walked through one by one. */
const limit = 200_000;

/**
 * Flows that are more than one between the ends behind them: a pod through its own service to itself, and clients of node ports,
 * whose address depends on the node that they call. Few enough to be evaluated one by one, on the present endpoints.
 */
export async function differencesThroughServices(a: Side, b: Side, signal?: AbortSignal) {
  const flows: Flow[] = [];
  const undecided: string[] = [];
  const { cluster } = a;
  const text = a.cluster.outside ? ['out'] : [];
  for (const service of cluster.services) {
    const behind = [...backends(cluster, service)];
    for (const port of service.ports) {
      const at = { protocol: port.protocol, port: port.port };
      for (const pod of behind.filter((pod) => targetPort(port, pod) !== undefined && !pod.hostNetwork))
        flows.push({ from: `${pod.namespace}/${pod.name}`, to: `svc-${service.namespace}/${service.name}`, ...at });
      if (port.nodePort === undefined) continue;
      const sources = [...cluster.pods.keys(), ...[...cluster.nodes.keys()].map((name) => `node-${name}`), ...text];
      if (flows.length + sources.length * cluster.nodes.size > limit) {
        undecided.push(
          `node port ${port.nodePort} of ${service.namespace}/${service.name}: too many clients and nodes to walk through (${sources.length} × ${cluster.nodes.size})`,
        );
        continue;
      }
      for (const from of sources)
        for (const node of cluster.nodes.keys()) flows.push({ from, to: `node-${node}`, protocol: port.protocol, port: port.nodePort });
    }
  }
  const [first, second] = [a, b].map((side) => createEvaluator(side.cluster, side.policies, side.settings));
  const found = new Map<string, { difference: Difference; count: number; examples: string[] }>();
  let done = 0;
  for (const flow of flows) {
    if (done++ % 500 === 0) await setImmediate(undefined, { signal });
    const [x, y] = [first!.evaluate(flow), second!.evaluate(flow)];
    if (x.verdict === y.verdict) continue;
    const denied = (x.verdict === 'deny' ? x : y).trace.find((step) => step.verdict === 'deny')!;
    const key = `${x.verdict} ${flow.to.startsWith('node-') ? 'node port' : 'hairpin'} ${flow.port} ${denied.by ? describeOrigin(denied.by) : denied.why}`;
    const known = found.get(key) ?? {
      difference: { flow, a: x, b: y, services: `${flow.protocol} ${flow.port}`, pairs: 0, examples: [], future: false, pods: [] },
      count: 0,
      examples: [],
    };
    known.count++;
    if (known.examples.length < 5) known.examples.push(`${flow.from} → ${flow.to}`);
    found.set(key, known);
  }
  return {
    differences: [...found.values()].map(({ difference, count, examples }): Difference => ({ ...difference, pairs: count, examples })),
    undecided,
  };
}
