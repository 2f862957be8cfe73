import { isDeepStrictEqual } from 'node:util';
import * as r from '../../kube/resources.ts';
import { matchesLabelSelector } from '../../kube/selectors.ts';
import type { Pod, Service } from '../../kube/types.ts';
import type { ApiClient, WatchEvent } from '../api/client.ts';
import type { CoreContext } from './core-context.ts';
import { keyOf } from './manager.ts';
import { isReady, isTerminal } from './pods.ts';

export interface PortSpec {
  name: string;
  port: number;
  protocol: string;
  appProtocol?: string;
}

/** Whether endpoints are ours to write: services without a selector have theirs written by hand. */
export const hasSelector = (service: Service): boolean =>
  Boolean(service.spec?.selector && Object.keys(service.spec.selector).length > 0) && service.spec?.type !== 'ExternalName';

const selects = (service: Service, pod: Pod): boolean =>
  hasSelector(service) && matchesLabelSelector(pod.metadata.labels, { matchLabels: service.spec!.selector! });

/** The services that a pod's change matters to: by labels before or after, and only for what endpoints show. */
export function* servicesOf(api: ApiClient, { object, previous, type }: WatchEvent<Pod>): Generator<string> {
  if (type === 'MODIFIED' && previous && isDeepStrictEqual(shown(object), shown(previous))) return;
  for (const service of api.list(r.services, { namespace: object.metadata.namespace! })) {
    if (selects(service, object) || (previous && selects(service, previous))) yield keyOf(service);
  }
}

const shown = (pod: Pod) => [
  pod.metadata.labels,
  pod.metadata.deletionTimestamp === undefined,
  pod.status?.podIP,
  isReady(pod),
  isTerminal(pod),
  pod.spec?.nodeName,
];

/** Selected pods that have an address and have not ended. */
export function* podsOf({ pods }: CoreContext, service: Service): Generator<Pod> {
  for (const pod of pods.by('namespace', service.metadata.namespace!)) {
    if (selects(service, pod) && pod.status?.podIP && !isTerminal(pod)) yield pod;
  }
}

/** The service's ports with a pod's numbers; a named port that the pod lacks is left out. */
export function portsOn(service: Service, pod: Pod): PortSpec[] {
  return (service.spec?.ports ?? []).flatMap(({ name = '', port, targetPort, protocol = 'TCP', appProtocol }) => {
    const number = typeof targetPort === 'string' ? namedPort(pod, targetPort, protocol) : targetPort || port;
    return number === undefined ? [] : [{ name, port: number, protocol, ...(appProtocol && { appProtocol }) }];
  });
}

function namedPort(pod: Pod, name: string, protocol: string): number | undefined {
  if (/^\d+$/.test(name)) return Number(name);
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? []).filter((c) => c.restartPolicy === 'Always')];
  for (const { ports = [] } of containers) {
    const found = ports.find((port) => port.name === name && (port.protocol ?? 'TCP') === protocol);
    if (found) return found.containerPort;
  }
  return undefined;
}

export const targetOf = ({ metadata }: Pod) => ({
  kind: 'Pod',
  namespace: metadata.namespace!,
  name: metadata.name,
  uid: metadata.uid,
});
