/** Undoes what returned it; calling it again does nothing. */
export type Cancel = () => void;

/** Where all time in kindlab's simulator comes from. Milliseconds, as Date.now(). */
export interface Clock {
  now(): number;
  /** Runs `run` once, `ms` of this clock's time from now. */
  after(ms: number, run: () => void): Cancel;
}

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms` of the clock's time; rejects with the signal's reason when it is aborted first. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

let second = NaN;
let secondText = '';

/** The time as Kubernetes writes it in objects: RFC 3339, whole seconds. The same second is asked for many times in a row. */
export function rfc3339(ms: number): string {
  const asked = Math.floor(ms / 1000);
  if (asked !== second) {
    secondText = `${new Date(asked * 1000).toISOString().slice(0, -5)}Z`;
    second = asked;
  }
  return secondText;
}
/** metav1.MicroTime: RFC 3339 with six decimals. */
export const rfc3339Micro = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');
