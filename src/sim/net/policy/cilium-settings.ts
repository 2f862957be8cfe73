import type { CiliumSettings } from '../../../netpol/evaluate/settings.ts';
import { defaultSettings } from '../../../netpol/evaluate/settings.ts';
import type { Machine } from '../../node/machine.ts';
import { isTrue, runningConfig, type CiliumConfig } from '../cilium/config.ts';

const known = new WeakMap<CiliumConfig, CiliumSettings>();

/** What policies mean to the agent of a node: as it was configured when it was last started. */
export const policySettings = (machine: Machine): CiliumSettings => {
  const config = runningConfig(machine);
  if (!config) return defaultSettings;
  let settings = known.get(config);
  if (!settings) known.set(config, (settings = settingsOf(config)));
  return settings;
};

const modes = ['default', 'always', 'never'] as const;

const settingsOf = (config: CiliumConfig): CiliumSettings => ({
  cidrMatchesNodes: (config['policy-cidr-match-mode'] ?? '').split(/[\s,]+/).includes('nodes'),
  localhostByPolicy: config['allow-localhost'] === 'policy',
  sctp: isTrue(config, 'enable-sctp'),
  hostFirewall: isTrue(config, 'enable-host-firewall'),
  tunnelPort: Number(config['tunnel-port'] || defaultSettings.tunnelPort),
  enforcement: modes.find((mode) => mode === config['enable-policy']?.toLowerCase()) ?? 'default',
});
