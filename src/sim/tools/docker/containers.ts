import type { ProgramIo } from '../../node/image.ts';
import type { Machine } from '../../node/machine.ts';
import { ToolError, type ToolContext } from '../tool.ts';

export type Run = (io: ProgramIo, context: ToolContext, argv: readonly string[]) => Promise<number> | number;

export const daemon = (message: string) => new ToolError(`Error response from daemon: ${message}`);

/** A node by its name or the start of its container's id. Throws ToolError. */
export function machine(context: ToolContext, name: string): Machine {
  const found = context.machines().find((one) => one.name === name || containerId(one.name).startsWith(name));
  if (!found) throw daemon(`No such container: ${name}`);
  return found;
}

/** Twelve hexadecimal digits that stay the same for a node. */
export function containerId(name: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const letter of name) hash = BigInt.asUintN(64, (hash ^ BigInt(letter.codePointAt(0)!)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0').slice(0, 12);
}
