import { open, readFile, rename, rm, stat } from 'node:fs/promises';
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
    const holder = await holderOf(path);
    if (holder?.isGone) {
      await clear(path, holder.pid);
      continue;
    }
    if (systemClock.now() > deadline) {
      throw new KindlabError({
        code: 'locked',
        message: `another kindlab (process ${holder?.pid}) is working on this cluster`,
        fix: `wait for it, or end it with: kill ${holder?.pid}`,
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

/** Removes the lock of one who is gone, and not that of another who took it meanwhile. */
async function clear(path: string, pid: string): Promise<void> {
  const aside = `${path}.${process.pid}`;
  try {
    await rename(path, aside);
    if ((await readFile(aside, 'utf8')) === pid) await rm(aside);
    else await rename(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Nothing is done under a lock for as long as this, ms: its pid belongs to another program by now. */
const longestHeldMs = 120_000;

async function holderOf(path: string): Promise<{ pid: string; isGone: boolean } | undefined> {
  try {
    const [pid, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    const held = systemClock.now() - mtimeMs;
    // Between making the file and writing to it there is a moment without a pid.
    return { pid, isGone: held > longestHeldMs || (pid === '' ? held > 1000 : !isAlive(Number(pid))) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
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
