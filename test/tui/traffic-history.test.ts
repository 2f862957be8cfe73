import { describe, expect, it } from 'vitest';
import { noTraffic, recordTraffic, together, type TrafficHistory } from '../../src/tui/traffic-history.ts';
import { traffic, workingView } from '../fixtures/tui/session.ts';

const client = { ...traffic[0]!, state: 'ok' as const, lost: 0 };

/** History after moments of [ms of cluster time, losses so far, state]. */
const after = (...moments: [number, number, 'ok' | 'lost'][]): TrafficHistory =>
  moments.reduce(
    (history, [now, lost, state]) =>
      recordTraffic(history, workingView({ clock: { now, speed: 1 }, traffic: [{ ...client, lost, state }] })),
    noTraffic,
  );
const strip = (history: TrafficHistory) => history.all.map((second) => ({ ok: '.', lost: 'X', silent: ' ' })[second]).join('');

describe('the traffic of the last seconds', () => {
  it('is good for seconds without news', () => {
    expect(strip(after([1_000, 0, 'ok'], [5_000, 0, 'ok']))).toBe('.....');
  });

  it('marks the second in which a loss was seen', () => {
    expect(strip(after([1_000, 0, 'ok'], [2_000, 1, 'ok'], [3_000, 1, 'ok']))).toBe('.X.');
  });

  it('marks a second as lost even when more views of it follow', () => {
    expect(strip(after([1_000, 0, 'ok'], [2_000, 0, 'ok'], [2_200, 1, 'ok'], [2_400, 1, 'ok']))).toBe('.X');
  });

  it('goes on losing while the client does', () => {
    expect(strip(after([1_000, 0, 'ok'], [2_000, 1, 'lost'], [4_000, 2, 'lost'], [5_000, 2, 'ok']))).toBe('.XXX.');
  });

  it('takes no loss for new that was there when the client was first seen, nor a count that began anew', () => {
    expect(strip(after([1_000, 7, 'ok'], [2_000, 0, 'ok']))).toBe('..');
  });

  it('takes no loss for new that a reset to an earlier moment has brought back', () => {
    const at = (now: number, lost: number) => workingView({ clock: { now, speed: 1 }, traffic: [{ ...client, lost, lostSinceStep: 0 }] });
    expect(strip(recordTraffic(recordTraffic(noTraffic, at(1_000, 0)), at(2_000, 3)))).toBe('..');
  });

  it('is neither good nor lost while the client does not run', () => {
    const at = (now: number, ready: boolean) =>
      workingView({ clock: { now, speed: 1 }, traffic: [client], pods: [{ ...workingView().pods[2]!, name: client.pod, ready }] });
    const history = [at(1_000, true), at(2_000, false), at(4_000, false), at(5_000, true)].reduce(recordTraffic, noTraffic);
    expect(strip(history)).toBe('.   .');
  });

  it('keeps a bounded number of seconds', () => {
    expect(after([1_000, 0, 'ok'], [9_999_000, 0, 'ok']).all).toHaveLength(40);
  });

  it('is lost when any client lost', () => {
    const two = (now: number, lost: number) =>
      workingView({ clock: { now, speed: 1 }, traffic: [client, { ...client, target: 'http://other', lost }] });
    const history = recordTraffic(recordTraffic(noTraffic, two(1_000, 0)), two(2_000, 3));
    expect(strip(history)).toBe('.X');
    expect(Object.values(history.clients).map(({ seconds }) => seconds)).toEqual([
      ['ok', 'ok'],
      ['ok', 'lost'],
    ]);
  });

  it('of several targets is one strip, joined at its end', () => {
    expect(together([['lost', 'ok', 'ok'], ['lost'], []])).toEqual(['lost', 'ok', 'lost']);
  });
});
