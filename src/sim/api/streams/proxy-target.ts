import { badRequest, notFound, StatusError } from '../../../kube/status.ts';
import type { EndpointSlice, Pod, Service } from '../../../kube/types.ts';
import type { Call } from '../http/resource.ts';

export interface ProxyTarget {
  address: string;
  port: number;
}

const kubeletPort = 10250;

/** Where a proxy request goes: `[SCHEME:]NAME[:PORT]` of a pod, a service or a node, resolved as the API server does. */
export function proxyTarget(call: Call): ProxyTarget {
  const { name, port } = split(call.path.name!, call.definition.singular);
  switch (call.definition.plural) {
    case 'pods':
      return podTarget(call, name, port);
    case 'services':
      return serviceTarget(call, name, port);
    default:
      return nodeTarget(call, name, port);
  }
}

function split(text: string, kind: string): { name: string; port: string } {
  const parts = text.split(':');
  const wrong = parts.length > 3 || (parts.length === 3 && parts[0] !== 'http' && parts[0] !== 'https' && parts[0] !== '');
  if (wrong) throw badRequest(`invalid ${kind} request ${JSON.stringify(text)}`);
  const [name = '', port = ''] = parts.length === 3 ? parts.slice(1) : parts;
  return { name, port };
}

function podTarget({ context, definition, path }: Call, name: string, port: string): ProxyTarget {
  const pod = context.core.store.get('/pods', `${path.namespace}/${name}`) as Pod | undefined;
  if (!pod) throw notFound(definition, name);
  const address = pod.status?.podIP;
  if (!address) throw badRequest('address not allowed');
  const ports = pod.spec!.containers.flatMap((container) => container.ports ?? []);
  return { address, port: Number(port) || ports[0]?.containerPort || 80 };
}

function serviceTarget({ context: { core }, definition, path }: Call, name: string, port: string): ProxyTarget {
  const service = core.store.get('/services', `${path.namespace}/${name}`) as Service | undefined;
  if (!service) throw notFound(definition, name);
  const ports = service.spec?.ports ?? [];
  const wanted = port === '' ? (ports.length === 1 ? ports[0] : undefined) : ports.find((p) => p.name === port || String(p.port) === port);
  if (!wanted) throw unavailable(`no service port ${port} found for service ${JSON.stringify(name)}`);
  const slices = (core.store.list('discovery.k8s.io/endpointslices', path.namespace) as EndpointSlice[]).filter(
    ({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name,
  );
  if (slices.length === 0) throw notFound(definition, name);
  const targets = slices.flatMap((slice) => {
    const found = slice.ports?.find((p) => (p.name ?? '') === (wanted.name ?? ''))?.port;
    if (found === undefined) return [];
    const ready = (slice.endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false);
    return ready.flatMap(({ addresses }) => addresses.map((address) => ({ address, port: found })));
  });
  const target = targets[Math.floor(core.random() * targets.length)];
  if (!target) throw unavailable(`no endpoints available for service ${JSON.stringify(name)}`);
  return target;
}

function nodeTarget({ context, definition }: Call, name: string, port: string): ProxyTarget {
  const node = context.core.store.get('/nodes', name) as { status?: { addresses?: { type: string; address: string }[] } } | undefined;
  if (!node) throw notFound(definition, name);
  const address = node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
  if (!address) throw unavailable(`no preferred addresses found; known addresses: []`);
  return { address, port: Number(port) || kubeletPort };
}

const unavailable = (message: string) => new StatusError(503, 'ServiceUnavailable', message);
