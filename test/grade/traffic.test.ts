import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src/grade/evaluate.ts';
import { lossesSince, parseProbeLog } from '../../src/grade/probe-log.ts';
import { Check } from '../../src/grade/schema.ts';
import { FakeCluster, pod } from '../lab/fake-cluster.ts';

const start = Date.now() - 600_000;
const line = (second: number, ok: number, lost: number, state = 'ok', target = 'http://web.shop') => {
  const at = new Date(start + second * 1000).toISOString();
  return `${at} ${at.slice(11, 23)} mig-worker ${target} ok=${ok} lost=${lost} ${state}${state === 'LOST' ? ' Get "http://web.shop": i/o timeout' : ''}`;
};
const at = (second: number) => start + second * 1000;

describe('the log of a demo client', () => {
  it('is read as it was recorded on a real cluster', () => {
    const text =
      '2026-11-23T17:22:11.938123456Z 17:22:11.938 mig-worker http://web.shop ok=4317 lost=252 LOST Get "http://web.shop": context deadline exceeded';
    expect(parseProbeLog(`${text}\nsomething else\n`)).toEqual([
      {
        at: Date.parse('2026-11-23T17:22:11.938Z'),
        node: 'mig-worker',
        target: 'http://web.shop',
        ok: 4317,
        lost: 252,
        state: 'lost',
        why: 'Get "http://web.shop": context deadline exceeded',
      },
    ]);
  });

  it('counts what was lost since a moment, not before', () => {
    const log = [line(0, 1, 0), line(10, 90, 5, 'LOST'), line(12, 91, 12), line(60, 300, 12), line(70, 301, 13, 'LOST'), line(71, 302, 16)];
    expect(lossesSince(parseProbeLog(log.join('\n')), at(30))).toMatchObject([{ lost: 4, lostInAll: 16, state: 'ok', lastLostAt: at(71) }]);
  });

  it('goes on counting when the counters start again with the container', () => {
    const log = [line(0, 1, 0), line(50, 300, 2), line(60, 0, 1, 'LOST'), line(64, 1, 4)];
    expect(lossesSince(parseProbeLog(log.join('\n')), at(55))).toMatchObject([{ lost: 4, lostInAll: 4 }]);
  });

  it('takes the first line of a log that was cut for its beginning', () => {
    expect(lossesSince(parseProbeLog([line(40, 3000, 250), line(70, 3290, 251)].join('\n')), at(30))).toMatchObject([{ lost: 1 }]);
  });

  it('keeps the targets of a client apart', () => {
    const log = [line(1, 1, 0), line(1, 1, 0, 'ok', 'http://api.shop'), line(5, 40, 1, 'LOST', 'http://api.shop')];
    expect(lossesSince(parseProbeLog(log.join('\n')), at(0)).map((l) => [l.target, l.lost])).toEqual([
      ['http://web.shop', 0],
      ['http://api.shop', 1],
    ]);
  });
});

describe('traffic', () => {
  const judge = (view: FakeCluster, more: object = {}, since = at(30)) =>
    evaluate(Check.parse({ id: 'c', title: 'C', traffic: { namespace: 'shop', labelSelector: 'app=client', ...more } }), view, { since });
  const withClient = (log: string[], status: object = {}) => {
    const view = new FakeCluster();
    view.apply(pod('shop', 'client-1', { labels: { app: 'client' }, status }));
    view.writeLog('shop', 'client-1', log.join('\n'));
    return view;
  };

  it('passes when nothing was lost since the step began', async () => {
    expect(await judge(withClient([line(0, 1, 0), line(10, 90, 5, 'LOST'), line(12, 91, 12)]))).toMatchObject({ status: 'pass' });
  });

  it('fails on a single lost probe, with its moment and cause', async () => {
    const verdict = await judge(withClient([line(0, 1, 0), line(40, 301, 1, 'LOST'), line(41, 302, 1)]));
    expect(verdict).toMatchObject({
      status: 'fail',
      evidence: [
        {
          object: 'pod/shop/client-1',
          path: 'http://web.shop',
          expected: 'at most 0 lost since the step began',
          command: 'kubectl -n shop logs client-1 --timestamps --tail=20',
        },
      ],
    });
    expect(verdict.evidence[0]!.observed).toContain('i/o timeout');
    expect(verdict.hint).toContain('kindlab reset');
  });

  it('names the rule that decided, where the network remembers the request', async () => {
    const view = withClient([line(0, 1, 0), line(40, 301, 1, 'LOST'), line(41, 302, 1)]);
    view.remembered = [
      { at: at(38), answered: true, why: 'allowed' },
      { at: at(39) + 41, answered: false, why: 'dropped by policy, ingress of shop/web (CiliumNetworkPolicy shop/nobody)' },
    ];
    const verdict = await judge(view);
    const moment = new Date(at(39) + 41).toISOString().slice(11, 23);
    expect(verdict.evidence[0]!.observed).toContain(
      `; at ${moment}: dropped by policy, ingress of shop/web (CiliumNetworkPolicy shop/nobody)`,
    );
  });

  it('holds a client that must never be answered to it: one answer fails', async () => {
    const never = { expect: 'never' };
    expect(await judge(withClient([line(0, 0, 1, 'LOST'), line(300, 0, 300, 'LOST')]), never)).toMatchObject({ status: 'pass' });
    const verdict = await judge(withClient([line(0, 0, 1, 'LOST'), line(40, 1, 40), line(41, 8, 41, 'LOST')]), never);
    expect(verdict).toMatchObject({ status: 'fail', evidence: [{ expected: 'no answer since the step began' }] });
    expect(verdict.evidence[0]!.observed).toContain('8 answered');
    expect(verdict.hint).toContain('kindlab reset');
  });

  it('forgives answers from before the step, and no speech about losses goes with expect: never', async () => {
    const log = [line(0, 1, 0), line(30.5, 290, 1, 'LOST'), line(100, 290, 80, 'LOST')];
    expect(await judge(withClient(log), { expect: 'never' })).toMatchObject({ status: 'pass' });
    const parse = () => Check.parse({ id: 'c', title: 'C', traffic: { namespace: 'a', labelSelector: 'b', expect: 'never', maxLost: 1 } });
    expect(parse).toThrow('maxLost');
  });

  it('tolerates as many as the step allows', async () => {
    expect(await judge(withClient([line(0, 1, 0), line(40, 301, 1, 'LOST'), line(41, 302, 3)]), { maxLost: 3 })).toMatchObject({
      status: 'pass',
    });
  });

  it('is pending until it was watched long enough, and while requests are being lost', async () => {
    const view = withClient([line(0, 1, 0)]);
    expect(await judge(view, {}, view.now() - 1000)).toMatchObject({ status: 'pending' });
    expect(await judge(withClient([line(0, 1, 0), line(40, 301, 1, 'LOST')]), { maxLost: 5 })).toMatchObject({ status: 'pending' });
  });

  it('is pending while a client has said nothing, and fails where there is no client', async () => {
    expect(await judge(withClient([]))).toMatchObject({ status: 'pending' });
    expect(await judge(new FakeCluster())).toMatchObject({ status: 'fail' });
  });

  it('excuses a client for what it loses while its own container starts again', async () => {
    const restarted = {
      containerStatuses: [
        {
          name: 'c',
          restartCount: 1,
          state: { running: { startedAt: new Date(at(50)).toISOString() } },
          lastState: { terminated: { finishedAt: new Date(at(48)).toISOString() } },
        },
      ],
    };
    const view = withClient([line(51, 0, 1, 'LOST'), line(60, 1, 9)], restarted);
    view.writeLog('shop', 'client-1', [line(0, 1, 0), line(29, 290, 0)].join('\n'), true);
    expect(await judge(view)).toMatchObject({ status: 'fail' });
    expect(await judge(view, { graceAfterRestart: '30s' })).toMatchObject({ status: 'pass' });
    expect(await judge(view, { graceAfterRestart: '5s' })).toMatchObject({ status: 'fail' });
  });
});
