/**
 * Runs Kubernetes' own conformance suite against a simulated cluster:
 *
 *   node scripts/conformance.ts                     all of it; writes docs/conformance.md
 *   node scripts/conformance.ts --focus 'sig-cli'   those whose names match
 *   node scripts/conformance.ts --focus A --sample 20 --seed 7   and that many of the others, chosen by the seed
 *   node scripts/conformance.ts --results FILE      writes docs/conformance.md anew from a run's --log
 *
 * The suite is e2e.test of the simulated version; `test/real/real-kind.sh e2e` builds it. Tests that fail without a reason in
 * conformance/reasons.json, and reasons for tests that pass, are errors.
 */
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { run } from '../src/base/process.ts';
import { seededRandom } from '../src/sim/random.ts';
import { isLeftOut, judge, markdown, type Reason } from './conformance/report.ts';
import { Suite, type SuiteTest, type TestResult } from './conformance/suite.ts';

const { values } = parseArgs({
  options: {
    binary: { type: 'string', default: join(homedir(), '.cache/kindlab-real/bin/e2e.test') },
    focus: { type: 'string' },
    sample: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    processes: { type: 'string', default: '12' },
    /** Seconds that it may take; what has not run by then is left out of the sum. */
    limit: { type: 'string' },
    log: { type: 'string' },
    results: { type: 'string' },
  },
});
const version = 'v1.36.3';
const root = new URL('..', import.meta.url).pathname;
const cancel = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => cancel.abort(new Error(name)));
const { signal } = cancel;

if (!existsSync(values.binary)) {
  console.error(`${values.binary} is not there: build it with test/real/real-kind.sh e2e, or name it with --binary`);
  process.exit(2);
}
const reasons = JSON.parse(readFileSync(new URL('conformance/reasons.json', import.meta.url), 'utf8')) as Reason[];
const suite = new Suite(values.binary);
const all = await suite.conformance(signal);
const whole = !values.focus && values.sample === '0';
const tests = chosen();
const started = Date.now();
const results = values.results ? read(values.results) : await runOnNewCluster();
const minutes = Math.round((Date.now() - started) / 60_000);

// What is not of this run is not judged.
const judged = whole ? all : tests;
const report = judge(
  judged,
  results,
  whole
    ? reasons
    : reasons.map((one) => ({ ...one, tests: one.tests.filter((start) => judged.some(({ name }) => name.startsWith(start))) })),
);
if (whole) {
  const side = `${values.processes} processes of the suite side by side`;
  const how = values.results
    ? `written anew from the results of a whole run (${side}).`
    : `the whole run took ${minutes} minutes on ${cpus().length} cores, ${side}.`;
  writeFileSync(join(root, 'docs/conformance.md'), markdown(report, { version, how }));
}
for (const complaint of report.complaints) console.log(`! ${complaint}`);
const passed = results.filter(({ state }) => state === 'passed').length;
console.log(`${passed} of ${judged.length} passed`);
process.exitCode = report.complaints.length > 0 ? 1 : 0;

function chosen(): SuiteTest[] {
  const possible = all.filter(({ name }) => !isLeftOut(reasons, name));
  const inFocus = values.focus ? possible.filter(({ name }) => new RegExp(values.focus!).test(name)) : whole ? possible : [];
  const random = seededRandom(Number(values.seed));
  const others = possible.filter(
    (test) => !inFocus.includes(test) && !reasons.some((one) => one.tests.some((start) => test.name.startsWith(start))),
  );
  const sample = others.map((test) => ({ test, at: random() })).toSorted((a, b) => a.at - b.at);
  return [...inFocus, ...sample.slice(0, Number(values.sample)).map(({ test }) => test)];
}

function read(file: string): TestResult[] {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as TestResult);
}

async function runOnNewCluster(): Promise<TestResult[]> {
  const home = mkdtempSync(join(tmpdir(), 'kindlab-conformance-'));
  const kindlab = (...args: string[]) =>
    run(process.execPath, [join(root, 'src/main.ts'), ...args], { env: { ...process.env, XDG_STATE_HOME: home }, cwd: root });
  try {
    const made = await kindlab('cluster', 'create', 'conformance', '--workers', '3');
    if (made.exitCode !== 0) throw new Error(made.stderr);
    const kubeconfig = (await kindlab('cluster', 'kubeconfig', 'conformance')).stdout.trim();
    let done = 0;
    return await suite.run(tests, {
      kubeconfig,
      processes: Number(values.processes),
      signal,
      onResult(result) {
        const first = result.message?.split('\n')[0];
        console.log(`${++done}/${tests.length} ${result.state === 'passed' ? 'PASS' : 'FAIL'} ${result.seconds}s ${result.name}`);
        if (first) console.log(`      ${first}`);
        if (values.log) appendFileSync(values.log, `${JSON.stringify(result)}\n`);
      },
    });
  } finally {
    await kindlab('cluster', 'delete', 'conformance');
    rmSync(home, { recursive: true, force: true });
  }
}
