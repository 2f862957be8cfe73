import { readFile } from 'node:fs/promises';
import { parseFlags, text, toggle } from '../flags.ts';
import { ToolError, type Tool } from '../tool.ts';

const version = 'kind v0.33.0';

/** `kind get clusters|nodes|kubeconfig` and `kind version`, for the one cluster that the shell belongs to. */
export const kind: Tool = async (io, context) => {
  const flags = parseFlags(io.argv, {
    name: text('n'),
    'all-clusters': toggle('A'),
    internal: toggle(),
    quiet: toggle('q'),
    verbosity: text('v'),
  });
  const [verb, what] = flags.args;
  if (verb === 'version') io.stdout(`${version} (simulated)\n`);
  else if (verb === 'get' && what === 'clusters') io.stdout(`${context.cluster}\n`);
  else if (verb === 'get' && what === 'nodes') {
    const name = flags.value('name') ?? 'kind';
    if (name !== context.cluster && !flags.on('all-clusters')) io.stderr(`No kind nodes found for cluster "${name}".\n`);
    else for (const machine of context.machines()) io.stdout(`${machine.name}\n`);
  } else if (verb === 'get' && what === 'kubeconfig') {
    const name = flags.value('name') ?? 'kind';
    if (name !== context.cluster)
      throw new ToolError(
        `ERROR: could not locate any control plane nodes for cluster named '${name}'. Use the --name option to select a different cluster`,
      );
    io.stdout(await readFile(context.kubeconfigPath, 'utf8'));
  } else throw new ToolError(`ERROR: unknown command "${flags.args.join(' ')}" for "kind"`);
  return 0;
};
