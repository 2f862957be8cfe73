import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDuration } from '../grade/duration.ts';
import type { Check } from '../grade/schema.ts';
import type { Read } from './loader.ts';
import { FaultFile } from './schema.ts';
import { exists } from './state-files.ts';
import { readYaml } from './yaml-problems.ts';

/** Something that goes wrong for real users, to be put into a cluster on purpose. */
export interface Fault {
  id: string;
  title: string;
  symptom: string;
  source: string;
  /** Ids of the steps at which it can be injected. */
  during: string[];
  /** How long symptom and cure may take, simulated or real ms. */
  timeLimitMs: number;
  checks: Check[];
  /** Markdown: from the symptom to the cause by real commands. */
  diagnosis: string;
  /** Paths of the scripts (zx) that put it in and take it out again; both may run twice. */
  inject: string;
  clear: string;
}

const defaultTimeLimitMs = 120_000;

/** All of `folder`/faults, by id: <id>.yaml, <id>.md, <id>.inject.mjs and <id>.clear.mjs. Throws KindlabError `lab-invalid`. */
export async function readFaults(
  folder: string,
  { read, needed, shown }: { read: Read; needed: Read; shown: (path: string) => string },
): Promise<Fault[]> {
  if (!(await exists(join(folder, 'faults')))) return [];
  const ids = (await readdir(join(folder, 'faults')))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length))
    .toSorted();
  return Promise.all(
    ids.map(async (id): Promise<Fault> => {
      const path = (ending: string) => join('faults', `${id}${ending}`);
      const { timeLimit, ...file } = readYaml(shown(path('.yaml')), await read(path('.yaml'), 'faults/'), FaultFile);
      const diagnosis = await read(path('.md'), path('.yaml'));
      for (const script of ['.inject.mjs', '.clear.mjs']) await needed(path(script), path('.yaml'));
      return {
        id,
        ...file,
        timeLimitMs: timeLimit === undefined ? defaultTimeLimitMs : parseDuration(timeLimit),
        diagnosis,
        inject: join(folder, path('.inject.mjs')),
        clear: join(folder, path('.clear.mjs')),
      };
    }),
  );
}
