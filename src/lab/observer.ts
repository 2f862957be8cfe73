import { systemClock, type Cancel } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Cluster, KubeJson, ObjectQuery } from '../cluster/cluster.ts';
import { cniOfAddress, cniOfFolder, poolsOf } from './pools.ts';
import type { NodeView, PodView } from './session-view.ts';

const podQuery: ObjectQuery = { apiVersion: 'v1', kind: 'Pod' };
const nodeQuery: ObjectQuery = { apiVersion: 'v1', kind: 'Node' };
const ipPoolQuery: ObjectQuery = { apiVersion: 'crd.projectcalico.org/v1', kind: 'IPPool' };
const ciliumNodeQuery: ObjectQuery = { apiVersion: 'cilium.io/v2', kind: 'CiliumNode' };

/** How long changes are gathered before the CNI folders are read again, ms, and how often they are read anyway. */
const gatherMs = 250;
const anywayMs = 3000;
/** … and on large clusters less often. */
const perNodeMs = 30;
/** So many nodes are asked at a time. */
const nodesAtOnce = 8;

interface NodeStatus {
  conditions?: { type?: string; status?: string }[];
  addresses?: { type?: string; address?: string }[];
  nodeInfo?: { kubeletVersion?: string };
}
interface PodStatus {
  phase?: string;
  podIP?: string;
  conditions?: { type?: string; status?: string }[];
  containerStatuses?: { restartCount?: number }[];
}

/** Keeps nodes, pods and whose network they are on, for screens. */
export class Observer {
  #cluster: Cluster;
  #onChange: () => void;
  #onTrouble: (message: string) => void;
  #collections = new Map<ObjectQuery, Map<string, KubeJson>>();
  #cnis = new Map<string, string>();
  #timer: Cancel | undefined;
  #reading = false;
  #signal: AbortSignal;

  constructor(cluster: Cluster, options: { signal: AbortSignal; onChange: () => void; onTrouble: (message: string) => void }) {
    this.#cluster = cluster;
    this.#onChange = options.onChange;
    this.#onTrouble = options.onTrouble;
    this.#signal = options.signal;
    for (const query of [podQuery, nodeQuery, ipPoolQuery, ciliumNodeQuery]) this.#follow(query);
    this.#readSoon(0);
    options.signal.addEventListener('abort', () => this.#timer?.(), { once: true });
  }

  /** Pods as last seen. */
  get podObjects(): KubeJson[] {
    return [...this.#collections.get(podQuery)!.values()];
  }

  nodes(): NodeView[] {
    return [...this.#collections.get(nodeQuery)!.values()].map((node) => this.#nodeView(node)).toSorted(byRoleAndName);
  }

  pods(): PodView[] {
    const pools = poolsOf([...this.#collections.get(ipPoolQuery)!.values()], [...this.#collections.get(ciliumNodeQuery)!.values()]);
    return this.podObjects
      .map((pod): PodView => {
        const spec = pod.spec as { nodeName?: string; hostNetwork?: boolean } | undefined;
        const status = (pod.status ?? {}) as PodStatus;
        const ip = status.podIP ?? '';
        return {
          namespace: pod.metadata?.namespace ?? '',
          name: pod.metadata?.name ?? '',
          node: spec?.nodeName ?? '',
          ip,
          phase: pod.metadata?.deletionTimestamp ? 'Terminating' : (status.phase ?? ''),
          ready: isTrue(status.conditions, 'Ready'),
          restarts: (status.containerStatuses ?? []).reduce((sum, c) => sum + (c.restartCount ?? 0), 0),
          cni: spec?.hostNetwork ? 'host' : cniOfAddress(ip, pools),
        };
      })
      .toSorted((a, b) => a.namespace.localeCompare(b.namespace) || a.name.localeCompare(b.name));
  }

  /** Forgets what was seen and lists again: after a restore, when watches may have missed what vanished. */
  async relist(): Promise<void> {
    for (const query of this.#collections.keys()) {
      const objects = await this.#cluster.list(query, this.#signal);
      this.#collections.set(query, new Map(objects.map((object) => [keyOf(object), object])));
    }
    this.#readSoon(0);
    this.#onChange();
  }

  #follow(query: ObjectQuery): void {
    this.#collections.set(query, new Map());
    this.#cluster.watch(
      query,
      ({ type, object }) => {
        const collection = this.#collections.get(query)!;
        if (type === 'DELETED') collection.delete(keyOf(object));
        else collection.set(keyOf(object), object);
        this.#readSoon(gatherMs);
        this.#onChange();
      },
      this.#signal,
    );
  }

  #nodeView(node: KubeJson): NodeView {
    const status = (node.status ?? {}) as NodeStatus;
    const name = node.metadata?.name ?? '';
    return {
      name,
      role: node.metadata?.labels && 'node-role.kubernetes.io/control-plane' in node.metadata.labels ? 'control-plane' : 'worker',
      ready: isTrue(status.conditions, 'Ready'),
      schedulable: (node.spec as { unschedulable?: boolean } | undefined)?.unschedulable !== true,
      version: status.nodeInfo?.kubeletVersion ?? '',
      address: status.addresses?.find((a) => a.type === 'InternalIP')?.address ?? '',
      cni: this.#cnis.get(name) ?? '',
    };
  }

  #readSoon(ms: number): void {
    if (this.#signal.aborted || this.#reading) return;
    this.#timer?.();
    this.#timer = systemClock.after(ms, () => void this.#readFolders());
  }

  async #readFolders(): Promise<void> {
    this.#reading = true;
    try {
      const names = [...this.#collections.get(nodeQuery)!.values()].map((node) => node.metadata?.name ?? '');
      for (let i = 0; i < names.length; i += nodesAtOnce)
        await Promise.all(names.slice(i, i + nodesAtOnce).map((name) => this.#readFolder(name)));
    } finally {
      this.#reading = false;
      this.#readSoon(Math.max(anywayMs, this.#collections.get(nodeQuery)!.size * perNodeMs));
    }
  }

  async #readFolder(node: string): Promise<void> {
    try {
      const result = await this.#cluster.nodeExec(node, ['ls', '-1', '/etc/cni/net.d'], { timeoutMs: 5000, signal: this.#signal });
      const cni = result.exitCode === 0 ? cniOfFolder(result.stdout) : '';
      if (this.#cnis.get(node) === cni) return;
      this.#cnis.set(node, cni);
      this.#onChange();
    } catch (error) {
      // A node that reboots answers nobody; it is asked again.
      if (!this.#signal.aborted) this.#onTrouble(`${node}: ${messageOf(error)}`);
    }
  }
}

const keyOf = (object: KubeJson): string => `${object.metadata?.namespace ?? ''}/${object.metadata?.name ?? ''}`;
const isTrue = (conditions: { type?: string; status?: string }[] | undefined, type: string): boolean =>
  conditions?.find((c) => c.type === type)?.status === 'True';

function byRoleAndName(a: NodeView, b: NodeView): number {
  if (a.role !== b.role) return a.role === 'control-plane' ? -1 : 1;
  return a.name.localeCompare(b.name, 'en', { numeric: true });
}
