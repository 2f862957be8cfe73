import { expect, test } from 'vitest';
import { sleep } from '../../src/base/clock.ts';
import { VariableClock } from '../../src/base/variable-clock.ts';

test('advance runs timers in the order of their moments, each at its own time', async () => {
  const clock = new VariableClock(1_000);
  const seen: [string, number][] = [];
  clock.after(30, () => seen.push(['late', clock.now()]));
  clock.after(10, () => {
    seen.push(['early', clock.now()]);
    clock.after(5, () => seen.push(['chained', clock.now()]));
  });
  await clock.advance(20);
  expect(seen).toEqual([
    ['early', 1_010],
    ['chained', 1_015],
  ]);
  expect(clock.now()).toBe(1_020);
  await clock.advance(10);
  expect(seen.at(-1)).toEqual(['late', 1_030]);
});

test('a timer that was cancelled does not run', async () => {
  const clock = new VariableClock(0);
  let ran = false;
  clock.after(10, () => void (ran = true))();
  await clock.advance(50);
  expect(ran).toBe(false);
});

test('a promise that a timer resolves has gone on before the next timer runs', async () => {
  const clock = new VariableClock(0);
  const seen: string[] = [];
  void sleep(clock, 10).then(() => seen.push('awaited'));
  clock.after(11, () => seen.push('timer'));
  await clock.advance(20);
  expect(seen).toEqual(['awaited', 'timer']);
});

test('sleep ends early with the reason of its signal', async () => {
  const clock = new VariableClock(0);
  const controller = new AbortController();
  const slept = sleep(clock, 1_000, controller.signal);
  controller.abort(new Error('enough'));
  await expect(slept).rejects.toThrow('enough');
});

test('at speed 2, time passes twice as fast as its source, and stands still when paused', () => {
  let real = 0;
  const clock = new VariableClock(100, { now: () => real, after: () => () => undefined });
  clock.play(2);
  real = 50;
  expect(clock.now()).toBe(200);
  clock.pause();
  real = 90;
  expect(clock.now()).toBe(200);
  expect(clock.speed).toBe(0);
});

test('while it plays, a timer wakes it after real time divided by the speed', () => {
  const waits: number[] = [];
  const clock = new VariableClock(0, {
    now: () => 0,
    after: (ms) => {
      waits.push(ms);
      return () => undefined;
    },
  });
  clock.play(10);
  clock.after(1_000, () => undefined);
  expect(waits).toEqual([100]);
});
