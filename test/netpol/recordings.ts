import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/cli/context.ts';

/** The measured verdicts lie beside a checkout, or beside the folder of its worktrees. */
const places = ['..', '../..'].map((up) => join(projectRoot(), up, 'shared', 'facts', 'recorded', 'policy'));

export const recordings: string | undefined = places.find((place) => existsSync(place));
export const whyNoRecordings = recordings ? '' : ` (skipped: ${places[0]} is not here)`;
export const readRecording = (name: string): string => readFileSync(join(recordings!, name), 'utf8');
