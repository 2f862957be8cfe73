import type { Node, Pod } from '../../kube/types.ts';
import { staticRejection, type Rejection } from './filters.ts';
import { nodePreference } from './node-affinity.ts';
import { NodeInfo } from './node-info.ts';
import { untoleratedCount } from './taints.ts';

/** Templates whose verdicts are remembered. */
const remembered = 50;

/** What a template makes of a node, whatever is placed there. */
export interface Verdict {
  rejection: Rejection | undefined;
  /** Weights of preferred node affinity. */
  preference: number;
  /** Taints that are only preferred to be avoided, and not tolerated. */
  softTaints: number;
}

export const verdictOf = (pod: Pod, node: Node): Verdict => ({
  rejection: staticRejection(pod, node),
  preference: nodePreference(pod.spec, node),
  softTaints: untoleratedCount(node.spec?.taints, pod.spec?.tolerations, 'PreferNoSchedule'),
});

/** The nodes in a fixed order, and what can be said of them without looking at what is placed there. */
export class NodeList {
  readonly #byName = new Map<string, NodeInfo>();
  readonly #verdicts = new Map<string, readonly Verdict[]>();
  #all: readonly NodeInfo[] | undefined;

  get size(): number {
    return this.#byName.size;
  }

  get(name: string): NodeInfo | undefined {
    return this.#byName.get(name);
  }

  all(): readonly NodeInfo[] {
    return (this.#all ??= [...this.#byName.values()]);
  }

  add(node: Node): void {
    this.#byName.set(node.metadata.name, new NodeInfo(node));
    this.#all = undefined;
    this.changed();
  }

  delete(name: string): void {
    this.#byName.delete(name);
    this.#all = undefined;
    this.changed();
  }

  /** A node's labels, taints or allocatable resources are others now. */
  changed(): void {
    this.#verdicts.clear();
  }

  /** One for every node, in the order of `all`: computed once for pods of a template. */
  verdicts(pod: Pod): readonly Verdict[] {
    const { nodeName, nodeSelector, affinity, tolerations } = pod.spec ?? {};
    const key = JSON.stringify([nodeName, nodeSelector, affinity?.nodeAffinity, tolerations]);
    let verdicts = this.#verdicts.get(key);
    if (!verdicts) {
      verdicts = this.all().map((info) => verdictOf(pod, info.node));
      if (this.#verdicts.size >= remembered) this.#verdicts.clear();
      this.#verdicts.set(key, verdicts);
    }
    return verdicts;
  }
}
