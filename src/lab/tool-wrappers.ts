import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { asset } from '../base/assets.ts';
import { makeFolder, writeAtomically } from './state-files.ts';
import type { ClusterState } from './state.ts';

const shim = fileURLToPath(asset('lab/tool-shim.mjs'));
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** What the lab shell's PATH begins with: a small script for each tool that the cluster's backend brings. */
export async function writeWrappers(state: ClusterState, tools: readonly string[]): Promise<void> {
  await makeFolder(state.binFolder);
  for (const tool of tools) {
    const path = join(state.binFolder, tool);
    const words = [process.execPath, shim, state.processFile, tool].map(quoted).join(' ');
    await writeAtomically(path, `#!/bin/sh\nexec ${words} "$@"\n`, 0o700);
  }
}
