import { setImmediate } from 'node:timers/promises';
import { createEvaluator } from '../evaluate/evaluate.ts';
import type { Flow, Outcome } from '../model/flow.ts';
import { and, members, some, where, xor, type Bits } from './bits.ts';
import { assumptions } from './assumptions.ts';
import { createCauses, type Cause } from './causes.ts';
import { createCoverage, type Coverage } from './coverage.ts';
import { endpointsOf, nameOf, type Endpoint } from './endpoints.ts';
import { concretePairs, createReach, type Way } from './reach.ts';
import { serviceClasses, describeServices } from './services.ts';
import { differencesThroughServices } from './through-services.ts';
import type { Side } from './side.ts';

export type { Side } from './side.ts';

export interface Difference {
  /** One flow of this kind, as `netpol explain` takes it. */
  readonly flow: Flow;
  readonly a: Outcome;
  readonly b: Outcome;
  /** Every service for which some pair of ends differs in this way. */
  readonly services: string;
  /** How many pairs of present ends differ in this way; of classes of ends, where some are of the future. */
  readonly pairs: number;
  /** Further examples: from → to. */
  readonly examples: readonly string[];
  /** Whether an end is a pod that does not exist yet. */
  readonly future: boolean;
  /** What such pods are like. */
  readonly pods: readonly string[];
}

export interface Comparison {
  readonly verdict: 'equivalent' | 'different' | 'undecided';
  readonly present: { readonly equivalent: boolean; readonly differences: readonly Difference[] };
  /** Undefined where the future was not asked for. */
  readonly future: { readonly equivalent: boolean; readonly differences: readonly Difference[] } | undefined;
  /** What could not be decided, and why. */
  readonly undecided: readonly string[];
  readonly quantified: readonly string[];
  readonly assumptions: readonly string[];
  readonly size: {
    readonly pods: number;
    readonly kinds: number;
    readonly futureKinds: number;
    readonly addresses: number;
    readonly services: number;
    readonly pairs: number;
  };
  readonly coverage: Coverage;
}

export interface CompareOptions {
  readonly endpoints?: 'present' | 'any';
  readonly signal?: AbortSignal;
}

interface Pairs {
  readonly a: Way;
  readonly b: Way;
  readonly future: boolean;
  readonly masked: boolean;
  readonly examples: (readonly [string, string])[];
  count: number;
}

const manyExamples = 3;

/**
 * Whether two sets of policies, each under its own engines, give the same verdict on every flow: all ends and services are
 * partitioned by what any rule of either side asks, and each pair of classes is decided once by the evaluators.
 */
export async function compare(a: Side, b: Side, { endpoints = 'any', signal }: CompareOptions = {}): Promise<Comparison> {
  const ends = endpointsOf(a, b, endpoints === 'any');
  const cells = serviceClasses(ends.sides);
  const reach = [createReach(ends.sides[0], ends, cells), createReach(ends.sides[1], ends, cells)] as const;
  // A node port leads elsewhere; differencesThroughServices() looks at what is behind it.
  const nodePorts = new Set(
    a.cluster.services.flatMap((s) => s.ports.flatMap((p) => (p.nodePort === undefined ? [] : [`${p.protocol}/${p.nodePort}`]))),
  );
  const ofNodes = where(cells.length, (i) => !nodePorts.has(`${cells[i]!.protocol}/${cells[i]!.port}`));
  const groups: Map<number, Pairs>[] = [];
  /** By the target: the group that its last source fell into, which is most often the next one's. */
  const latest: Pairs[] = [];
  const slow = ends.apart || ends.sides.some((side) => side.options.forwarded);
  let pairs = 0;

  function record(from: Endpoint, to: Endpoint, ways: readonly [Way, Way], names: () => readonly [string, string]): void {
    const future = isFuture(from) || isFuture(to) || (from === to && from.kind === 'pod' && from.members.length === 1);
    const masked = to.kind === 'node';
    const last = latest[to.index];
    const known = last && last.a === ways[0] && last.b === ways[1] && last.future === future ? last : groupOf(ways, future, masked);
    latest[to.index] = known;
    known.count += future ? 1 : weight(from) * (from === to ? weight(to) - 1 : weight(to));
    if (known.examples.length < manyExamples) known.examples.push(names());
    pairs++;
  }

  function groupOf([a, b]: readonly [Way, Way], future: boolean, masked: boolean): Pairs {
    const key = b.id * 4 + (future ? 2 : 0) + (masked ? 1 : 0);
    const row = (groups[a.id] ??= new Map<number, Pairs>());
    const known = row.get(key) ?? { a, b, future, masked, examples: [], count: 0 };
    row.set(key, known);
    return known;
  }

  const all: readonly Endpoint[] = [...ends.pods, ...ends.world, ...ends.nodes];
  let rows = 0;
  for (const from of all) {
    if (rows++ % 50 === 0) await setImmediate(undefined, { signal });
    for (const to of all) {
      if (from.kind === 'world' && to.kind === 'world') continue;
      // One pod talks to itself without passing any policy; another of its kind is another pod.
      if (from === to && from.kind === 'pod' && twin(from, to) === undefined) continue;
      if (!slow && from.kind !== 'node' && to.kind !== 'node') {
        record(from, to, [reach[0].between(from, to), reach[1].between(from, to)], () => [nameOf(from), twin(from, to)!]);
        continue;
      }
      for (const [source, target] of from === to && from.kind === 'pod'
        ? [[nameOf(from), twin(from, to)!] as const]
        : concretePairs(from, to))
        record(from, to, [reach[0].concrete(source, target), reach[1].concrete(source, target)], () => [source, target]);
    }
  }

  const evaluators = ends.sides.map((side) => createEvaluator(side.cluster, side.policies, side.settings)) as [Evaluator, Evaluator];
  const causes = createCauses();
  const coverage = createCoverage(ends.sides, reach);
  for (const group of groups.flatMap((row) => [...row.values()])) {
    coverage.see(group);
    const differing: Bits = xor(group.a.allowed, group.b.allowed);
    const relevant = group.masked ? and(differing, ofNodes) : differing;
    if (some(relevant)) causes.add(group, members(relevant));
  }

  const contradictions: string[] = [];
  const differences: Difference[] = [];
  for (const cause of causes.all()) {
    const shown = shownBy(cause, evaluators);
    if (shown) differences.push(shown);
    else contradictions.push(`${cause.examples[0]?.join(' → ')}: the classes and the evaluators disagree; please report this`);
  }
  const through = await differencesThroughServices(a, b, signal);
  differences.push(...through.differences);
  const undecided = [
    ...contradictions,
    ...through.undecided,
    ...ends.undecided.map((namespace) => `future pods in namespace ${namespace}: more than the 4000 kinds of them that are looked at`),
  ];
  const of = (future: boolean) => {
    const mine = differences.filter((difference) => difference.future === future);
    return { equivalent: mine.length === 0, differences: mine };
  };
  const futureKinds = ends.pods.filter((end) => end.future).length;
  return {
    verdict: differences.length > 0 ? 'different' : undecided.length > 0 ? 'undecided' : 'equivalent',
    present: of(false),
    future: endpoints === 'any' ? of(true) : undefined,
    undecided,
    ...assumptions(ends.sides, endpoints),
    size: {
      pods: a.cluster.pods.size,
      kinds: ends.pods.length - futureKinds,
      futureKinds,
      addresses: ends.world.length,
      services: cells.length,
      pairs,
    },
    coverage: coverage.result(),
  };

  function shownBy(cause: Cause, [first, second]: [Evaluator, Evaluator]): Difference | undefined {
    const { protocol, port, icmpCode, sourcePort } = cells[cause.cells.find((cell) => cells[cell]!.port !== 0) ?? cause.cells[0]!]!;
    const candidates = [cells[cause.example.cell]!, { protocol, port, icmpCode, sourcePort }];
    for (const cell of candidates) {
      const [from, to] = cause.example.pair;
      const flow: Flow = {
        from,
        to,
        protocol: cell.protocol,
        port: cell.port,
        ...(cell.protocol === 'icmp' && { icmpCode: cell.icmpCode }),
        ...(cell.sourcePort !== 50_000 && { sourcePort: cell.sourcePort }),
      };
      const [x, y] = [first.evaluate(flow), second.evaluate(flow)];
      if (x.verdict === y.verdict) continue;
      const future = [from, to].flatMap((name) => {
        const pod = ends.sides[0].cluster.pods.get(name);
        return pod && !a.cluster.pods.has(name) ? [describePod(ends.sides[0].cluster, pod)] : [];
      });
      return {
        flow,
        a: x,
        b: y,
        services: describeServices(cause.cells.map((cell) => cells[cell]!)),
        pairs: cause.count,
        examples: cause.examples.map((pair) => pair.join(' → ')),
        future: cause.future,
        pods: future,
      };
    }
    return undefined;
  }
}

type Evaluator = ReturnType<typeof createEvaluator>;

/** Another member of the same class, where the ends would be one pod. */
function twin(from: Endpoint, to: Endpoint): string | undefined {
  if (from !== to || to.kind !== 'pod') return nameOf(to);
  const other = to.members[1] ?? to.twin;
  return other && `${other.namespace}/${other.name}`;
}

const isFuture = (end: Endpoint): boolean => end.kind === 'pod' && end.future;

const weight = (end: Endpoint): number => (end.kind === 'pod' ? end.members.length : end.kind === 'node' ? end.names.length : 1);

function describePod(
  { namespaces, serviceAccounts }: Side['cluster'],
  pod: Side['cluster']['pods'] extends ReadonlyMap<string, infer P> ? P : never,
): string {
  const labels = (of: Readonly<Record<string, string>> = {}) =>
    `{${Object.entries(of)
      .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
      .join(', ')}}`;
  const account = serviceAccounts.get(`${pod.namespace}/${pod.serviceAccount}`);
  const ports = pod.namedPorts.length > 0 ? `, ports ${pod.namedPorts.map((p) => `${p.name} ${p.port}`).join(', ')}` : '';
  return `${pod.namespace}/${pod.name}: a pod with labels ${labels(pod.labels)} in namespace ${pod.namespace} ${labels(namespaces.get(pod.namespace))}, service account ${pod.serviceAccount}${account ? ` ${labels(account)}` : ''}${ports}, on node ${pod.node}`;
}
