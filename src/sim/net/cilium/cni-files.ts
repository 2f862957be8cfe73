import type { Machine } from '../../node/machine.ts';
import { isTrue, type CiliumConfig } from './config.ts';

const folder = '/etc/cni/net.d';
const binaryBytes = 88_314_018;
/** What the agent says of a configuration that it does not write (`cilium-dbg status`). */
const unmanaged = 'CNI configuration management disabled';

/** `/host/etc/cni/net.d/05-cilium.conflist` as the agent's container sees the node's file. */
const hostPath = (path: string): string => path.replace(/^\/host/, '');

const conflist = (config: CiliumConfig): string => {
  const chained = config['cni-chaining-mode'] ?? 'none';
  const chaining = chained === 'none' ? '' : `       "chaining-mode": "${chained}",\n`;
  const portmap = chained === 'portmap' ? ',\n    {\n      "type": "portmap",\n      "capabilities": {"portMappings": true}\n    }' : '';
  return `
{
  "cniVersion": "0.3.1",
  "name": "cilium",
  "plugins": [
    {
       "type": "cilium-cni",
${chaining}       "enable-debug": ${isTrue(config, 'debug')},
       "log-file": "${config['cni-log-file'] ?? '/var/run/cilium/cilium-cni.log'}"
    }${portmap}
  ]
}`;
};

export const installBinary = (machine: Machine): void =>
  machine.files.write('/opt/cni/bin/cilium-cni', '', { mode: 0o755, size: binaryBytes });

/** Where the agent writes its configuration; undefined where it leaves the folder alone. */
const configPath = (config: CiliumConfig): string | undefined => {
  const path = config['write-cni-conf-when-ready'];
  return path && !isTrue(config, 'custom-cni-conf') ? path : undefined;
};

/** Writes the configuration as the agent does when it is ready, and moves the others aside where it is exclusive. */
export const writeCniConfig = (machine: Machine, config: CiliumConfig): void => {
  const path = configPath(config);
  if (!path) return;
  const text = conflist(config);
  const file = hostPath(path);
  if (!machine.files.exists(file) || machine.files.read(file) !== text) machine.files.write(file, text, { mode: 0o600 });
  if (isTrue(config, 'cni-exclusive')) moveOthersAside(machine, file);
};

const moveOthersAside = (machine: Machine, own: string): void => {
  for (const { path, directory } of machine.files.list(folder))
    if (!directory && path !== own && /\.(conf|conflist|json)$/.test(path)) machine.files.rename(path, `${path}.cilium_bak`);
};

/** What `/cni-uninstall.sh` does at the agent's end. */
export const removeCniConfig = (machine: Machine, config: CiliumConfig): void => {
  const path = configPath(config);
  if (path && isTrue(config, 'cni-uninstall') && machine.files.exists(hostPath(path))) machine.files.remove(hostPath(path));
};

/** Line `CNI Config file` of `cilium-dbg status`. */
export const cniConfigStatus = (machine: Machine, config: CiliumConfig): string => {
  const path = configPath(config);
  if (!path) return unmanaged;
  return machine.files.exists(hostPath(path)) ? `successfully wrote CNI configuration file to ${path}` : `waiting to write ${path}`;
};
