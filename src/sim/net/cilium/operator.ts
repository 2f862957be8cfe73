import { rfc3339, sleep } from '../../../base/clock.ts';
import { nodes, pods } from '../../../kube/resources.ts';
import type { ApiClient } from '../../api/client.ts';
import type { ContainerContext, ImageBehaviour } from '../../node/image.ts';
import { every, healthEndpoint, onEnd, Resync, runMain } from '../agent.ts';
import { formatAddress, formatCidr, overlaps, parseCidr } from '../ipv4.ts';
import { setNodeCondition } from '../node-condition.ts';
import { clusterConfig, isTrue, type CiliumConfig } from './config.ts';
import { registerCrds } from './crds.ts';
import { ciliumClusterwideNetworkPolicies, ciliumNetworkPolicies } from '../policy/kinds.ts';
import { validatePolicies } from './policy-status.ts';
import { ciliumEndpoints, ciliumNodes, group } from './resources.ts';

const healthPort = 9234;
/** A pod is restarted by the watcher at most once in five minutes. */
const restartPauseMs = 5 * 60_000;

/** quay.io/cilium/operator-generic: CRDs, pod CIDRs of the cluster pool, node conditions, the watcher of unmanaged kube-dns. */
export const ciliumOperator: ImageBehaviour = {
  images: ['quay.io/cilium/operator*'],
  startupMs: 300,
  start(context) {
    runMain(context, () => run(context));
  },
};

async function run(context: ContainerContext): Promise<void> {
  const { api, clock, signal, env } = context;
  let ready = false;
  context.listen(
    healthPort,
    healthEndpoint(() => ready),
  );
  const namespace = env['CILIUM_K8S_NAMESPACE'] ?? context.pod().metadata.namespace ?? 'kube-system';
  const config = clusterConfig(api, namespace);
  if (!isTrue(config, 'skip-crd-creation')) registerCrds(api, imageTag(context));
  while (!api.resource(group, ciliumNodes.plural)) await sleep(clock, 200, signal);
  ready = true;
  context.log('level=info msg="Initialization complete" subsys=cilium-operator-generic');

  const allocation = new Resync(context, () => allocatePodCidrs(api, config));
  const status = new Resync(context, () => markNodes(context, namespace, config));
  onEnd(
    signal,
    api.watch(ciliumNodes, allocation.request),
    api.watch(nodes, status.request),
    api.watch(pods, ({ object }) => {
      if (object.metadata.labels?.['k8s-app'] === 'cilium') status.request();
    }),
  );
  const validation = new Resync(context, () => validatePolicies(api, clock));
  if (config['validate-network-policy'] !== 'false')
    onEnd(signal, api.watch(ciliumNetworkPolicies, validation.request), api.watch(ciliumClusterwideNetworkPolicies, validation.request));
  const seconds = Number(config['unmanaged-pod-watcher-interval'] ?? 0);
  const restarted = new Map<string, number>();
  const watcher = new Resync(context, () => restartUnmanaged(context, restarted));
  if (seconds > 0) every(context, seconds * 1000, watcher.request);
}

/** `v1.18.4` of `quay.io/cilium/operator-generic:v1.18.4@sha256:…`. */
const imageTag = ({ container }: ContainerContext): string => /:([^:@/]+)(?:@.*)?$/.exec(container.image ?? '')?.[1] ?? '';

/** Gives every CiliumNode without one the next free block of the pools; the error stands in its status where they are used up. */
function allocatePodCidrs(api: ApiClient, config: CiliumConfig): void {
  if (!['cluster-pool', undefined].includes(config['ipam'])) return;
  const pools = (config['cluster-pool-ipv4-cidr'] || '10.0.0.0/8').split(/[ ,]+/).map(parseCidr);
  const bits = Number(config['cluster-pool-ipv4-mask-size'] || 24);
  const taken = api.list(ciliumNodes).flatMap((node) => (node.spec.ipam?.podCIDRs ?? []).map(parseCidr));
  const next = (): string | undefined => {
    for (const pool of pools)
      for (let i = 0; i < 2 ** (bits - pool.bits); i++) {
        const block = parseCidr(`${formatAddress(pool.base + i * 2 ** (32 - bits))}/${bits}`);
        if (taken.some((other) => overlaps(other, block))) continue;
        taken.push(block);
        return formatCidr(block);
      }
    return undefined;
  };
  for (const node of api.list(ciliumNodes)) {
    if (node.spec.ipam?.podCIDRs?.length) continue;
    const podCidr = next();
    if (podCidr)
      api.modify(ciliumNodes, undefined, node.metadata.name, ({ spec }) => void (spec.ipam = { ...spec.ipam, podCIDRs: [podCidr] }));
    else
      api.modify(
        ciliumNodes,
        undefined,
        node.metadata.name,
        (copy) => void (copy.status = { ipam: { 'operator-status': { error: 'allocator full' } } }),
        { subresource: 'status' },
      );
  }
}

/** Condition and taint of each node whose agent is ready. */
function markNodes({ api, clock }: ContainerContext, namespace: string, config: CiliumConfig): void {
  const taint = config['agent-not-ready-taint-key'] ?? 'node.cilium.io/agent-not-ready';
  for (const pod of api.list(pods, { namespace, labelSelector: 'k8s-app=cilium' })) {
    const node = pod.spec?.nodeName;
    if (!node || !pod.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True')) continue;
    const known = api.get(nodes, undefined, node);
    if (!known) continue;
    if (config['set-cilium-is-up-condition'] !== 'false')
      setNodeCondition(api, node, 'NetworkUnavailable', 'False', 'CiliumIsUp', 'Cilium is running on this node', rfc3339(clock.now()));
    if (config['remove-cilium-node-taints'] !== 'false' && known.spec?.taints?.some(({ key }) => key === taint))
      api.modify(nodes, undefined, node, ({ spec }) => void (spec!.taints = spec!.taints!.filter(({ key }) => key !== taint)));
  }
}

/** Deletes kube-dns pods that Cilium does not manage, on nodes where it runs (fault 8). */
function restartUnmanaged(context: ContainerContext, restarted: Map<string, number>): void {
  const { api, clock } = context;
  const managedNodes = new Set(api.list(ciliumNodes).map((node) => node.metadata.name));
  for (const pod of api.list(pods, { labelSelector: 'k8s-app=kube-dns' })) {
    const { name, namespace, deletionTimestamp } = pod.metadata;
    if (pod.spec?.hostNetwork || pod.status?.phase !== 'Running' || deletionTimestamp || !managedNodes.has(pod.spec?.nodeName ?? ''))
      continue;
    if (api.get(ciliumEndpoints, namespace, name)) continue;
    const last = restarted.get(`${namespace}/${pod.spec?.nodeName}`) ?? -Infinity;
    if (clock.now() - last < restartPauseMs) continue;
    restarted.set(`${namespace}/${pod.spec?.nodeName}`, clock.now());
    context.log(`level=info msg="Restarting unmanaged pod" podName=${namespace}/${name}`);
    api.delete(pods, namespace, name);
  }
}
