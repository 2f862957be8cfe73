import type { Container, Probe } from '../../../kube/types.ts';
import type { ConnectResult } from '../../net/network.ts';
import type { KubeletContext } from './context.ts';

/** A hook's request, from the kubelet's own network namespace. */
export function httpGetFrom(
  { network, machine }: KubeletContext,
  container: Container,
  podIp: string,
  { host = podIp, port, path = '/', httpHeaders = [] }: NonNullable<Probe['httpGet']>,
): ConnectResult {
  const headers = Object.fromEntries(httpHeaders.map(({ name, value }) => [name.toLowerCase(), value]));
  return network().connect({
    from: { node: machine.name },
    host,
    port: typeof port === 'number' ? port : (container.ports?.find(({ name }) => name === port)?.containerPort ?? Number(port)),
    http: { method: 'GET', path: path.startsWith('/') ? path : `/${path}`, headers: { 'user-agent': 'kube-lifecycle/1.36', ...headers } },
  });
}
