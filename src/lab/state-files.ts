import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, basename } from 'node:path';
import type { z } from 'zod';
import { KindlabError } from '../base/errors.ts';

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

/** What a failure to write below the state folder means to a person. */
function asWriteError(error: unknown, path: string): unknown {
  const why: Record<string, string> = {
    EROFS: 'the disk is read-only',
    // What Node's recursive mkdir says of a read-only disk.
    ENOENT: 'the folder cannot be made (is the disk read-only?)',
    EACCES: 'no permission',
    EPERM: 'no permission',
    ENOSPC: 'the disk is full',
    EDQUOT: 'the disk quota is used up',
    ENOTDIR: 'a file stands where a folder is needed',
    EEXIST: 'a file stands where a folder is needed',
  };
  const reason = why[codeOf(error)];
  if (!reason) return error;
  return new KindlabError({
    code: 'state-not-writable',
    message: `kindlab cannot write its state: ${path}: ${reason}`,
    fix: 'XDG_STATE_HOME=/a/folder/you/can/write kindlab …',
    cause: error,
  });
}

/** Makes a folder for its owner only, with those above it. Throws KindlabError `state-not-writable`. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw asWriteError(error, path);
  }
}

let serial = 0;

/** Replaces a file as a whole, or not at all, also when the process is killed on the way. Mode 0600. */
export async function writeAtomically(path: string, text: string, mode = 0o600): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.${serial++}`);
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw asWriteError(error, path);
  }
}

export const writeJson = (path: string, value: unknown): Promise<void> => writeAtomically(path, `${JSON.stringify(value, undefined, 2)}\n`);

export interface ReadResult<T> {
  value: T | undefined;
  /** Where a file that could not be understood was put aside, and why. */
  warning?: string;
}

/** Reads JSON of a known shape. What is corrupt is kept beside it as `FILE.corrupt-TIME`, and told. */
export async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<ReadResult<T>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { value: undefined };
    throw error;
  }
  const parsed = parse(text, schema);
  if ('value' in parsed) return parsed;
  const aside = `${path}.corrupt-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  await rename(path, aside);
  return { value: undefined, warning: `${path} was corrupt (${parsed.problem}); it was kept as ${aside}` };
}

function parse<T>(text: string, schema: z.ZodType<T>): { value: T } | { problem: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
  const result = schema.safeParse(json);
  return result.success ? { value: result.data } : { problem: result.error.issues[0]?.message ?? 'unexpected shape' };
}

/** Whether there is a file or folder of this path. */
export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return false;
    throw error;
  }
}
