import type { Cluster, Engine } from '../model/cluster.ts';
import { parseSettings, type CiliumSettings } from '../evaluate/settings.ts';

/** One case of a recording, in the format of recorded/policy. */
export interface RecordedCase {
  readonly case: string;
  readonly engine: Engine | 'mixed';
  readonly settings: string;
  /** Manifests as applied; `none`, or empty, for no policies. */
  readonly policies: string;
  /** [from, to, protocol, port (for icmp the type), verdict, the source as the server saw it where it differs] */
  readonly verdicts: readonly (readonly [string, string, string, number, string, string?])[];
}

/** The Cilium options that a case was measured with: of its settings, and of a name that begins with `enforcement-`. */
export function settingsOf({ case: name, settings }: RecordedCase): CiliumSettings {
  const enforcement = /^enforcement-(always|never|default)/.exec(name)?.[1];
  // The recording's Cilium kept off VXLAN's default port, which Calico could want (migration.md §1).
  return parseSettings(`${settings} enforcement=${enforcement} tunnel-port=8473`);
}

/** In a recording with both CNIs, node w2 had moved to Cilium (recorded/policy/README.md). */
const movedToCilium = 'w2';

/**
 * The cluster as it was for a case: which CNI each node ran. With the host firewall, the recording labelled the nodes by
 * `hostgrp`, which its description of the cluster leaves out; the value is taken to be the node's short name.
 */
export function clusterOf(cluster: Cluster, { engine, settings }: RecordedCase): Cluster {
  const nodes = [...cluster.nodes.values()].map((node) => ({
    ...node,
    cni: engine === 'mixed' ? (node.name === movedToCilium ? 'cilium' : 'calico') : engine,
    labels: settings.startsWith('hostfw') ? { hostgrp: node.name, ...node.labels } : node.labels,
  }));
  return { ...cluster, nodes: new Map(nodes.map((node) => [node.name, node])) };
}
