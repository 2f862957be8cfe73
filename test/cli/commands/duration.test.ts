import { expect, it } from 'vitest';
import { parseDuration } from '../../../src/cli/commands/duration.ts';

it('reads durations as people write them, and nothing else', () => {
  expect(['500ms', '90s', '5m', '1h30m', '1.5s', '2d'].map(parseDuration)).toEqual([500, 90_000, 300_000, 5_400_000, 1500, 172_800_000]);
  expect(['', '5', 's', '5 m', '-1s', '1h junk'].map(parseDuration)).toEqual(Array.from({ length: 6 }, () => undefined));
});
