import { rfc3339, rfc3339Micro } from '../../../base/clock.ts';
import { deepEqual } from '../../../kube/json.ts';
import { leases, nodes } from '../../../kube/resources.ts';
import { isNotFound } from '../../../kube/status.ts';
import type { Node } from '../../../kube/types.ts';
import { kubernetesVersion } from '../node-files.ts';
import { chosenPlugin, notInitialized } from './cni.ts';
import type { KubeletContext } from './context.ts';
import type { ImageStore } from './image-store.ts';

type NodeStatus = NonNullable<Node['status']>;
type NodeCondition = NonNullable<NodeStatus['conditions']>[number];

const cpus = '2';
const memoryKi = 24_646_520;
/** kubelet's nodeStatusReportFrequency: an unchanged status is written this often. */
const reportMs = 300_000;

const capacity = { cpu: cpus, 'ephemeral-storage': '102624184Ki', 'hugepages-2Mi': '0', memory: `${memoryKi}Ki`, pods: '110' };

/** Registers its Node, keeps its Lease and its status. */
export class NodeReporter {
  readonly #kubelet: KubeletContext;
  readonly #images: ImageStore;
  #reported = 0;

  constructor(kubelet: KubeletContext, images: ImageStore) {
    this.#kubelet = kubelet;
    this.#images = images;
  }

  register(): Node {
    const { api, machine } = this.#kubelet;
    const known = api.get(nodes, undefined, machine.name);
    if (known) return known;
    const controlPlane = machine.role === 'control-plane';
    const platform = (prefix: string) => ({ [`${prefix}kubernetes.io/arch`]: 'amd64', [`${prefix}kubernetes.io/os`]: 'linux' });
    const cidr = machine.podCidr;
    return api.create(nodes, {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name: machine.name,
        labels: {
          ...platform('beta.'),
          ...platform(''),
          'kubernetes.io/hostname': machine.name,
          ...(controlPlane && {
            'node-role.kubernetes.io/control-plane': '',
            'node.kubernetes.io/exclude-from-external-load-balancers': '',
          }),
        },
        annotations: { 'node.alpha.kubernetes.io/ttl': '0', 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
      },
      spec: {
        providerID: `kind://docker/${machine.name.replace(/-(control-plane|worker)\d*$/, '')}/${machine.name}`,
        ...(cidr && { podCIDR: cidr, podCIDRs: [cidr] }),
        ...(controlPlane && { taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] }),
      },
      status: this.#status(undefined),
    });
  }

  /** Writes the status where it has changed, or when it is due. A Node that somebody deleted is registered again. */
  report(): void {
    const { api, clock, machine } = this.#kubelet;
    const now = clock.now();
    const node = api.get(nodes, undefined, machine.name) ?? this.register();
    const status = this.#status(node);
    const changed = !deepEqual(timeless(status), timeless(node.status ?? {}));
    if (!changed && now - this.#reported < reportMs) return;
    this.#reported = now;
    api.modify(nodes, undefined, machine.name, (copy) => void (copy.status = status), { subresource: 'status' });
  }

  renewLease(): void {
    const { api, clock, machine } = this.#kubelet;
    const renewTime = rfc3339Micro(Math.floor(clock.now()));
    try {
      api.modify(leases, 'kube-node-lease', machine.name, (lease) => void (lease.spec = { ...lease.spec, renewTime }));
    } catch (error) {
      if (!isNotFound(error)) throw error;
      const uid = api.get(nodes, undefined, machine.name)?.metadata.uid;
      api.create(leases, {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: {
          name: machine.name,
          namespace: 'kube-node-lease',
          ...(uid && { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: machine.name, uid }] }),
        },
        spec: { holderIdentity: machine.name, leaseDurationSeconds: 40, renewTime },
      });
    }
  }

  #status(node: Node | undefined): NodeStatus {
    const { machine, clock } = this.#kubelet;
    const now = rfc3339(Math.floor(clock.now()));
    const before = node?.status;
    // Extended resources that somebody has told the node to have.
    const extended = Object.entries(before?.capacity ?? {}).filter(([name]) => name.includes('/'));
    const has = { ...Object.fromEntries(extended), ...capacity };
    return {
      ...before,
      addresses: [
        { type: 'InternalIP', address: machine.address },
        { type: 'Hostname', address: machine.name },
      ],
      capacity: has,
      allocatable: has,
      conditions: this.#conditions(before?.conditions ?? [], now),
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      images: this.#images.list(),
      nodeInfo: {
        architecture: 'amd64',
        bootID: machine.bootId,
        containerRuntimeVersion: 'containerd://2.4.2',
        kernelVersion: '6.18.0',
        kubeProxyVersion: '',
        kubeletVersion: kubernetesVersion,
        machineID: machine.bootId.replaceAll('-', ''),
        operatingSystem: 'linux',
        osImage: 'Debian GNU/Linux 12 (bookworm)',
        systemUUID: before?.nodeInfo?.systemUUID ?? machine.bootId,
      },
    };
  }

  #conditions(before: NodeCondition[], now: string): NodeCondition[] {
    const ready = chosenPlugin(this.#kubelet.machine) !== undefined;
    const own: [type: string, status: boolean, reason: string, message: string][] = [
      ['MemoryPressure', false, 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
      ['DiskPressure', false, 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
      ['PIDPressure', false, 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
      ['Ready', ready, ready ? 'KubeletReady' : 'KubeletNotReady', ready ? 'kubelet is posting ready status' : notInitialized],
    ];
    const made = own.map(([type, truth, reason, message]) => {
      const status = truth ? 'True' : 'False';
      const old = before.find((c) => c.type === type);
      return {
        type,
        status,
        lastHeartbeatTime: now,
        lastTransitionTime: old?.status === status ? old.lastTransitionTime! : now,
        reason,
        message,
      };
    });
    return [...before.filter(({ type }) => !own.some(([mine]) => mine === type)), ...made];
  }
}

const timeless = (status: NodeStatus): unknown => ({
  ...status,
  conditions: (status.conditions ?? []).map(({ lastHeartbeatTime: _, ...rest }) => rest),
});
