import { copyFile, readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { substitute } from './loader.ts';
import { makeFolder, writeAtomically } from './state-files.ts';

const texts = new Set(['.yaml', '.yml', '.md', '.json', '.txt', '.sh', '.mjs', '.js', '.c', '.h']);
const notForLearners = new Set(['steps', 'faults', 'lab.yaml']);

/**
 * A person's own copy of a lab's files (manifests, values), with `{{cluster}}` replaced, to apply and to edit:
 * the folder that KINDLAB_LAB names. What is there already is left as it is.
 */
export async function makeWorkspace(labFolder: string, workspace: string, clusterName: string): Promise<void> {
  await makeFolder(workspace);
  const present = new Set(await readdir(workspace));
  for (const entry of await readdir(labFolder, { withFileTypes: true })) {
    if (notForLearners.has(entry.name)) continue;
    const [from, to] = [join(labFolder, entry.name), join(workspace, entry.name)];
    if (entry.isDirectory()) await makeWorkspace(from, to, clusterName);
    else if (entry.isFile() && !present.has(entry.name)) await copy(from, to, clusterName);
  }
}

async function copy(from: string, to: string, clusterName: string): Promise<void> {
  if (texts.has(extname(from))) await writeAtomically(to, substitute(await readFile(from, 'utf8'), clusterName));
  else await copyFile(from, to);
}
