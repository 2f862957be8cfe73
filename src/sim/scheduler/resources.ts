import { quantityToNumber, tryParseQuantity } from '../../kube/quantity.ts';
import type { Container, Pod, PodSpec } from '../../kube/types.ts';

/** Amounts by resource name, in the units of their quantities (cores, bytes, pieces). */
export type Amounts = Readonly<Record<string, number>>;

const parsed = new Map<string, number>();

/** The few texts that clusters use are parsed once. */
export function amount(text: string | number): number {
  const key = String(text);
  let value = parsed.get(key);
  if (value === undefined) {
    const quantity = tryParseQuantity(text);
    value = quantity ? quantityToNumber(quantity) : 0;
    if (parsed.size < 10_000) parsed.set(key, value);
  }
  return value;
}

export const amounts = (quantities: Record<string, string> | undefined): Record<string, number> =>
  Object.fromEntries(Object.entries(quantities ?? {}).map(([name, text]) => [name, amount(text)]));

function add(into: Record<string, number>, more: Amounts): Record<string, number> {
  for (const [name, value] of Object.entries(more)) into[name] = (into[name] ?? 0) + value;
  return into;
}

function raise(into: Record<string, number>, least: Amounts): void {
  for (const [name, value] of Object.entries(least)) into[name] = Math.max(into[name] ?? 0, value);
}

const requestsOf = (container: Container): Amounts => amounts(container.resources?.requests);

/** PodRequests: containers and sidecars together, or an init container beside the sidecars before it, if that is more. */
export function podRequests(spec: PodSpec | undefined): Record<string, number> {
  const total: Record<string, number> = {};
  for (const container of spec?.containers ?? []) add(total, requestsOf(container));
  const sidecars: Record<string, number> = {};
  const initial: Record<string, number> = {};
  for (const container of spec?.initContainers ?? []) {
    const requests = requestsOf(container);
    if (container.restartPolicy === 'Always') raise(initial, add(sidecars, requests));
    else raise(initial, add({ ...requests }, sidecars));
  }
  raise(add(total, sidecars), initial);
  return add(total, amounts(spec?.overhead));
}

/** `protocol/port` of every host port, for a host address each. */
export const hostPorts = (pod: Pod): string[] =>
  (pod.spec?.containers ?? []).flatMap((container) =>
    (container.ports ?? [])
      .filter((port) => port.hostPort)
      .map((port) => `${port.protocol ?? 'TCP'}/${port.hostPort}/${port.hostIP ?? ''}`),
  );
