import { messageOf } from '../../base/errors.ts';
import { StatusError } from '../../kube/status.ts';
import type { ProgramIo } from '../node/image.ts';
import { ChartError } from './charts/chart.ts';
import { cilium } from './cilium/cilium.ts';
import { docker } from './docker/docker.ts';
import { kind } from './docker/kind.ts';
import { helm } from './helm/helm.ts';
import { ToolError, type Tool, type ToolContext } from './tool.ts';

export type { Tool, ToolContext } from './tool.ts';

/** What the lab shell of a simulated cluster brings beside the real kubectl. */
export const tools: Readonly<Record<string, Tool>> = { cilium, docker, helm, kind };

/** How a program begins its complaint. */
const prefixes: Readonly<Record<string, string>> = { helm: 'Error: ', cilium: 'Error: ', docker: '', kind: '' };

/** Runs a tool and prints what it complains of. Undefined: no such tool. A defect is thrown. */
export async function runTool(name: string, io: ProgramIo, context: ToolContext): Promise<number | undefined> {
  const tool = Object.hasOwn(tools, name) ? tools[name] : undefined;
  if (!tool) return undefined;
  try {
    return await tool(io, context);
  } catch (error) {
    if (io.signal.aborted) return 130;
    if (!(error instanceof ToolError || error instanceof ChartError || error instanceof StatusError)) throw error;
    io.stderr(`${prefixes[name] ?? ''}${messageOf(error)}\n`);
    return error instanceof ToolError ? error.exitCode : 1;
  }
}
