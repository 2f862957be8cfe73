import { configMaps, pods } from '../../../kube/resources.ts';
import type { ProgramIo } from '../../node/image.ts';
import { parseFlags, toggle, type FlagSpec } from '../flags.ts';
import { ToolError, type ToolContext } from '../tool.ts';

const name = 'cilium-config';

/** `cilium config view|set|delete` */
export function config(io: ProgramIo, context: ToolContext, argv: readonly string[], common: Record<string, FlagSpec>): void {
  const flags = parseFlags(argv, { ...common, restart: toggle('r') });
  const namespace = flags.value('namespace') ?? 'kube-system';
  const [verb, key, value] = flags.args;
  if (verb === 'view') {
    const data = context.api.get(configMaps, namespace, name)?.data;
    if (!data) throw new ToolError(`Unable to view configuration: unable get ConfigMap ${name}: configmaps "${name}" not found`);
    const lines = Object.entries(data).toSorted(([a], [b]) => a.localeCompare(b));
    return io.stdout(lines.map(([one, set]) => `${one.padEnd(50)}${set}\n`).join(''));
  }
  if (!key || (verb !== 'set' && verb !== 'delete') || (verb === 'set' && value === undefined)) {
    throw new ToolError(`unknown command "${flags.args.join(' ')}" for "cilium config"; there are view, set KEY VALUE, delete KEY`);
  }
  io.stdout(verb === 'set' ? `✨ Patching ConfigMap ${name} with ${key}=${value}...\n` : `✨ Removing ConfigMap ${name} key ${key}...\n`);
  context.api.modify(configMaps, namespace, name, (map) => {
    const { [key]: _, ...others } = map.data ?? {};
    map.data = verb === 'set' ? { ...others, [key]: value! } : others;
  });
  if (flags.value('restart') === 'false') return io.stdout('⚠️  Restart Cilium pods for configmap changes to take effect\n');
  for (const pod of context.api.list(pods, { namespace, labelSelector: 'k8s-app=cilium' }))
    context.api.delete(pods, namespace, pod.metadata.name);
  io.stdout('♻️  Restarted Cilium pods\n');
}
