import type { Engine } from '../../../netpol/model/cluster.ts';
import type { PolicySet } from '../../../netpol/model/policies.ts';
import type { Side } from '../../../netpol/compare/compare.ts';
import { provenanceOf, type Provenance } from '../../../netpol/compare/provenance.ts';
import { parseSettings } from '../../../netpol/evaluate/settings.ts';
import { describeProblem } from '../../../netpol/read/problem.ts';
import { readPolicies } from '../../../netpol/read/read.ts';
import type { CliContext } from '../../context.ts';
import { clusterAt, sourcesAt } from './inputs.ts';

/** Options of every command that holds one set of policies against another. */
export interface TwoSidesOptions {
  with: string[];
  cluster: string;
  engine?: Engine;
  withEngine?: Engine;
  settings?: string;
  withSettings?: string;
  endpoints?: 'present' | 'any';
  json?: boolean;
  html?: string;
  /** A kubeconfig: try the shown differences on that cluster. */
  probe?: string;
}

export interface TwoSides {
  readonly a: Side;
  readonly b: Side;
  /** Whether everything was read: an answer over a part is none. */
  readonly complete: boolean;
  /** What the second set says that it carries. */
  readonly provenance: readonly Provenance[];
}

/** Whose language a set is written in; NetworkPolicies alone say nothing. */
function engineOf({ calico, cilium }: PolicySet): Engine | undefined {
  const [ofCalico, ofCilium] = [calico.policies.length > 0, cilium.policies.length > 0];
  return ofCalico === ofCilium ? undefined : ofCalico ? 'calico' : 'cilium';
}

/** Reads both sets; each is enforced by the engine that is named, else by the one whose language it is written in, else as the cluster says. */
export async function twoSides(cli: CliContext, paths: readonly string[], options: TwoSidesOptions): Promise<TwoSides> {
  const side = async (at: readonly string[], engine: Engine | undefined, settings: string | undefined) => {
    const sources = await sourcesAt(cli, at);
    const { policies, problems } = readPolicies(sources);
    for (const problem of problems) cli.stderr.write(`kindlab: left out: ${describeProblem(problem)}\n`);
    const cluster = await clusterAt(cli, options.cluster, engine ?? engineOf(policies));
    return { side: { cluster, policies, settings: parseSettings(settings) }, complete: problems.length === 0, sources };
  };
  const a = await side(paths, options.engine, options.settings);
  const b = await side(options.with, options.withEngine, options.withSettings ?? options.settings);
  return { a: a.side, b: b.side, complete: a.complete && b.complete, provenance: provenanceOf(b.sources) };
}
