import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { messageOf } from '../../base/errors.ts';
import type { ProgramIo } from '../node/image.ts';
import { ToolError } from './tool.ts';

/** Text of a file that a flag names, from the caller's folder; `-` is standard input. Throws ToolError in Go's words. */
export async function readInput(io: ProgramIo, path: string): Promise<string> {
  if (path === '-') return readAll(io.stdin);
  try {
    return await readFile(resolve(io.cwd ?? '/', path), { encoding: 'utf8', signal: io.signal });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new ToolError(`open ${path}: no such file or directory`);
    }
    throw new ToolError(`open ${path}: ${messageOf(error)}`);
  }
}

async function readAll(stdin: ProgramIo['stdin']): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stdin ?? []) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
