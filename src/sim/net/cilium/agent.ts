import { sleep } from '../../../base/clock.ts';
import { deepEqual } from '../../../kube/json.ts';
import { nodes, pods } from '../../../kube/resources.ts';
import type { ContainerContext, ImageBehaviour } from '../../node/image.ts';
import { FatalError, healthEndpoint, onEnd, Resync, runMain } from '../agent.ts';
import { contains, parseAddress, parseCidr } from '../ipv4.ts';
import { installBinary, removeCniConfig, writeCniConfig } from './cni-files.ts';
import { agentConfig, isTrue, type CiliumConfig } from './config.ts';
import { datapathOf, setDatapath, type Datapath } from './datapath.ts';
import { endpointsOf, freeAddress, healthEndpointOf, refreshEndpoints, removeStale, setEndpoints } from './endpoints.ts';
import { deviceMtu, placeDevices, portTaken } from './host-devices.ts';
import { hubble } from './hubble.ts';
import { setAgentRunning } from './plugin.ts';
import { ciliumDbg } from './programs.ts';
import { ciliumEndpoints, ciliumIdentities, ciliumNodes, group, type CiliumNode } from './resources.ts';

/** Milliseconds from the process's start to compiled programs; with the probe's pace this gives the recorded 13 s of a recreated agent. */
const startMs = 8500;
const pollMs = 500;
/** What the configuration and the addresses decide; the rest follows the node's devices and the other nodes. */
type Base = Omit<Datapath, 'mtu' | 'peers'>;

const healthPort = 9879;
const vxlanPort = 8472;
const genevePort = 6081;

/** quay.io/cilium/cilium: the agent, and its init containers by their names. */
export const ciliumAgent: ImageBehaviour = {
  images: ['quay.io/cilium/cilium'],
  startupMs: 300,
  start(context) {
    if (context.container.name === 'cilium-agent') runMain(context, () => run(context));
    if (context.container.name === 'install-cni-binaries') installBinary(context.machine);
  },
  programs: { 'cilium-dbg': ciliumDbg, cilium: ciliumDbg, 'cilium-agent': ciliumDbg, hubble },
};

async function run(context: ContainerContext): Promise<void> {
  const { api, machine, clock, signal, env } = context;
  const { uid, namespace } = context.pod().metadata;
  const config = agentConfig(api, machine, env['CILIUM_K8S_NAMESPACE'] ?? namespace ?? 'kube-system', uid);
  let ready = context.resumed;
  const health = (healthy: boolean, reason?: string) => {
    ready = healthy;
    context.setHealthy(healthy, reason);
  };
  if (!ready) health(false, 'the agent starts');
  context.listen(
    healthPort,
    healthEndpoint(() => ready),
  );
  for (const { plural } of [ciliumNodes, ciliumEndpoints, ciliumIdentities])
    while (!api.resource(group, plural)) await sleep(clock, pollMs, signal);

  const podCidr = await ownPodCidr(context, config);
  const host = hostAddress(context, podCidr);
  const base = datapathFrom(config, podCidr, host);
  const holder = portTaken(machine, base);
  if (holder)
    throw new FatalError(
      `failed to start: setting up vxlan device: bringing up device cilium_vxlan: address already in use (UDP port ${base.tunnelPort} belongs to ${holder.name})`,
    );
  if (!context.resumed) await sleep(clock, startMs, signal);

  program(context, base);
  setAgentRunning(machine, uid);
  onEnd(
    signal,
    () => setAgentRunning(machine, undefined),
    () => {
      if (machine.running) removeCniConfig(machine, config);
    },
  );
  removeStale(api, machine);
  writeCniConfig(machine, config);
  health(true);
  context.log('level=info msg="Initializing daemon finished" subsys=daemon');
  follow(context, config, base);
}

/** Keeps the datapath as the nodes say, identities as the labels say, and the CNI folder to itself. */
function follow(context: ContainerContext, config: CiliumConfig, base: Base): void {
  const { api, machine, signal } = context;
  const sync = new Resync(context, () => {
    if (machine.running) program(context, base);
  });
  const identities = new Resync(context, () => refreshEndpoints(context, machine));
  const cniFolder = new Resync(context, () => {
    if (machine.running) writeCniConfig(machine, config);
  });
  onEnd(
    signal,
    api.watch(ciliumNodes, sync.request),
    api.watch(
      pods,
      ({ type, object, previous }) => {
        if (type === 'MODIFIED' && !deepEqual(object.metadata.labels, previous?.metadata.labels)) identities.request();
      },
      { field: 'spec.nodeName', value: machine.name },
    ),
    machine.files.watch('/etc/cni/net.d', cniFolder.request),
  );
}

/** Writes this node's CiliumNode, waits for the operator to give it a pod CIDR; with ipam `kubernetes` it is the Node's own. */
async function ownPodCidr(context: ContainerContext, config: CiliumConfig): Promise<string> {
  const { api, machine, clock, signal } = context;
  const podCIDRs = config['ipam'] === 'kubernetes' ? api.get(nodes, undefined, machine.name)?.spec?.podCIDRs : undefined;
  ensureNode(context, podCIDRs ? { podCIDRs } : {});
  let told = false;
  for (;;) {
    const podCidr = api.get(ciliumNodes, undefined, machine.name)?.spec.ipam?.podCIDRs?.[0];
    if (podCidr) return podCidr;
    if (!told) context.log('level=info msg="Waiting for IPv4 pod CIDR to be allocated by the operator" subsys=daemon');
    told = true;
    await sleep(clock, pollMs, signal);
  }
}

/** Writes this node's CiliumNode where there is none. */
function ensureNode({ api, machine }: ContainerContext, ipam: CiliumNode['spec']['ipam'] & object): void {
  if (api.get(ciliumNodes, undefined, machine.name)) return;
  const node = api.get(nodes, undefined, machine.name);
  api.create(ciliumNodes, {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNode',
    metadata: {
      name: machine.name,
      labels: { ...node?.metadata.labels },
      ownerReferences: node ? [{ apiVersion: 'v1', kind: 'Node', name: machine.name, uid: node.metadata.uid }] : [],
    },
    spec: { addresses: [{ type: 'InternalIP', ip: machine.address }], encryption: {}, health: {}, ingress: {}, ipam },
  });
}

/** cilium_host keeps its address over restarts and reboots: the CiliumNode remembers it. */
function hostAddress({ api, machine, random }: ContainerContext, podCidr: string): string {
  const known = addressOf(api.get(ciliumNodes, undefined, machine.name), 'CiliumInternalIP');
  const value = parseAddress(known ?? '');
  if (known && value !== undefined && contains(parseCidr(podCidr), value)) return known;
  const free = freeAddress(machine, podCidr, undefined, random);
  if (!free) throw new FatalError(`failed to start: no free address in ${podCidr} for cilium_host`);
  return free;
}

const addressOf = (node: CiliumNode | undefined, type: 'InternalIP' | 'CiliumInternalIP'): string | undefined =>
  node?.spec.addresses?.find((address) => address.type === type)?.ip;

function datapathFrom(config: CiliumConfig, podCidr: string, host: string): Base {
  const tunnel = config['routing-mode'] === 'native' ? 'disabled' : config['tunnel-protocol'] === 'geneve' ? 'geneve' : 'vxlan';
  return {
    podCidr,
    host,
    tunnel,
    tunnelPort: Number(config['tunnel-port'] || (tunnel === 'geneve' ? genevePort : vxlanPort)),
    deviceMode: config['datapath-mode'] === 'netkit' ? 'netkit' : 'veth',
    kubeProxyReplacement: isTrue(config, 'kube-proxy-replacement'),
  };
}

/** Puts devices, routes and maps on the node for the CiliumNodes there are, and this node's addresses into its own. */
function program(context: ContainerContext, base: Base): void {
  const { api, machine, random } = context;
  const peers = api.list(ciliumNodes).flatMap((node) => {
    const podCidr = node.spec.ipam?.podCIDRs?.[0];
    const [address, host] = [addressOf(node, 'InternalIP'), addressOf(node, 'CiliumInternalIP')];
    return node.metadata.name !== machine.name && podCidr && address && host ? [{ podCidr, node: address, host }] : [];
  });
  const datapath: Datapath = { ...base, mtu: deviceMtu(machine), peers };
  if (!deepEqual(datapathOf(machine), datapath)) setDatapath(machine, datapath);
  if (!endpointsOf(machine).some((endpoint) => endpoint.device === 'lxc_health')) {
    const ip = freeAddress(machine, base.podCidr, base.host, random);
    if (ip) setEndpoints(machine, [...endpointsOf(machine), healthEndpointOf(machine, ip, random)]);
  }
  const health = endpointsOf(machine).find((endpoint) => endpoint.device === 'lxc_health');
  placeDevices(machine, datapath, health !== undefined);
  ensureNode(context, { podCIDRs: [base.podCidr] });
  api.modify(ciliumNodes, undefined, machine.name, ({ spec }) => {
    spec.addresses = [
      { type: 'InternalIP', ip: machine.address },
      { type: 'CiliumInternalIP', ip: base.host },
    ];
    spec.health = health ? { ipv4: health.ip } : {};
  });
}
