import type { Pod } from '../../../kube/types.ts';
import { CniError, type CniPlugin } from '../../net/cni.ts';
import type { CniName } from '../../net/network.ts';
import type { Machine } from '../machine.ts';

const configFolder = '/etc/cni/net.d';
const binFolder = '/opt/cni/bin';

/** What containerd says of a node without a CNI configuration. */
export const notInitialized =
  'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized';

/** The type of the first plugin of the first configuration, in lexicographic order; undefined where there is none. */
export function chosenPlugin(machine: Machine): string | undefined {
  if (!machine.files.exists(configFolder)) return undefined;
  for (const { path, directory } of machine.files.list(configFolder)) {
    if (directory || !/\.(conf|conflist|json)$/.test(path)) continue;
    const type = pluginType(machine.files.read(path));
    // Only the first file counts: containerd does not fall back to the next one.
    return type;
  }
  return undefined;
}

function pluginType(text: string): string | undefined {
  try {
    const config = JSON.parse(text) as { type?: string; plugins?: { type?: string }[] };
    return config.plugins?.[0]?.type ?? config.type;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export interface Attachment {
  ip: string;
  device: string;
  cni: CniName;
  plugin: string;
}

/** CNI ADD. Throws CniError with the text that containerd passes on. */
export function attach(machine: Machine, pod: Pod, find: (type: string) => CniPlugin | undefined): Attachment {
  const type = chosenPlugin(machine);
  if (type === undefined) throw new CniError('cni plugin not initialized');
  const plugin = machine.files.exists(`${binFolder}/${type}`) ? find(type) : undefined;
  if (!plugin) throw new CniError(`failed to find plugin "${type}" in path [${binFolder}]`);
  try {
    return { cni: plugin.cni, ...plugin.add(machine, pod), plugin: type };
  } catch (error) {
    if (error instanceof CniError) throw new CniError(`plugin type="${type}" failed (add): ${error.message}`, { cause: error });
    throw error;
  }
}
