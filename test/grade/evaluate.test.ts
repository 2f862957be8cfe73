import { describe, expect, it } from 'vitest';
import { KindlabError } from '../../src/base/errors.ts';
import { evaluate } from '../../src/grade/evaluate.ts';
import { Check } from '../../src/grade/schema.ts';
import { failed, FakeCluster, node, ok, pod } from '../lab/fake-cluster.ts';

const cluster = () => new FakeCluster();
const judge = (view: FakeCluster, assertion: object, options: Parameters<typeof evaluate>[2] = {}) =>
  evaluate(Check.parse({ id: 'check', title: 'Check', ...assertion }), view, options);

const cordoned = { object: { apiVersion: 'v1', kind: 'Node', name: 'w', match: { spec: { unschedulable: true } } } };
const daemonSet = (status: object, generation = 1) => ({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { namespace: 'kube-system', name: 'cilium', generation },
  status: { observedGeneration: 1, desiredNumberScheduled: 3, updatedNumberScheduled: 3, ...status },
});
const rolledOut = { object: { apiVersion: 'apps/v1', kind: 'DaemonSet', namespace: 'kube-system', name: 'cilium', ready: true } };

describe('object', () => {
  it('passes when the object agrees', async () => {
    const view = cluster();
    view.apply(node('w', { unschedulable: true }));
    expect(await judge(view, cordoned)).toMatchObject({ status: 'pass', evidence: [] });
  });

  it('fails with object, path, expected, observed and the command that shows it', async () => {
    const view = cluster();
    view.apply(node('w'));
    expect(await judge(view, cordoned)).toMatchObject({
      status: 'fail',
      evidence: [
        { object: 'node/w', path: '.spec.unschedulable', expected: 'true', observed: 'absent', command: 'kubectl get node w -o yaml' },
      ],
    });
  });

  it('fails when there is no such object', async () => {
    expect(await judge(cluster(), cordoned)).toMatchObject({ status: 'fail', evidence: [{ object: 'node/w', observed: 'not found' }] });
  });

  it('shows the fields that a CEL expression read', async () => {
    const view = cluster();
    view.apply(daemonSet({ numberReady: 3, desiredNumberScheduled: 2 }));
    const verdict = await judge(view, {
      object: {
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        namespace: 'kube-system',
        name: 'cilium',
        cel: 'object.status.numberReady == object.status.desiredNumberScheduled',
      },
    });
    expect(verdict).toMatchObject({
      status: 'fail',
      evidence: [{ path: '.status.numberReady', observed: '.status.numberReady is 3, .status.desiredNumberScheduled is 2' }],
    });
  });

  it('fails, and does not break, when an expression reads a field that is absent', async () => {
    const view = cluster();
    view.apply(node('w'));
    const verdict = await judge(view, { object: { apiVersion: 'v1', kind: 'Node', name: 'w', cel: 'object.spec.unschedulable == true' } });
    expect(verdict).toMatchObject({
      status: 'fail',
      evidence: [{ path: '.spec.unschedulable', observed: '.spec.unschedulable is absent' }],
    });
  });

  it('is pending while a rollout is under way, and while the controller has not seen the change', async () => {
    const view = cluster();
    view.apply(daemonSet({ numberReady: 2 }));
    expect(await judge(view, rolledOut)).toMatchObject({ status: 'pending', evidence: [{ observed: '2 of 3 ready' }] });
    view.apply(daemonSet({ numberReady: 3 }, 2));
    expect(await judge(view, rolledOut)).toMatchObject({ status: 'pending' });
    view.apply(daemonSet({ numberReady: 3 }));
    expect(await judge(view, rolledOut)).toMatchObject({ status: 'pass' });
  });

  it('fails for a pod that cannot become ready by itself', async () => {
    const view = cluster();
    view.apply(
      pod('shop', 'p', {
        ready: false,
        status: { containerStatuses: [{ name: 'c', state: { waiting: { reason: 'ImagePullBackOff' } } }] },
      }),
    );
    const verdict = await judge(view, { object: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'p', ready: true } });
    expect(verdict).toMatchObject({ status: 'fail', evidence: [{ observed: 'container c: ImagePullBackOff' }] });
  });

  it('asks every selected one, or any where one is enough', async () => {
    const view = cluster();
    view.apply(node('a', { unschedulable: true }));
    view.apply(node('b'));
    const all = { apiVersion: 'v1', kind: 'Node', match: { spec: { unschedulable: true } } };
    expect(await judge(view, { object: all })).toMatchObject({ status: 'fail', evidence: [{ object: 'node/b' }] });
    expect(await judge(view, { object: { ...all, which: 'any' } })).toMatchObject({ status: 'pass' });
  });
});

describe('absent and count', () => {
  const pods = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop' };

  it('absent fails while one is there, is pending while it is being deleted, then passes', async () => {
    const view = cluster();
    view.apply(pod('shop', 'p'));
    expect(await judge(view, { absent: pods })).toMatchObject({
      status: 'fail',
      evidence: [{ object: 'pod/shop/p', command: 'kubectl -n shop get pod p -o yaml' }],
    });
    view.apply({ ...pod('shop', 'p'), metadata: { namespace: 'shop', name: 'p', deletionTimestamp: '2026-01-01T00:00:00Z' } });
    expect(await judge(view, { absent: pods })).toMatchObject({ status: 'pending' });
    view.remove('v1', 'Pod', 'shop', 'p');
    expect(await judge(view, { absent: pods })).toMatchObject({ status: 'pass' });
  });

  it('absent with a condition ignores those that do not satisfy it', async () => {
    const view = cluster();
    view.apply(pod('shop', 'p', { status: { podIP: '10.245.0.3' } }));
    const onCalico = { ...pods, match: { status: { podIP: { $matches: '^192\\.168\\.' } } } };
    expect(await judge(view, { absent: onCalico })).toMatchObject({ status: 'pass' });
  });

  it('count is pending while missing ones are coming up, and fails when none is', async () => {
    const view = cluster();
    view.apply(pod('shop', 'p', { phase: 'Pending', ready: false }));
    const count = { count: { of: pods, where: { match: { status: { phase: 'Running' } } }, equals: 1 } };
    expect(await judge(view, count)).toMatchObject({
      status: 'pending',
      evidence: [{ object: 'pod/shop/p', path: '.status.phase', observed: '0 of 1' }],
    });
    view.remove('v1', 'Pod', 'shop', 'p');
    expect(await judge(view, count)).toMatchObject({ status: 'fail' });
  });
});

describe('connect', () => {
  const connect = { connect: { from: { namespace: 'shop', labelSelector: 'app=client' }, to: 'http://web' } };
  const withClient = () => {
    const view = cluster();
    view.apply(pod('shop', 'client', { labels: { app: 'client' } }));
    return view;
  };

  it('passes when curl in the pod gets an answer', async () => {
    const view = withClient();
    view.answers.set('curl', ok('200'));
    expect(await judge(view, connect)).toMatchObject({ status: 'pass' });
    expect(view.executed).toEqual(['curl -sS -m 2 -o /dev/null -w %{http_code} http://web']);
  });

  it.each([
    [7, 'curl: (7) Failed to connect to web port 80: Connection refused', 'refused'],
    [28, 'curl: (28) Connection timed out after 2001 milliseconds', 'timeout'],
    [6, 'curl: (6) Could not resolve host: web', 'unresolved'],
    [7, 'curl: (7) Failed to connect to web port 80: No route to host', 'unreachable'],
  ])('reads exit code %i, %s as %s', async (code, words, outcome) => {
    const view = withClient();
    view.answers.set('curl', failed(code, words));
    const verdict = await judge(view, connect);
    expect(verdict.status).toBe('fail');
    expect(verdict.evidence[0]!.observed).toContain(outcome);
    expect(verdict.evidence[0]!.command).toBe("kubectl -n shop exec client -- curl -sS -m 2 -o /dev/null -w '%{http_code}' http://web");
  });

  it('falls back to wget, and cannot be evaluated where a pod has neither', async () => {
    const view = withClient();
    expect(await judge(view, connect)).toMatchObject({ status: 'unevaluable' });
    view.answers.set('wget', failed(1, "wget: can't connect to remote host (10.0.0.1): Connection refused"));
    expect(await judge(view, { connect: { ...connect.connect, expect: 'refused' } })).toMatchObject({ status: 'pass' });
  });

  it('cannot be evaluated when the exec itself does not come back', async () => {
    const view = withClient();
    view.answers.set('curl', failed(124, ''));
    expect(await judge(view, connect)).toMatchObject({ status: 'unevaluable' });
  });

  it('is pending while the pod starts, and fails where there is none', async () => {
    const view = cluster();
    expect(await judge(view, connect)).toMatchObject({ status: 'fail' });
    view.apply(pod('shop', 'client', { labels: { app: 'client' }, phase: 'Pending', ready: false }));
    expect(await judge(view, connect)).toMatchObject({ status: 'pending' });
  });
});

describe('exec, node and file', () => {
  it('judges what a command on a node prints', async () => {
    const view = cluster();
    view.answers.set('ip route', ok('default via 172.18.0.1\n10.245.1.0/24 dev cilium_host\n'));
    const assertion = (stdout: object) => ({ node: { on: { name: 'w' }, command: ['ip', 'route'], stdout } });
    expect(await judge(view, assertion({ contains: 'cilium_host' }))).toMatchObject({ status: 'pass' });
    expect(await judge(view, assertion({ cel: 'size(lines) == 2' }))).toMatchObject({ status: 'pass' });
    expect(await judge(view, assertion({ lacks: 'cilium_host' }))).toMatchObject({
      status: 'fail',
      evidence: [{ object: 'node/w', observed: '10.245.1.0/24 dev cilium_host', command: 'docker exec w ip route' }],
    });
  });

  it('reads JSON that a command in a pod prints', async () => {
    const view = cluster();
    view.apply(pod('shop', 'p'));
    view.answers.set('status', ok('{"managed": 8}'));
    const assertion = { exec: { in: { namespace: 'shop', name: 'p' }, command: ['status'], stdout: { cel: 'json.managed == 9' } } };
    expect(await judge(view, assertion)).toMatchObject({
      status: 'fail',
      evidence: [{ expected: 'json.managed == 9', observed: '{"managed": 8}' }],
    });
  });

  it('looks for a file on every node', async () => {
    const view = cluster();
    for (const name of ['a', 'b']) view.apply(node(name));
    view.writeFile('a', '/etc/cni/net.d/05-cilium.conflist', '{}');
    const assertion = { file: { on: {}, path: '/etc/cni/net.d/05-cilium.conflist' } };
    expect(await judge(view, assertion)).toMatchObject({ status: 'fail', evidence: [{ object: 'node/b', observed: 'no such file' }] });
    view.writeFile('b', '/etc/cni/net.d/05-cilium.conflist', '{}');
    expect(await judge(view, assertion)).toMatchObject({ status: 'pass' });
    expect(await judge(view, { file: { ...assertion.file, exists: false } })).toMatchObject({ status: 'fail' });
  });
});

describe('combinators', () => {
  const nodeIs = (name: string) => ({ object: { apiVersion: 'v1', kind: 'Node', name } });

  it('any takes one of several ways, and names them all when none holds', async () => {
    const view = cluster();
    const any = {
      any: [
        { description: 'by operator', ...nodeIs('a') },
        { description: 'by manifest', ...nodeIs('b') },
      ],
    };
    expect(await judge(view, any)).toMatchObject({ status: 'fail', message: 'none of 2 ways holds: by operator; or by manifest' });
    view.apply(node('b'));
    expect(await judge(view, any)).toMatchObject({ status: 'pass' });
  });

  it('all tells which part does not hold', async () => {
    const view = cluster();
    view.apply(node('a'));
    expect(await judge(view, { all: [nodeIs('a'), { description: 'the second', ...nodeIs('b') }] })).toMatchObject({
      status: 'fail',
      message: 'the second: Node b does not exist',
    });
  });

  it('not turns pass into fail, but leaves what could not be seen alone', async () => {
    const view = cluster();
    expect(await judge(view, { not: nodeIs('a') })).toMatchObject({ status: 'pass' });
    view.trouble = new Error('gone');
    expect(await judge(view, { not: nodeIs('a') })).toMatchObject({ status: 'unevaluable' });
  });

  it('steady passes only after it has held for so long without a break', async () => {
    const view = cluster();
    view.apply(node('a'));
    const memory = new Map<string, number>();
    const steady = { ...nodeIs('a'), steady: '10s' };
    expect(await judge(view, steady, { memory })).toMatchObject({ status: 'pending' });
    view.passTime(9000);
    view.remove('v1', 'Node', undefined, 'a');
    expect(await judge(view, steady, { memory })).toMatchObject({ status: 'fail' });
    view.apply(node('a'));
    view.passTime(2000);
    expect(await judge(view, steady, { memory })).toMatchObject({ status: 'pending' });
    view.passTime(10_000);
    expect(await judge(view, steady, { memory })).toMatchObject({ status: 'pass' });
  });
});

describe('hints', () => {
  const hinted = {
    ...cordoned,
    hints: [{ when: 'object == null', text: 'no node' }, { when: 'object.spec.taints.size() > 0', text: 'tainted' }, { text: 'cordon it' }],
  };

  it('are chosen by what was observed', async () => {
    const view = cluster();
    expect((await judge(view, hinted)).hint).toBe('no node');
    view.apply(node('w', { taints: [{}] }));
    expect((await judge(view, hinted)).hint).toBe('tainted');
    view.apply(node('w'));
    expect((await judge(view, hinted)).hint).toBe('cordon it');
  });

  it('are not given for what passes or could not be seen', async () => {
    const view = cluster();
    view.apply(node('w', { unschedulable: true }));
    expect((await judge(view, hinted)).hint).toBeUndefined();
    view.trouble = new Error('gone');
    expect((await judge(view, hinted)).hint).toBeUndefined();
  });
});

describe('trouble with the cluster is never a verdict on the learner', () => {
  it.each([
    new KindlabError({ code: 'cluster-unreachable', message: 'connect ECONNREFUSED', fix: 'kindlab up' }),
    new Error('nodes is forbidden: User "kubernetes-admin" cannot list resource'),
    new TypeError('fetch failed'),
  ])('%s', async (trouble) => {
    const view = cluster();
    view.trouble = trouble;
    const verdict = await judge(view, cordoned);
    expect(verdict.status).toBe('unevaluable');
    expect(verdict.message).toContain(trouble.message);
  });
});
