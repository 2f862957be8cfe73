import { readdir, readFile } from 'node:fs/promises';
import { join, relative, dirname } from 'node:path';
import { KindlabError } from '../base/errors.ts';
import { parseDuration } from '../grade/duration.ts';
import type { Check } from '../grade/schema.ts';
import { readFaults, type Fault } from './fault-files.ts';
import { LabFile, StepFile } from './schema.ts';
import { exists } from './state-files.ts';
import { readYaml } from './yaml-problems.ts';

export interface Step {
  id: string;
  title: string;
  chapter?: string;
  /** Markdown. */
  instructions: string;
  hints: string[];
  checks: Check[];
  timeLimitMs: number;
  /** Path of the solution script. */
  solution: string;
  /** Id of the fault that is injected when it begins. */
  fault?: string;
}

export interface Lab {
  id: string;
  title: string;
  summary: string;
  folder: string;
  cluster: LabFile['cluster'];
  /** YAML texts applied when the cluster stands. */
  manifests: string[];
  steps: Step[];
  faults: Fault[];
}

export interface LabListing {
  id: string;
  title: string;
  summary: string;
  cluster: LabFile['cluster'];
  steps: string[];
  /** Why it cannot be used. */
  problem?: KindlabError;
}

const defaultTimeLimitMs = 180_000;

/** Every folder of `labsFolder` with a lab.yaml; a broken lab is listed with its problem and hides no other. */
export async function listLabs(labsFolder: string): Promise<LabListing[]> {
  const entries = await readdir(labsFolder, { withFileTypes: true }).catch((error: unknown) => {
    throw new KindlabError({ code: 'no-labs', message: `cannot read the labs folder ${labsFolder}`, cause: error });
  });
  const listings: LabListing[] = [];
  for (const { name } of entries.filter((e) => e.isDirectory()).toSorted((a, b) => a.name.localeCompare(b.name))) {
    if (!(await exists(join(labsFolder, name, 'lab.yaml')))) continue;
    try {
      const file = await readLabFile(labsFolder, name);
      listings.push({ id: name, title: file.title, summary: file.summary, cluster: file.cluster, steps: file.steps.map((s) => s.id) });
    } catch (error) {
      if (!(error instanceof KindlabError)) throw error;
      listings.push({
        id: name,
        title: name,
        summary: '',
        cluster: { name, cni: 'none', workers: 0, kindConfig: 'none' },
        steps: [],
        problem: error,
      });
    }
  }
  return listings;
}

/**
 * Reads a lab whole. `clusterName` is what `{{cluster}}` stands for (default: the lab's own name for it).
 * Throws KindlabError `no-such-lab`, `lab-invalid`.
 */
export async function loadLab(labsFolder: string, id: string, clusterName?: string): Promise<Lab> {
  const folder = join(labsFolder, id);
  if (!/^[a-z0-9-]+$/.test(id) || !(await exists(join(folder, 'lab.yaml')))) {
    const known = (await listLabs(labsFolder)).map((lab) => lab.id);
    throw new KindlabError({
      code: 'no-such-lab',
      message: `there is no lab ${JSON.stringify(id)}; known: ${known.join(', ') || 'none'}`,
      fix: 'kindlab labs',
    });
  }
  const file = await readLabFile(labsFolder, id);
  const cluster = { ...file.cluster, name: clusterName ?? file.cluster.name };
  const read = async (path: string, neededBy: string) => {
    const text = substitute(await readNeeded(join(folder, path), labsFolder, neededBy), cluster.name);
    refuseUnknownVariables(shown(labsFolder, join(folder, path)), text);
    return text;
  };
  const manifests = await Promise.all(file.manifests.map((path) => read(path, 'lab.yaml')));
  const steps = await Promise.all(file.steps.map((step) => readStep(step, folder, labsFolder, read)));
  const needed = (path: string, neededBy: string) => readNeeded(join(folder, path), labsFolder, neededBy);
  const faults = await readFaults(folder, { read, needed, shown: (path) => shown(labsFolder, join(folder, path)) });
  refuseUnknownNames(shown(labsFolder, folder), steps, faults);
  return { id, title: file.title, summary: file.summary, folder, cluster, manifests, steps, faults };
}

/** Steps name faults, and faults name steps. */
function refuseUnknownNames(folder: string, steps: readonly Step[], faults: readonly Fault[]): void {
  const refuse = (file: string, field: string, name: string, known: readonly { id: string }[]) => {
    if (known.some(({ id }) => id === name)) return;
    const names = known.map(({ id }) => id).join(', ') || 'none';
    throw new KindlabError({ code: 'lab-invalid', message: `${folder}/${file}: ${field}: there is no ${name}; there are ${names}` });
  };
  for (const { id, fault } of steps) if (fault !== undefined) refuse(`steps/${id}.yaml`, 'fault', fault, faults);
  for (const { id, during } of faults) for (const step of during) refuse(`faults/${id}.yaml`, 'during', step, steps);
}

/** `{{cluster}}` in a file of a lab stands for the cluster's name. */
export const substitute = (text: string, clusterName: string): string => text.replaceAll(/\{\{\s*cluster\s*\}\}/g, clusterName);

/** A misspelt `{{cluster}}` would reach learners as it is; words of Go templates may. */
function refuseUnknownVariables(file: string, text: string): void {
  const found = /\{\{\s*(?!end\b|else\b)[a-z][\w-]*\s*\}\}/.exec(text);
  if (!found) return;
  const line = text.slice(0, found.index).split('\n').length;
  throw new KindlabError({ code: 'lab-invalid', message: `${file}:${line}: expected {{cluster}}, found ${found[0]}` });
}

export type Read = (path: string, neededBy: string) => Promise<string>;

async function readStep({ id, chapter }: LabFile['steps'][number], folder: string, labsFolder: string, read: Read): Promise<Step> {
  const path = join('steps', `${id}.yaml`);
  const [text, instructions] = await Promise.all([read(path, 'lab.yaml'), read(join('steps', `${id}.md`), 'lab.yaml')]);
  const step = readYaml(shown(labsFolder, join(folder, path)), text, StepFile);
  const solution = join(folder, 'steps', `${id}.solution.mjs`);
  await readNeeded(solution, labsFolder, path);
  return {
    id,
    title: step.title,
    ...(chapter !== undefined && { chapter }),
    instructions,
    hints: step.hints,
    checks: step.checks,
    timeLimitMs: step.timeLimit === undefined ? defaultTimeLimitMs : parseDuration(step.timeLimit),
    solution,
    ...(step.fault !== undefined && { fault: step.fault }),
  };
}

async function readLabFile(labsFolder: string, id: string): Promise<LabFile> {
  const path = join(labsFolder, id, 'lab.yaml');
  const text = await readFile(path, 'utf8');
  const file = readYaml(shown(labsFolder, path), text, LabFile);
  if (file.id === id) return file;
  const line = text.split('\n').findIndex((l) => l.startsWith('id:')) + 1;
  throw new KindlabError({
    code: 'lab-invalid',
    message: `${shown(labsFolder, path)}:${line}: id: expected ${id}, the folder's name, found ${file.id}`,
  });
}

async function readNeeded(path: string, labsFolder: string, neededBy: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw new KindlabError({ code: 'lab-invalid', message: `${shown(labsFolder, path)}: missing, ${neededBy} names it`, cause: error });
  });
}

/** As one sees it from the project's folder: labs/x/lab.yaml. */
const shown = (labsFolder: string, path: string): string => relative(dirname(labsFolder), path);
