import { configMaps, secrets, services } from '../../../kube/resources.ts';
import type { Container, Pod } from '../../../kube/types.ts';
import type { ApiClient } from '../../api/client.ts';
import { textOfBytes } from '../file-bytes.ts';
import { hostnameOf } from './container-root.ts';
import { allocatableOf, resourceValue } from './resource-field.ts';

/** A container's environment cannot be made: CreateContainerConfigError, with the kubelet's text. */
export class ConfigError extends Error {}

type EnvVar = NonNullable<Container['env']>[number];

/** The environment as the runtime gives it to the process: services, envFrom, env with valueFrom and $(NAME). */
export function environmentOf(
  api: ApiClient,
  pod: Pod,
  container: Container,
  podIp: string,
  node: { name: string; address: string },
): Record<string, string> {
  const env: Record<string, string> = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOSTNAME: hostnameOf(pod, node.name).hostname,
    ...serviceVariables(api, pod),
  };
  for (const source of container.envFrom ?? []) {
    const data = source.configMapRef
      ? configMapData(api, pod, source.configMapRef.name ?? '', source.configMapRef.optional)
      : secretData(api, pod, source.secretRef?.name ?? '', source.secretRef?.optional);
    for (const [key, value] of Object.entries(data ?? {})) env[(source.prefix ?? '') + key] = value;
  }
  for (const variable of container.env ?? []) {
    const value = variable.valueFrom ? valueFrom(api, pod, container, variable.valueFrom, podIp, node) : expand(variable.value ?? '', env);
    if (value !== undefined) env[variable.name] = value;
  }
  return env;
}

/** `$(NAME)` of commands, args and env; `$$(NAME)` stays `$(NAME)`. */
export const expand = (text: string, env: Record<string, string>): string =>
  text.replace(/\$(\$|\(([A-Za-z_][\w.-]*)\))/g, (whole, escaped: string, name: string) => (escaped === '$' ? '$' : (env[name] ?? whole)));

function serviceVariables(api: ApiClient, pod: Pod): Record<string, string> {
  const env: Record<string, string> = {};
  const kubernetes = api.get(services, 'default', 'kubernetes');
  const own = pod.spec?.enableServiceLinks === false ? [] : api.list(services, { namespace: pod.metadata.namespace! });
  for (const service of [...(kubernetes ? [kubernetes] : []), ...own]) {
    const { clusterIP, ports = [] } = service.spec ?? {};
    if (!clusterIP || clusterIP === 'None' || !ports[0]) continue;
    const variable = (text: string) => text.toUpperCase().replaceAll('-', '_');
    const name = variable(service.metadata.name);
    env[`${name}_SERVICE_HOST`] = clusterIP;
    env[`${name}_SERVICE_PORT`] = String(ports[0].port);
    for (const port of ports) if (port.name) env[`${name}_SERVICE_PORT_${variable(port.name)}`] = String(port.port);
    // Docker's links, as containers of old expect them.
    for (const [i, { port, protocol = 'TCP' }] of ports.entries()) {
      const url = `${protocol.toLowerCase()}://${clusterIP}:${port}`;
      const prefix = `${name}_PORT_${port}_${protocol.toUpperCase()}`;
      if (i === 0) env[`${name}_PORT`] = url;
      Object.assign(env, {
        [prefix]: url,
        [`${prefix}_PROTO`]: protocol.toLowerCase(),
        [`${prefix}_PORT`]: String(port),
        [`${prefix}_ADDR`]: clusterIP,
      });
    }
  }
  return env;
}

function valueFrom(
  api: ApiClient,
  pod: Pod,
  container: Container,
  source: NonNullable<EnvVar['valueFrom']>,
  podIp: string,
  node: { name: string; address: string },
): string | undefined {
  if (source.fieldRef) return fieldValue(pod, source.fieldRef.fieldPath, podIp, node);
  if (source.resourceFieldRef) {
    return resourceValue(pod, container, source.resourceFieldRef, allocatableOf({ api, machine: node }));
  }
  const ref = source.configMapKeyRef ?? source.secretKeyRef;
  if (!ref) return '';
  const what = source.configMapKeyRef ? 'ConfigMap' : 'Secret';
  const read = source.configMapKeyRef ? configMapData : secretData;
  const data = read(api, pod, ref.name ?? '', ref.optional);
  if (data?.[ref.key] === undefined && !ref.optional)
    throw new ConfigError(`couldn't find key ${ref.key} in ${what} ${pod.metadata.namespace}/${ref.name}`);
  return data?.[ref.key];
}

/** A downward API field. */
export function fieldValue(pod: Pod, path: string, podIp: string, node: { name: string; address: string }): string {
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (keyed) return pod.metadata[keyed[1] as 'labels' | 'annotations']?.[keyed[2]!] ?? '';
  const lines = (map: Record<string, string> | undefined) =>
    Object.entries(map ?? {})
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
      .join('\n');
  switch (path) {
    case 'metadata.name':
      return pod.metadata.name;
    case 'metadata.namespace':
      return pod.metadata.namespace ?? '';
    case 'metadata.uid':
      return pod.metadata.uid;
    case 'metadata.labels':
      return lines(pod.metadata.labels);
    case 'metadata.annotations':
      return lines(pod.metadata.annotations);
    case 'spec.nodeName':
      return node.name;
    case 'spec.serviceAccountName':
      return pod.spec?.serviceAccountName ?? 'default';
    case 'status.hostIP':
    case 'status.hostIPs':
      return node.address;
    case 'status.podIP':
    case 'status.podIPs':
      return podIp;
    default:
      throw new ConfigError(`unsupported fieldPath: ${path}`);
  }
}

/** Undefined where it is missing and optional. */
export function configMapData(api: ApiClient, pod: Pod, name: string, optional = false): Record<string, string> | undefined {
  const found = api.get(configMaps, pod.metadata.namespace, name);
  if (!found && !optional) throw new ConfigError(`configmap "${name}" not found`);
  return found && { ...found.data, ...decoded(found.binaryData) };
}

export function secretData(api: ApiClient, pod: Pod, name: string, optional = false): Record<string, string> | undefined {
  const found = api.get(secrets, pod.metadata.namespace, name);
  if (!found && !optional) throw new ConfigError(`secret "${name}" not found`);
  return found && decoded(found.data);
}

const decoded = (data: Record<string, string> | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(data ?? {}).map(([key, value]) => [key, textOfBytes(Buffer.from(value, 'base64'))]));
