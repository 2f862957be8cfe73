import type { ProgramIo } from '../../node/image.ts';
import { ChartError } from '../charts/chart.ts';
import { optional, parseDuration, text, toggle, type Flags, type FlagSpec } from '../flags.ts';
import { ToolError, type ToolContext } from '../tool.ts';
import type { ReleaseRequest } from './actions.ts';
import { findChart } from './repositories.ts';
import { userValues, valueFlags } from './values.ts';

/** Flags of every command. */
export const common: Record<string, FlagSpec> = {
  namespace: text('n'),
  'kube-context': text(),
  kubeconfig: text(),
  debug: toggle(),
};
export const chartFlags = { version: text(), repo: text(), devel: toggle() };
export const runFlags = {
  ...chartFlags,
  ...valueFlags,
  'create-namespace': toggle(),
  'dry-run': optional(),
  wait: optional(),
  timeout: text(),
  description: text(),
  output: text('o'),
  'force-conflicts': toggle(),
  'server-side': optional(),
};

export type Run = (io: ProgramIo, context: ToolContext, argv: readonly string[]) => Promise<void> | void;

export const namespaceOf = (flags: Flags) => flags.value('namespace') ?? 'default';

/** What `helm install`, `upgrade` and `template` are asked to do. */
export async function requestOf(
  io: ProgramIo,
  context: ToolContext,
  flags: Flags,
  name: string,
  reference: string,
): Promise<ReleaseRequest> {
  const wait = flags.value('wait');
  const description = flags.value('description');
  return {
    name,
    namespace: namespaceOf(flags),
    source: findChart(context, reference, { version: flags.value('version'), repo: flags.value('repo') }),
    values: await userValues(io, flags),
    createNamespace: flags.on('create-namespace'),
    forceConflicts: flags.on('force-conflicts'),
    dryRun: ![undefined, 'none', 'false'].includes(flags.value('dry-run')),
    ...(wait !== undefined &&
      !['false', 'hookOnly'].includes(wait) && { waitMs: parseDuration(flags.value('timeout') ?? '5m0s', 'timeout') }),
    ...(description !== undefined && { description }),
    signal: io.signal,
  };
}

/** Runs an action and puts Helm's prefix before what it complains of. */
export async function failing<T>(prefix: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ToolError || error instanceof ChartError) throw new ToolError(`${prefix}: ${error.message}`);
    throw error;
  }
}
