import type { KubeJson } from './cluster-view.ts';
import { kubectlGet, objectName } from './evidence.ts';
import { notPassed, type Context, type Finding } from './finding.ts';
import type { NodeSelector, PodSelector } from './schema.ts';
import { readiness } from './readiness.ts';

export interface PodTarget {
  namespace: string;
  pod: string;
  container?: string | undefined;
}

/** The pods to run something in, or why that cannot be done: none there (fail), none running yet (pending). */
export async function podTargets(selector: PodSelector, context: Context): Promise<PodTarget[] | Finding> {
  const { namespace, labelSelector, fieldSelector } = selector;
  const query = { apiVersion: 'v1', kind: 'Pod', namespace, labelSelector, fieldSelector };
  const found =
    selector.name === undefined
      ? await context.view.list(query, context.signal)
      : [await context.view.get({ ...query, name: selector.name }, context.signal)].filter((pod) => pod !== undefined);
  const pods = found.filter((pod) => pod.metadata?.deletionTimestamp === undefined);
  const command = kubectlGet({ ...query, name: selector.name });
  if (pods.length === 0) {
    const which = selector.name ?? selector.labelSelector;
    return notPassed(
      'fail',
      `there is no pod ${which} in ${selector.namespace}`,
      { expected: 'a pod to run it in', observed: 'none', command },
      { items: [] },
    );
  }
  const waiting = pods.find((pod) => !isRunning(pod));
  if (waiting && (selector.which !== 'any' || pods.every((pod) => !isRunning(pod)))) {
    const state = readiness('Pod', waiting);
    const evidence = { object: objectName('Pod', waiting), path: '.status.phase', expected: 'Running', observed: state.message, command };
    return notPassed(
      state.state === 'stuck' ? 'fail' : 'pending',
      `${objectName('Pod', waiting)} does not run: ${state.message}`,
      evidence,
      {
        object: waiting,
        items: pods,
      },
    );
  }
  return pods.filter(isRunning).map((pod) => ({ namespace: selector.namespace, pod: pod.metadata!.name!, container: selector.container }));
}

/** Names of the nodes, or a finding when there is none. */
export async function nodeTargets(selector: NodeSelector, context: Context): Promise<string[] | Finding> {
  if (selector.name !== undefined) return [selector.name];
  const query = { apiVersion: 'v1', kind: 'Node', labelSelector: selector.labelSelector };
  const nodes = await context.view.list(query, context.signal);
  if (nodes.length > 0) return nodes.map((node) => node.metadata!.name!);
  const evidence = { expected: 'a node', observed: 'none', command: kubectlGet(query) };
  return notPassed('fail', `no node has ${selector.labelSelector}`, evidence, { items: [] });
}

export const isFinding = (value: unknown[] | Finding): value is Finding => !Array.isArray(value);

const isRunning = (pod: KubeJson): boolean => (pod.status as { phase?: string } | undefined)?.phase === 'Running';
