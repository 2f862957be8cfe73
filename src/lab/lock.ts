import { open, readFile, rm } from 'node:fs/promises';
import { sleep, systemClock } from '../base/clock.ts';
import { KindlabError } from '../base/errors.ts';
import { isAlive } from '../base/process.ts';

/**
 * Runs `work` while holding the lock file. A lock whose process has ended is taken over; one that is held for
 * longer than `waitMs` throws KindlabError `locked`.
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  options: { signal?: AbortSignal; waitMs?: number } = {},
): Promise<T> {
  const deadline = systemClock.now() + (options.waitMs ?? 30_000);
  while (!(await take(path))) {
    const holder = await readFile(path, 'utf8').catch(noneIfGone);
    if (holder !== undefined && holder !== '' && !isAlive(Number(holder))) {
      await rm(path, { force: true });
      continue;
    }
    if (systemClock.now() > deadline) {
      throw new KindlabError({
        code: 'locked',
        message: `another kindlab (process ${holder}) is working on this cluster`,
        fix: `wait for it, or end it with: kill ${holder}`,
      });
    }
    await sleep(systemClock, 50, options.signal);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function take(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600);
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function noneIfGone(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  throw error;
}
