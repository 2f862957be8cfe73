import { expect, test } from 'vitest';
import { startGinkgoServer } from '../../scripts/conformance/ginkgo-server.ts';
import { judge, markdown } from '../../scripts/conformance/report.ts';

const tests = ['[sig-cli] a works', '[sig-cli] b works', '[sig-apps] c works'].map((name) => ({ name, sig: /sig-(\w+)/.exec(name)![1]! }));
const results = [
  { name: '[sig-cli] a works', state: 'passed' as const, seconds: 1 },
  { name: '[sig-cli] b works', state: 'failed' as const, seconds: 1 },
];
const reasons = [
  { reason: 'B is absent.', tests: ['[sig-cli] b'] },
  { reason: 'C would only wait.', tests: ['[sig-apps] c'], leftOut: true },
];

test('a run with a reason for each test that did not pass has nothing to complain about', () => {
  const report = judge(tests, results, reasons);
  expect(report.complaints).toEqual([]);
  const text = markdown(report, { version: 'v1', how: 'made so.' });
  expect(text).toContain('| **all** | 3 | 1 | 1 | 1 |');
  expect(text).toContain('### B is absent.\n\n- [sig-cli] b works\n');
  expect(text).toContain('- [sig-apps] c works *(left out)*');
});

test('a failure without a reason, a reason for what passes, and one for no test are complained of', () => {
  const wrong = [
    { reason: 'stale', tests: ['[sig-cli] a'] },
    { reason: 'gone', tests: ['[sig-node] d'] },
  ];
  expect(judge(tests, results, wrong).complaints).toEqual([
    'no reason is given why it fails: [sig-cli] b works',
    'no reason is given why it is left out: [sig-apps] c works',
    'a reason is given for a test that passes: [sig-cli] a works',
    'a reason is given for a test that there is not: [sig-node] d',
  ]);
});

test('the server beside the suite deals out each test once, and lets the first process go on when the others have ended', async () => {
  const reports: unknown[] = [];
  await using server = await startGinkgoServer(2, (report) => reports.push(report));
  const ask = async (path: string, body?: object) => {
    const answer = await fetch(server.address + path, body && { method: 'POST', body: JSON.stringify(body) });
    return { status: answer.status, text: await answer.text() };
  };
  expect((await ask('/before-suite-state')).status).toBe(425);
  await ask('/before-suite-completed', { State: 2, Data: 'x' });
  expect(JSON.parse((await ask('/before-suite-state')).text)).toEqual({ State: 2, Data: 'x' });
  expect([(await ask('/counter')).text, (await ask('/counter')).text]).toEqual(['{"Index":0}', '{"Index":1}']);
  await ask('/did-run', { LeafNodeText: 'one' });
  expect(reports).toEqual([{ LeafNodeText: 'one' }]);
  expect((await ask('/have-nonprimary-procs-finished')).status).toBe(425);
  await ask('/suite-did-end', { SpecReports: [1] });
  server.ended(2);
  expect((await ask('/have-nonprimary-procs-finished')).status).toBe(200);
  expect(JSON.parse((await ask('/aggregated-nonprimary-procs-report')).text)).toEqual({ SpecReports: [1] });
});
