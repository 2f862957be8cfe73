import { configMaps, nodes } from '../../../kube/resources.ts';
import { matchesLabelSelector } from '../../../kube/selectors.ts';
import type { ApiClient } from '../../api/client.ts';
import type { Machine } from '../../node/machine.ts';
import { FatalError } from '../agent.ts';
import { ciliumNodeConfigs, group } from './resources.ts';

export type CiliumConfig = Readonly<Record<string, string>>;

const slot = 'cilium.config';

/** ConfigMap cilium-config; FatalError where it is missing. */
export const clusterConfig = (api: ApiClient, namespace: string): CiliumConfig => {
  const map = api.get(configMaps, namespace, 'cilium-config');
  if (!map) throw new FatalError(`failed to start: configmaps "cilium-config" not found in namespace ${namespace}`);
  return map.data ?? {};
};

/**
 * The agent's options on a node: the ConfigMap, then each CiliumNodeConfig that selects the node, by name. As
 * `cilium-dbg build-config` does it, they are read once for an agent pod: a restarted container keeps them.
 */
export const agentConfig = (api: ApiClient, machine: Machine, namespace: string, podUid: string): CiliumConfig => {
  const known = machine.kernel.get<{ podUid: string; config: CiliumConfig }>(slot);
  if (known?.podUid === podUid) return known.config;
  const labels = api.get(nodes, undefined, machine.name)?.metadata.labels ?? {};
  const overrides = api.resource(group, ciliumNodeConfigs.plural) ? api.list(ciliumNodeConfigs, { namespace }) : [];
  const config = Object.assign(
    {},
    clusterConfig(api, namespace),
    ...[...overrides]
      .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
      .filter((override) => matchesLabelSelector(labels, override.spec.nodeSelector))
      .map((override) => override.spec.defaults ?? {}),
  ) as CiliumConfig;
  machine.kernel.set(slot, { podUid, config });
  return config;
};

/** What the agent on this machine runs with; undefined before its first start. */
export const runningConfig = (machine: Machine): CiliumConfig | undefined => machine.kernel.get<{ config: CiliumConfig }>(slot)?.config;

export const isTrue = (config: CiliumConfig, key: string): boolean => config[key] === 'true';
