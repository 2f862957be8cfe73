import { createHash } from 'node:crypto';
import { milliValue, parseQuantity, quantityToNumber } from '../../../kube/quantity.ts';
import type { Container, KubeObject, Pod } from '../../../kube/types.ts';
import type { Store } from '../../store/store.ts';

/** What is used: thousandths of a core, and bytes. */
export interface Usage {
  cpuMilli: number;
  memoryBytes: number;
}

/** The metrics-server's resolution in Kind; figures stay as they are for so long. */
export const windowMs = 15_000;
const mebi = 1024 * 1024;
/** What a container is taken to use that asks for nothing. */
const idle: Usage = { cpuMilli: 2, memoryBytes: 12 * mebi };
/** What a node's own processes are taken to use: the kubelet, containerd. */
const system: Usage = { cpuMilli: 60, memoryBytes: 350 * mebi };

/**
 * A made-up figure, for nothing is computed in a simulated container: about half of what it requests, up to a quarter
 * more or less from window to window. The same container has the same figure in the same window.
 */
export function containerUsage(pod: Pod, { name, resources }: Container, at: number): Usage {
  const { cpu, memory } = resources?.requests ?? {};
  const draw = (of: string) => 0.75 + 0.5 * fraction(`${pod.metadata.uid}/${name}/${of}/${Math.floor(at / windowMs)}`);
  const cpuMilli = cpu === undefined ? idle.cpuMilli : milliValue(parseQuantity(cpu)) / 2;
  const memoryBytes = memory === undefined ? idle.memoryBytes : quantityToNumber(parseQuantity(memory)) / 2;
  return { cpuMilli: Math.max(1, Math.round(cpuMilli * draw('cpu'))), memoryBytes: Math.round(memoryBytes * draw('memory')) };
}

const isRunning = (pod: Pod, container: Container): boolean =>
  pod.status?.containerStatuses?.some(({ name, state }) => name === container.name && state?.running !== undefined) ?? false;

/** Of the containers that run; empty for a pod that does not. */
export const podUsage = (pod: Pod, at: number): { name: string; usage: Usage }[] =>
  pod.status?.phase === 'Running'
    ? pod
        .spec!.containers.filter((container) => isRunning(pod, container))
        .map((c) => ({ name: c.name, usage: containerUsage(pod, c, at) }))
    : [];

export function nodeUsage(store: Store, node: KubeObject, at: number): Usage {
  const total = { ...system };
  for (const pod of store.list('/pods') as Pod[]) {
    if (pod.spec?.nodeName !== node.metadata.name) continue;
    for (const { usage } of podUsage(pod, at)) {
      total.cpuMilli += usage.cpuMilli;
      total.memoryBytes += usage.memoryBytes;
    }
  }
  return total;
}

/** In [0, 1), by the text. */
const fraction = (text: string): number => createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32;
