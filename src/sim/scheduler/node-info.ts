import type { Node, Pod } from '../../kube/types.ts';
import { controllerOf } from '../controllers/owners.ts';
import { amounts, hostPorts, podRequests, type Amounts } from './resources.ts';

interface Placed {
  pod: Pod;
  requests: Amounts;
  ports: readonly string[];
}

/** A node and what is placed on it, summed up so that a pod's fit is seen without looking at the others. */
export class NodeInfo {
  node: Node;
  allocatable: Amounts = {};
  readonly requested: Record<string, number> = {};
  readonly pods = new Map<string, Placed>();
  /** Pods by their controller's uid. */
  readonly replicas = new Map<string, number>();
  readonly #ports = new Map<string, number>();

  constructor(node: Node) {
    this.node = node;
    this.update(node);
  }

  get name(): string {
    return this.node.metadata.name;
  }

  /** One to try changes on. */
  copy(): NodeInfo {
    const copy = new NodeInfo(this.node);
    for (const { pod } of this.pods.values()) copy.add(pod);
    return copy;
  }

  update(node: Node): void {
    this.node = node;
    this.allocatable = amounts(node.status?.allocatable);
  }

  add(pod: Pod): void {
    this.remove(pod);
    const placed = { pod, requests: podRequests(pod.spec), ports: hostPorts(pod) };
    this.pods.set(pod.metadata.uid, placed);
    this.#count(placed, 1);
  }

  remove(pod: Pod): boolean {
    const placed = this.pods.get(pod.metadata.uid);
    if (!placed) return false;
    this.pods.delete(pod.metadata.uid);
    this.#count(placed, -1);
    return true;
  }

  /** Whether another pod holds one of the host ports, at the same address or at all of them. */
  portTaken(wanted: readonly string[]): boolean {
    return wanted.some((port) => {
      if (port.endsWith('/')) return [...this.#ports.keys()].some((used) => used.startsWith(port));
      return this.#ports.has(port) || this.#ports.has(port.slice(0, port.lastIndexOf('/') + 1));
    });
  }

  #count({ pod, requests, ports }: Placed, sign: 1 | -1): void {
    for (const [name, value] of Object.entries(requests)) this.requested[name] = (this.requested[name] ?? 0) + sign * value;
    for (const port of ports) step(this.#ports, port, sign);
    const controller = controllerOf(pod);
    if (controller) step(this.replicas, controller.uid, sign);
  }
}

function step(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
