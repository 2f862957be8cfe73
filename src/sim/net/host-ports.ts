import type { Pod } from '../../kube/types.ts';
import type { Machine } from '../node/machine.ts';
import { datapathOf } from './cilium/datapath.ts';
import { runningConfig } from './cilium/config.ts';
import type { Sandbox, SandboxTable } from './network.ts';

/** Where a node's port leads. */
export interface HostPort {
  ip: string;
  port: number;
}

const ended = new Set(['Succeeded', 'Failed']);

/**
 * Ports of nodes that pods ask for by `hostPort`. Calico's and kindnet's conflists chain the portmap plugin; Cilium maps them
 * by its kube-proxy replacement or by `cni.chainingMode: portmap`, and otherwise nobody does (cilium#38083).
 */
export class HostPorts {
  readonly #sandboxes: SandboxTable;
  readonly #ports = new Map<string, { uid: string; port: number }>();

  constructor(sandboxes: SandboxTable) {
    this.#sandboxes = sandboxes;
  }

  follow({ metadata, spec, status }: Pod, deleted: boolean): void {
    if (spec?.hostNetwork || !spec?.nodeName) return;
    for (const container of spec.containers) {
      for (const { hostPort, containerPort, protocol = 'TCP' } of container.ports ?? []) {
        if (!hostPort) continue;
        const key = `${spec.nodeName} ${hostPort}/${protocol}`;
        if (!deleted && !ended.has(status?.phase ?? '')) this.#ports.set(key, { uid: metadata.uid, port: containerPort });
        else if (this.#ports.get(key)?.uid === metadata.uid) this.#ports.delete(key);
      }
    }
  }

  find(machine: Machine, port: number, protocol: string): HostPort | undefined {
    if (this.#ports.size === 0) return undefined;
    const known = this.#ports.get(`${machine.name} ${port}/${protocol}`);
    const sandbox = known && this.#sandboxes.byUid(known.uid);
    return sandbox && isMapped(machine, sandbox) ? { ip: sandbox.ip, port: known.port } : undefined;
  }
}

const isMapped = (machine: Machine, { cni }: Sandbox): boolean =>
  (cni !== 'cilium' && cni !== 'netkit') ||
  datapathOf(machine)?.kubeProxyReplacement === true ||
  runningConfig(machine)?.['cni-chaining-mode'] === 'portmap';
