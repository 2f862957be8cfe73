import type { Clock } from '../../base/clock.ts';
import type { ApiClient } from '../api/client.ts';
import type { ProgramIo } from '../node/image.ts';
import type { Machine } from '../node/machine.ts';

/** What a tool of the lab shell sees of the cluster that it runs in. */
export interface ToolContext {
  /** Cluster name, as in Kind. */
  readonly cluster: string;
  readonly kubeconfigPath: string;
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly random: () => number;
  machines(): readonly Machine[];
  /** `docker exec NODE`. */
  nodeExec(node: string, io: ProgramIo): Promise<number>;
  /** `kubectl exec`. */
  podExec(target: { namespace: string; pod: string; container?: string }, io: ProgramIo): Promise<number>;
}

/** A command-line program that talks to the cluster from outside, as `helm`; argv are its arguments alone. Resolves with its exit code. */
export type Tool = (io: ProgramIo, context: ToolContext) => Promise<number>;

/** A failure in the tool's own words; printed to standard error as it stands. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
