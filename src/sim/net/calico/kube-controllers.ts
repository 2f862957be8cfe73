import { nodes, pods } from '../../../kube/resources.ts';
import type { ApiClient } from '../../api/client.ts';
import type { ContainerContext, ImageBehaviour } from '../../node/image.ts';
import { every, healthEndpoint, Resync, runMain } from '../agent.ts';
import { sleep } from '../../../base/clock.ts';
import { Ipam } from './ipam.ts';
import { blockAffinities, group, ipamBlocks } from './resources.ts';

const checkMs = 5000;
/** Leaked addresses are given back only when they were leaked for a while (real default: 15 min). */
const leakGraceMs = 15 * 60_000;

/** docker.io/calico/kube-controllers: ready while it reaches the API server; collects what nodes and pods left in the IPAM. */
export const calicoKubeControllers: ImageBehaviour = {
  images: ['docker.io/calico/kube-controllers', 'quay.io/calico/kube-controllers'],
  startupMs: 300,
  start(context) {
    runMain(context, () => run(context));
  },
  programs: {
    'check-status': (io, context) => {
      const failure = datastoreFailure(context);
      if (failure) io.stderr(`${failure}\n`);
      return failure ? 1 : 0;
    },
  },
};

/** Why the API server cannot be reached from the pod; undefined where it can. */
const datastoreFailure = (context: ContainerContext): string | undefined => {
  const from = { podUid: context.pod().metadata.uid };
  const { outcome, reason } = context.network.connect({ from, host: '10.96.0.1', port: 443 });
  return outcome === 'connected' ? undefined : `Error verifying datastore: ${reason}`;
};

async function run(context: ContainerContext): Promise<void> {
  const { api, clock, signal } = context;
  let healthy = false;
  context.listen(
    9440,
    healthEndpoint(() => healthy),
  );
  const check = () => {
    const failure = datastoreFailure(context);
    healthy = failure === undefined;
    context.setHealthy(healthy, failure);
  };
  check();
  every(context, checkMs, check);
  while (!api.resource(group, 'ipamblocks')) await sleep(clock, 500, signal);
  const leakedSince = new Map<string, number>();
  const collect = new Resync(context, () => collectGarbage(context, leakedSince));
  every(context, 60_000, collect.request);
}

function collectGarbage({ api, clock, random }: ContainerContext, leakedSince: Map<string, number>): void {
  const ipam = new Ipam(api, random);
  const known = new Set(api.list(nodes).map((node) => node.metadata.name));
  for (const affinity of api.list(blockAffinities)) {
    if (known.has(affinity.spec.node)) continue;
    for (const block of ipam.blocksOf(affinity.spec.node)) api.delete(ipamBlocks, undefined, block.metadata.name);
    api.delete(blockAffinities, undefined, affinity.metadata.name);
  }
  const leaked = leaks(api);
  for (const handle of leakedSince.keys()) if (!leaked.has(handle)) leakedSince.delete(handle);
  for (const handle of leaked) {
    const since = leakedSince.get(handle) ?? clock.now();
    leakedSince.set(handle, since);
    if (clock.now() - since >= leakGraceMs) ipam.release(handle);
  }
}

/** Handles of pods that are gone, or that have another network's address by now. */
function leaks(api: ApiClient): Set<string> {
  const held = new Map<string, string>();
  for (const pod of api.list(pods)) held.set(`${pod.metadata.namespace}/${pod.metadata.name}`, pod.metadata.uid);
  const handles = api.list(ipamBlocks).flatMap((block) => block.spec.attributes);
  return new Set(
    handles
      .filter(({ handle_id, secondary: { namespace, pod } }) => pod && handle_id !== `k8s-pod-network.${held.get(`${namespace}/${pod}`)}`)
      .map((attribute) => attribute.handle_id),
  );
}
