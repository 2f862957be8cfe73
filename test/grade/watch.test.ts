import { afterEach, describe, expect, it } from 'vitest';
import { Check } from '../../src/grade/schema.ts';
import type { CheckReport } from '../../src/grade/verdict.ts';
import { watchChecks } from '../../src/grade/watch.ts';
import { FakeCluster, node, ok } from '../lab/fake-cluster.ts';

const cordoned = Check.parse({
  id: 'cordoned',
  title: 'w is cordoned',
  object: { apiVersion: 'v1', kind: 'Node', name: 'w', match: { spec: { unschedulable: true } } },
});
const file = Check.parse({ id: 'file', title: 'file is there', file: { on: { name: 'w' }, path: '/x' } });

let ended = new AbortController();
afterEach(() => {
  ended.abort();
  ended = new AbortController();
});

function follow(view: FakeCluster, checks: Check[], pollMs = 1000) {
  const seen: CheckReport[][] = [];
  const live = watchChecks(checks, view, { since: view.now(), signal: ended.signal, pollMs, onReports: (reports) => seen.push(reports) });
  const until = async (id: string, status: string, withinMs: number) => {
    const begun = performance.now();
    while (live.reports().find((r) => r.id === id)?.verdict.status !== status) {
      if (performance.now() - begun > withinMs) throw new Error(`${id} was not ${status} within ${withinMs} ms`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  return { seen, live, until };
}

describe('live checks', () => {
  it('turn within 100 ms of a change', async () => {
    const view = new FakeCluster();
    view.apply(node('w'));
    const { until } = follow(view, [cordoned]);
    await until('cordoned', 'fail', 500);
    view.apply(node('w', { unschedulable: true }));
    await until('cordoned', 'pass', 100);
    view.apply(node('w'));
    await until('cordoned', 'fail', 100);
  });

  it('ask again for what no watch tells', async () => {
    const view = new FakeCluster();
    const { until } = follow(view, [file], 50);
    await until('file', 'fail', 500);
    view.writeFile('w', '/x', '');
    await until('file', 'pass', 500);
  });

  it('tell only when something changed', async () => {
    const view = new FakeCluster();
    view.apply(node('w'));
    const { until, seen } = follow(view, [cordoned]);
    await until('cordoned', 'fail', 500);
    const told = seen.length;
    for (let i = 0; i < 5; i++) view.apply(node('w'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(seen.length).toBe(told);
  });

  it('are not held up by one that is slow', async () => {
    const view = new FakeCluster();
    view.apply(node('w'));
    const slow = Check.parse({ id: 'slow', title: 'slow', node: { on: { name: 'w' }, command: ['slow'] } });
    let release = () => {};
    const original = view.nodeExec.bind(view);
    view.nodeExec = async (name, command) => {
      if (command[0] !== 'slow') return original(name, command);
      await new Promise<void>((resolve) => (release = resolve));
      return ok('');
    };
    const { until } = follow(view, [slow, cordoned]);
    await until('cordoned', 'fail', 200);
    release();
    await until('slow', 'pass', 200);
  });

  it('leave nothing behind when they end', async () => {
    const view = new FakeCluster();
    const { seen } = follow(view, [cordoned, file]);
    expect(view.watcherCount).toBe(1);
    ended.abort();
    expect(view.watcherCount).toBe(0);
    const told = seen.length;
    view.apply(node('w', { unschedulable: true }));
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(seen.length).toBe(told);
  });
});
