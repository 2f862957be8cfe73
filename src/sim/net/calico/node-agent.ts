import { rfc3339, sleep } from '../../../base/clock.ts';
import { deepEqual } from '../../../kube/json.ts';
import { nodes, pods } from '../../../kube/resources.ts';
import type { ContainerContext, ImageBehaviour } from '../../node/image.ts';
import { every, FatalError, healthEndpoint, onEnd, Resync, runMain } from '../agent.ts';
import { releaseTables } from '../devices.ts';
import { setNodeCondition } from '../node-condition.ts';
import { detectAddress, interfacesAnnotation } from './autodetection.ts';
import { installCni, nodenamePath } from './cni-files.ts';
import { Felix, felixReady, setFelixReady } from './felix.ts';
import { addressAnnotation, tunnelAnnotation } from './peers.ts';
import { createDefaults } from './defaults.ts';
import { group, ipPools } from './resources.ts';

/** Milliseconds from the process's start, when it writes the node's address, to a working data plane. */
const startMs = 3500;
/** How often monitor-addresses looks for another address. Real Calico: 60 s; recorded on all nodes at once, within seconds of cilium_host. */
const monitorMs = 2000;
/** A tunnel that moves while Felix runs makes it start over; recorded: 12 to 16 s without cross-node traffic. */
const moveMs = { least: 11_500, spread: 2500 };

/** docker.io/calico/node: addresses of the node, VXLAN device, routes and rules. Its init containers share the image. */
export const calicoNode: ImageBehaviour = {
  images: ['docker.io/calico/node', 'quay.io/calico/node'],
  startupMs: 300,
  start(context) {
    if (context.container.name === 'calico-node') runMain(context, () => run(context));
  },
  programs: {
    'calico-node': (io, context) => {
      const asked = io.argv.filter((word) => word.startsWith('-'));
      if (asked.includes('-v')) io.stdout('v3.32.1\n');
      if (!asked.some((word) => word.endsWith('-ready')) || felixReady(context.machine)) return 0;
      io.stderr('calico/node is not ready: felix is not ready\n');
      return 1;
    },
  },
};

/** docker.io/calico/cni: the init containers upgrade-ipam and install-cni. */
export const calicoCni: ImageBehaviour = {
  images: ['docker.io/calico/cni', 'quay.io/calico/cni'],
  start(context) {
    if (context.container.name !== 'install-cni') return;
    const { metadata, spec } = context.pod();
    const { machine, api, env } = context;
    const serviceAccount = spec?.serviceAccountName ?? 'calico-node';
    installCni({ machine, api, env, namespace: metadata.namespace ?? 'kube-system', serviceAccount });
    context.log(`Created /host/etc/cni/net.d/${env['CNI_CONF_NAME'] ?? '10-calico.conflist'}`);
  },
};

async function run(context: ContainerContext): Promise<void> {
  const { machine, api, clock, signal } = context;
  let ready = context.resumed;
  if (!ready) context.setHealthy(false, 'calico/node is not ready: felix is not ready');
  context.listen(
    9099,
    healthEndpoint(() => ready),
  );
  while (!api.resource(group, 'ipamblocks')) await sleep(clock, 500, signal);
  const felix = new Felix(machine, api, context.random);
  if (!annotateAddress(context)) throw new FatalError(`Couldn't autodetect an IPv4 address. method=${methodOf(context)}`);
  createDefaults(context);
  annotate(context, { [tunnelAnnotation]: felix.tunnelAddress() });
  machine.files.write(nodenamePath, machine.name);
  if (!context.resumed) await sleep(clock, startMs, signal);
  setNodeCondition(api, machine.name, 'NetworkUnavailable', 'False', 'CalicoIsUp', 'Calico is running on this node', rfc3339(clock.now()));
  felix.placeTunnel(true);
  felix.follow();
  onEnd(signal, () => releaseTables(machine));
  felix.sync();
  ready = true;
  setFelixReady(machine, true);
  onEnd(signal, () => setFelixReady(machine, false));
  context.setHealthy(true);
  context.log('felix/int_dataplane.go: Completed first update to dataplane.');
  follow(context, felix);
}

/** Keeps the data plane as the API and the node's devices say. */
function follow(context: ContainerContext, felix: Felix): void {
  const { machine, api, clock, signal } = context;
  let moving: (() => void) | undefined;
  const sync = new Resync(context, () => {
    if (!machine.running) return;
    if (felix.moved && !moving) {
      context.log('felix/daemon.go: Felix starts over because the parent device of vxlan.calico changed');
      moving = clock.after(moveMs.least + context.random() * moveMs.spread, () => {
        moving = undefined;
        felix.placeTunnel(true);
        felix.sync();
      });
    }
    felix.placeTunnel(!moving);
    felix.sync();
  });
  const workloads = new Resync(context, () => {
    if (machine.running) felix.syncWorkloads();
  });
  onEnd(
    signal,
    () => moving?.(),
    api.watch(
      nodes,
      ({ object, previous }) => {
        if (!deepEqual(object.metadata.annotations, previous?.metadata.annotations)) sync.request();
      },
      { field: 'metadata.name', value: machine.name },
    ),
    api.watch(ipPools, sync.request),
    api.watch(pods, workloads.request, { field: 'spec.nodeName', value: machine.name }),
  );
  every(context, monitorMs, () => {
    if (machine.running && annotateAddress(context)) sync.request();
  });
}

const methodOf = ({ env }: ContainerContext): string => env['IP_AUTODETECTION_METHOD'] || 'first-found';

/** Writes the detected address to the node; false where none was found. */
function annotateAddress(context: ContainerContext): boolean {
  const { api, env, machine } = context;
  const fixed = env['IP'] && env['IP'] !== 'autodetect' ? env['IP'] : undefined;
  const internalIp = api.get(nodes, undefined, machine.name)?.status?.addresses?.find((address) => address.type === 'InternalIP')?.address;
  const detected = fixed ?? detectAddress(machine, methodOf(context), internalIp ?? machine.address);
  if (!detected) return false;
  const known = api.get(nodes, undefined, machine.name)?.metadata.annotations?.[addressAnnotation];
  if (known && known !== detected) context.log(`Using autodetected IPv4 address ${detected}, was ${known}`);
  annotate(context, { [addressAnnotation]: detected, 'projectcalico.org/Interfaces': interfacesAnnotation(machine) });
  return true;
}

function annotate({ api, machine }: ContainerContext, annotations: Record<string, string | undefined>): void {
  const known = api.get(nodes, undefined, machine.name)?.metadata.annotations;
  if (Object.entries(annotations).every(([key, value]) => known?.[key] === value)) return;
  api.modify(nodes, undefined, machine.name, ({ metadata }) => {
    metadata.annotations ??= {};
    for (const [key, value] of Object.entries(annotations)) if (value !== undefined) metadata.annotations[key] = value;
  });
}
